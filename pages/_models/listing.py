"""The list of models: filters, and a table to select from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pages._filters import Wanted, ask_wanted, holds_words
from pages._models.names import name_model, name_synthesizer

if TYPE_CHECKING:
    from pipeline.workbench.labels import NamedModel


def ask_filter(models: Sequence[NamedModel]) -> Wanted:
    """Ask which of the models are wanted."""
    offered = {
        "dataset": {model.summary.info.dataset for model in models},
        "synthesizer": {name_synthesizer(model) for model in models},
        "owner": {model.owner for model in models if model.owner},
        "tag": {tag for model in models for tag in model.labels.tags},
    }
    return ask_wanted("models", {name: (sorted(values), str) for name, values in offered.items()})


def matches(model: NamedModel, wanted: Wanted) -> bool:
    """Whether a model is one of those that are wanted."""
    info, asked = model.summary.info, wanted.filters
    said = (
        model.labels.title or "",
        name_model(model),
        info.dataset,
        model.owner or "",
        *model.labels.tags,
        info.id,
    )
    return (
        asked["dataset"] in (None, info.dataset)
        and asked["synthesizer"] in (None, name_synthesizer(model))
        and asked["owner"] in (None, model.owner)
        and (asked["tag"] is None or asked["tag"] in model.labels.tags)
        and holds_words(said, wanted.text)
    )


def describe_count(shown: int) -> str:
    """How many models the table has, and how it is used."""
    count = "1 model" if shown == 1 else f"{shown:,} models, the newest first"
    return (
        f"{count}. Select a row to open it, several to compare them; select a column header to sort. The "
        "name and tags of a model are those of the run that trained it."
    )
