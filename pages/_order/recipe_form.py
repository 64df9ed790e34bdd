"""How a table's model is chosen: one that is trained already, or a recipe to train."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from pipeline.evaluation.score_text import format_score
from pipeline.runs.orders import find_recipe
from pipeline.runs.records import is_stopped_training
from pipeline.runs.states import RunKind, RunStatus
from pipeline.synthesizers.recipe import Recipe, count_epochs, name_training

if TYPE_CHECKING:
    from pipeline.datasets.spec import DatasetSpec
    from pipeline.runs.records import Run
    from pipeline.workbench.workbench import Workbench

HMA_CHOICES = {"As usual: before ctgan only": None, "Yes": True, "No": False}
_NEW = "By the settings under Training"


@dataclass(frozen=True)
class ChosenModel:
    """A recipe, and the id of the model where it comes from a stopped training, which no recipe leads to.

    `kept` are the choices, which fill the form next time.
    """

    recipe: Recipe
    model: str | None
    kept: dict[str, Any]


def ask_model(
    workbench: Workbench,
    dataset: DatasetSpec,
    last: dict[str, Any],
    prefix: str = "",
    with_stopped: bool = True,
) -> ChosenModel:
    """Ask for a model that is trained already, or for settings; widgets for a form."""
    trained = {run.id: run for run in _list_trained(workbench, dataset, with_stopped)}
    wanted = st.query_params.get("model", last.get("model", ""))
    options = ["", *trained]
    model = st.selectbox(
        "Model",
        options,
        options.index(wanted) if wanted in trained else 0,
        key=f"{prefix}model_{dataset.name}",
        format_func=lambda run_id: _name_model(trained.get(run_id)),
        help="A model trained on the Train page, with its settings, or a new one with the settings below.",
    )
    with st.expander("Training", icon=":material/tune:"):
        choices = _ask_settings(workbench, dataset.name, last.get("recipe", {}), prefix)
    kept = {"recipe": choices, "model": model}
    if not model:
        return ChosenModel(workbench.models.default_recipe(dataset.name, **choices), None, kept)
    run = trained[model]
    # The choice may have been trained by a version that wrote orders differently.
    recipe = find_recipe(run.order) or workbench.models.default_recipe(dataset.name, **choices)
    return ChosenModel(recipe, run.model if is_stopped_training(run) else None, kept)


def _ask_settings(workbench: Workbench, dataset: str, last: dict[str, Any], prefix: str) -> dict[str, Any]:
    defaults = workbench.models.default_recipe(dataset, **last)
    names = workbench.models.list_synthesizers()
    columns = st.columns(3)
    synthesizer = columns[0].selectbox(
        "Synthesizer", names, names.index(defaults.synthesizer), key=f"{prefix}synthesizer"
    )
    epochs = columns[1].number_input(
        "Epochs",
        1,
        10_000,
        defaults.epochs,
        key=f"{prefix}epochs",
        help="gaussian_copula has none and ignores the number.",
    )
    seed = columns[2].number_input(
        "Seed of the training", 0, 2**31 - 1, defaults.seed, key=f"{prefix}training_seed"
    )
    choice = st.selectbox(
        "HMA first: train on its initial synthetic data instead of the real rows",
        list(HMA_CHOICES),
        list(HMA_CHOICES.values()).index(last.get("use_hma")),
        key=f"{prefix}use_hma",
        help="The stage keeps the real rows away from the synthesizer, and costs some quality.",
    )
    return {"synthesizer": synthesizer, "epochs": epochs, "seed": seed, "use_hma": HMA_CHOICES[choice]}


def _list_trained(workbench: Workbench, dataset: DatasetSpec, with_stopped: bool) -> tuple[Run, ...]:
    find = partial(workbench.runs.list, kind=RunKind.TRAIN, dataset=dataset.name, limit=50)
    stopped = find(status=RunStatus.CANCELLED) if with_stopped else ()
    return (*find(status=RunStatus.DONE), *filter(is_stopped_training, stopped))


def _name_model(run: Run | None) -> str:
    if run is None:
        return _NEW
    recipe = find_recipe(run.order)
    quality = f", quality {format_score(run.quality)} (0–1)" if run.quality is not None else ""
    if recipe is None:
        return f"unknown{quality}, run {run.id[:6]}"
    training = name_training(recipe.synthesizer, recipe.epochs)
    if is_stopped_training(run):
        training = f"{recipe.synthesizer}, stopped after {count_epochs(run.epoch)}"
    return f"{training}{quality}, run {run.id[:6]}"
