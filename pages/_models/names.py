"""What pages call a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.evaluation.score_text import format_score
from pipeline.models.related.model import RelatedModelSummary
from pipeline.synthesizers.recipe import name_recipe, name_training

if TYPE_CHECKING:
    from pipeline.workbench.labels import NamedModel


def name_model(model: NamedModel) -> str:
    """Synthesizer and epochs of a model, of one of several tables also how many; without markup."""
    summary = model.summary
    if isinstance(summary, RelatedModelSummary):
        training = name_training(summary.info.recipe.synthesizer, summary.info.epochs_trained)
        return f"{len(summary.info.training_rows)} tables, {training}"
    return name_recipe(summary.info.recipe, summary.info.epochs_trained)


def name_model_choice(model: NamedModel) -> str:
    """A model among others of its dataset: title, recipe, score and time, for lists to choose from."""
    title = f"{model.labels.title} ({name_model(model)})" if model.labels.title else name_model(model)
    quality = "" if model.quality is None else f", quality {model.figure.on_scale}"
    return f"{title}{quality} · {model.summary.info.created_at[:16].replace('T', ' ')}"


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
