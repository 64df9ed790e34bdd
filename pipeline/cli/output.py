"""How the command line speaks: JSON or text on stdout, progress on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.evaluation.score_text import format_score
from pipeline.synthesizers.protocol import Progress, Signal, Stage
from pipeline.synthesizers.recipe import Recipe, has_epochs
from pipeline.synthesizers.width import ColumnPlan

if TYPE_CHECKING:
    from pipeline.generation.bulk.request import BulkResult
    from pipeline.generation.request import Export, Generation, Training

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else on stdout.")]

_STAGE_TEXT = {
    Stage.HMA: "HMA: learning the raw sample",
    Stage.PREPARE: "Preparing columns",
    Stage.TRAIN: "Training",
    Stage.SAMPLE: "Sampling rows",
    Stage.EVALUATE: "Measuring validity, quality and privacy",
}


def print_json(values: Any) -> None:
    """One JSON document on stdout."""
    print(json.dumps(values, indent=2, ensure_ascii=False))


def print_table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Aligned columns on stdout."""
    lines = [tuple(headings), *(tuple(str(cell) for cell in row) for row in rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(headings))]
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def print_pairs(values: Mapping[str, object]) -> None:
    """`name: value` lines on stdout."""
    for name, value in values.items():
        print(f"{name}: {value}")


def print_treatments(plans: Sequence[ColumnPlan]) -> None:
    """A line on stderr for every column that is not simply learned as it is."""
    for plan in plans:
        if not plan.is_plain:
            print(f'Column "{plan.column}" is {plan.treatment}: {plan.reason}.', file=sys.stderr)


def print_ignored(recipe: Recipe, changes: Mapping[str, Any]) -> None:
    """A line on stderr where an option means nothing to the chosen synthesizer."""
    if changes.get("epochs") is not None and not has_epochs(recipe.synthesizer):
        print(f"{recipe.synthesizer} has no epochs: --epochs changes nothing.", file=sys.stderr)


def print_stopped(done: Training) -> None:
    """A line on stderr for a training that was interrupted."""
    print(
        f"Stopped after epoch {done.epochs}: model {done.model} holds the best state so far. "
        "The same command goes on from there.",
        file=sys.stderr,
    )


def print_forced(made: Generation | BulkResult) -> None:
    """A line on stderr where rows had to be set to a share."""
    if made.forced_rows:
        print(
            f"{made.forced_rows:,} of {made.rows:,} rows were set to the category of a share, "
            "because the model hardly draws it; their other columns may not go with it.",
            file=sys.stderr,
        )


def print_warnings(export: Export) -> None:
    """A line on stderr for every finding that the manifest says somebody has answered for."""
    print_findings((export.manifest["warnings"] or {}).get("findings", ()))


def print_findings(findings: Sequence[str]) -> None:
    """A line on stderr for each."""
    for finding in findings:
        print(f"Warning: {finding}", file=sys.stderr)


class ProgressPrinter:
    """Reports stages, and about ten times in a training, on stderr; STOP once it `is_interrupted`."""

    def __init__(self, is_interrupted: Callable[[], bool] = lambda: False) -> None:
        self._is_interrupted = is_interrupted
        self._stage: Stage | None = None

    def __call__(self, progress: Progress) -> Signal:
        if progress.stage is not self._stage:
            self._stage = progress.stage
            print(f"{_STAGE_TEXT[progress.stage]} …", file=sys.stderr, flush=True)
        if progress.epoch and (
            progress.epoch == progress.epochs or progress.epoch % max(1, progress.epochs // 10) == 0
        ):
            parts = [f"{name} {value:+.3f}" for name, value in progress.losses.items()]
            parts += [f"quality {format_score(progress.quality)}"] if progress.quality is not None else []
            print(f"  epoch {progress.epoch}/{progress.epochs}  {', '.join(parts)}".rstrip(), file=sys.stderr)
        return Signal.STOP if self._is_interrupted() else Signal.CONTINUE
