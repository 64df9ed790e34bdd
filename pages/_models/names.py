"""What pages call a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.evaluation.score_text import format_score
from pipeline.models.related.model import RelatedModelSummary
from pipeline.models.related.recipe import name_related
from pipeline.synthesizers.recipe import name_recipe

if TYPE_CHECKING:
    from pipeline.workbench.labels import NamedModel


def name_model(model: NamedModel) -> str:
    """Synthesizer and epochs of a model, of one of several tables also how many; without markup."""
    summary = model.summary
    if isinstance(summary, RelatedModelSummary):
        return f"{len(summary.info.training_rows)} tables, {name_related(summary.info.recipe)}"
    stopped = ", stopped" if summary.info.was_stopped else ""
    return f"{name_recipe(summary.info.recipe, summary.info.epochs_trained)}{stopped}"


def name_model_choice(model: NamedModel) -> str:
    """A model among others of its dataset, for lists to choose from: short enough for a phone."""
    score = () if model.quality is None else (format_score(model.quality),)
    tags = (f"#{tag}" for tag in model.labels.tags)
    return " · ".join((*filter(None, (model.labels.title,)), name_model(model), *score, *tags))


def name_model_shortly(model: NamedModel) -> str:
    """A model among others of its dataset, as a heading: its title, else synthesizer, epochs and score."""
    score = "" if model.quality is None else f" ({format_score(model.quality)})"
    return model.labels.title or f"{name_model(model)}{score}"


def name_synthesizer(model: NamedModel) -> str:
    """The synthesizer, with HMA where it comes first."""
    summary = model.summary
    if isinstance(summary, RelatedModelSummary):
        return str(summary.info.recipe.synthesizer)
    return summary.info.recipe.synthesizer_label
