"""The options that name runs and models, and what is printed of names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.output import print_json, print_pairs
from pipeline.errors import DataError

if TYPE_CHECKING:
    from pipeline.runs.records import Run

Title = Annotated[str | None, typer.Option("--title", help="The title; an empty one removes it.")]
Tags = Annotated[
    list[str] | None, typer.Option("--tag", help="A tag, in place of the present ones; can be repeated.")
]
NoTags = Annotated[bool, typer.Option("--no-tags", help="Remove all tags.")]


def settle_tags(tags: list[str] | None, no_tags: bool) -> list[str] | None:
    """The tags to set; None where they stay. DataError where both options are given."""
    if tags and no_tags:
        raise DataError("--tag and --no-tags contradict each other.", "give one of them.")
    return [] if no_tags else tags or None


def print_labels(run: Run, as_json: bool) -> None:
    """The title and the tags of a run, and the model that has them too."""
    values = {"run": run.id, "model": run.model, "title": run.title}
    if as_json:
        print_json({**values, "tags": list(run.tags)})
    else:
        print_pairs({**values, "tags": ", ".join(run.tags)})
