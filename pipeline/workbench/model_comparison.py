"""Models beside each other: how they were trained, what they reached, and where they differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipeline.models.related.model import RelatedModelInfo
from pipeline.workbench.run_comparison import (
    ComparedRow,
    list_quality,
    put_beside,
    read_recipe,
    spell,
    spell_settings,
)

if TYPE_CHECKING:
    from pipeline.runs.records import Run
    from pipeline.workbench.labels import NamedModel


def compare_models(models: Sequence[NamedModel], done: Sequence[Run]) -> tuple[ComparedRow, ...]:
    """The settings, then the figures of models, each with the verdict of its newest table.

    `done` are the finished runs that the reader may see, the newest first.
    """
    tables = {run.model: run for run in reversed(done) if run.model and run.verdict}
    settings = [_list_settings(model) for model in models]
    figures = [_list_figures(model, tables.get(model.summary.info.id)) for model in models]
    return put_beside(settings, figures)


def find_model_pair(models: Sequence[NamedModel]) -> tuple[NamedModel, NamedModel] | None:
    """Two models of one table of the same dataset, whose samples the evidence can put side by side."""
    if len(models) != 2 or any(model.is_related for model in models):
        return None
    first, second = models
    return (first, second) if first.summary.info.dataset == second.summary.info.dataset else None


def _list_settings(model: NamedModel) -> dict[str, str]:
    info = model.summary.info
    return {"Dataset": info.dataset, **spell_settings(read_recipe(info.recipe.as_dict()))}


def _list_figures(model: NamedModel, table: Run | None) -> dict[str, str]:
    info, owner = model.summary.info, model.owner or ""
    result = table.result if table else None
    rows = sum(info.training_rows.values()) if isinstance(info, RelatedModelInfo) else info.training_rows
    return {
        **list_quality(model.figure),
        "Verdict": spell(getattr(result, "verdict", None)),
        "Privacy": spell(getattr(result, "privacy", None)),
        "Training rows": spell(rows),
        "Epochs trained" + (", all tables" if model.is_related else ""): spell(info.epochs_trained),
        "Training, s": f"{info.seconds:,.1f}",
        "Size, MB": f"{model.summary.size_bytes / 1e6:,.1f}",
        "Trained by": owner,
        "Trained, UTC": info.created_at[:16].replace("T", " "),
        "Model": info.id,
    }
