"""The models that an order of a table can name, and what it says of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from pipeline.errors import NotFoundError
from pipeline.models.model import compute_model_id
from pipeline.models.related.model import RelatedModelSummary
from pipeline.runs.orders import find_recipe
from pipeline.synthesizers.recipe import settle_device

if TYPE_CHECKING:
    from pipeline.models.store import ModelSummary
    from pipeline.synthesizers.recipe import Recipe
    from pipeline.workbench.labels import NamedModel
    from pipeline.workbench.workbench import Workbench

MODEL, RUN = "model:", "run:"
"""Before an id in the keys of lists that hold models and runs."""


def list_choosable(workbench: Workbench, dataset: str, by_recipe: bool = False) -> dict[str, NamedModel]:
    """The fitted models of a dataset as it is now, each once, by key, the newest first.

    `by_recipe` leaves out those that no recipe leads to: trainings that were stopped, above all.
    """
    now = workbench.models.fingerprint(dataset)
    return {
        f"{MODEL}{one.summary.info.id}": one
        for one in workbench.labels.list_models()
        if not isinstance(one.summary, RelatedModelSummary)
        and (one.summary.info.dataset, one.summary.info.dataset_fingerprint) == (dataset, now)
        and (not by_recipe or _recall(one)[1] is None)
    }


def find_choosable(workbench: Workbench, key: str) -> str:
    """The key of the model that a link names by its own key, or by the run that made or used it."""
    if not key or key.startswith(MODEL):
        return key
    try:
        run = workbench.runs.get(key.removeprefix(RUN))
    except NotFoundError:
        return key
    return f"{MODEL}{run.model}" if run.model else key


def recall_order(workbench: Workbench, key: str) -> tuple[Recipe, str | None]:
    """The recipe that gives the model of a key, and its id where no recipe does; NotFoundError without it."""
    known = {f"{MODEL}{one.summary.info.id}": one for one in workbench.labels.list_models()}
    if key not in known:
        name = key.removeprefix(MODEL)
        raise NotFoundError(f'There is no model "{name}".', "choose another one, or train a new one.")
    return _recall(known[key])


def _recall(model: NamedModel) -> tuple[Recipe, str | None]:
    """What was asked for is known from the run alone, where a synthesizer was chosen by trial."""
    summary = cast("ModelSummary", model.summary)
    info = summary.info
    asked = (info.recipe, find_recipe(model.run.order) if model.run else None)
    for recipe in filter(None, asked):
        if compute_model_id(info.dataset_fingerprint, settle_device(recipe)) == info.id:
            return recipe, None
    return info.recipe, info.id
