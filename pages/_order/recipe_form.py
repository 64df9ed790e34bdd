"""How a table's model is chosen: one that is trained already, or a recipe to train."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from pages._errors import show_error
from pipeline.errors import WorkbenchError
from pipeline.evaluation.score_text import format_score
from pipeline.runs.orders import find_recipe
from pipeline.runs.records import is_stopped_training
from pipeline.runs.states import RunKind, RunStatus
from pipeline.synthesizers.recipe import Recipe, count_epochs, name_training
from pipeline.workbench.sweeps import find_trained

if TYPE_CHECKING:
    from pipeline.datasets.spec import DatasetSpec
    from pipeline.runs.records import Run
    from pipeline.workbench.workbench import Workbench

HMA_CHOICES = {"As usual: before ctgan only": None, "Yes": True, "No": False}
REFINE_CHOICES = {"As usual: not behind autoregressive": None, "Yes": True, "No": False}
REFINE = "Refine: choose among the synthesizer's rows"
REFINE_HELP = (
    "Draws more rows than are needed, and keeps those that look most like training rows to a classifier."
)
AUTO_HELP = (
    "auto tries several on a part of the training rows and trains the best one, each with HMA and "
    "refinement as usual."
)
_HMA = "HMA first: train on its initial synthetic data instead of the real rows"
_HMA_HELP = "The stage keeps the real rows away from the synthesizer, and costs some quality."
_NEW = "By the settings under Training"


@dataclass(frozen=True)
class AskedModel:
    """What a form asks for: a run that has trained, or settings of a new training."""

    settings: dict[str, Any]
    trained: Run | None


@dataclass(frozen=True)
class ChosenModel:
    """A recipe, and the id of the model where it comes from a stopped training, which no recipe leads to."""

    recipe: Recipe
    model: str | None


def ask_model(
    workbench: Workbench, dataset: DatasetSpec, prefix: str = "", with_stopped: bool = True
) -> AskedModel:
    """Ask for a model that is trained already, or for settings; widgets for a form.

    Each dataset has choices of its own. Nothing is refused before the form is sent: see `settle_model`.
    """
    last = st.session_state.get(_name_last(dataset, prefix), {})
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
        settings = _ask_settings(workbench, dataset.name, last.get("settings", {}), prefix)
    return AskedModel(settings, trained.get(model))


def settle_model(
    workbench: Workbench, dataset: DatasetSpec, asked: AskedModel, prefix: str = ""
) -> ChosenModel | None:
    """The model of a form that was sent; None, and why, where its settings contradict each other.

    What was asked is what the form of this dataset shows next time.
    """
    run = asked.trained
    kept = {"settings": asked.settings, "model": run.id if run else ""}
    st.session_state[_name_last(dataset, prefix)] = kept
    # The choice may have been trained by a version that wrote orders differently.
    known = find_recipe(run.order) if run else None
    try:
        recipe = known or workbench.models.default_recipe(dataset.name, **asked.settings)
    except WorkbenchError as refusal:
        show_error(refusal)
        return None
    return ChosenModel(recipe, run.model if run and is_stopped_training(run) else None)


def _name_last(dataset: DatasetSpec, prefix: str) -> str:
    return f"{prefix}last_model_{dataset.name}"


def _ask_settings(workbench: Workbench, dataset: str, last: dict[str, Any], prefix: str) -> dict[str, Any]:
    default = workbench.models.default_recipe(dataset)
    names = workbench.models.list_synthesizers()
    columns = st.columns(3)
    synthesizer = columns[0].selectbox(
        "Synthesizer",
        names,
        names.index(last.get("synthesizer", default.synthesizer)),
        key=f"{prefix}synthesizer_{dataset}",
        help=AUTO_HELP,
    )
    epochs = columns[1].number_input(
        "Epochs",
        1,
        10_000,
        last.get("epochs", default.epochs),
        key=f"{prefix}epochs_{dataset}",
        help="gaussian_copula has none and ignores the number.",
    )
    seed = columns[2].number_input(
        "Seed of the training",
        0,
        2**31 - 1,
        last.get("seed", default.seed),
        key=f"{prefix}training_seed_{dataset}",
    )
    return {"synthesizer": synthesizer, "epochs": epochs, "seed": seed, **_ask_stages(dataset, last, prefix)}


def _ask_stages(dataset: str, last: dict[str, Any], prefix: str) -> dict[str, bool | None]:
    hma, refine = last.get("use_hma"), last.get("refine")
    return {
        "use_hma": choose_switch(_HMA, HMA_CHOICES, hma, f"{prefix}use_hma_{dataset}", _HMA_HELP),
        "refine": choose_switch(REFINE, REFINE_CHOICES, refine, f"{prefix}refine_{dataset}", REFINE_HELP),
    }


def choose_switch(
    words: str, choices: dict[str, bool | None], value: bool | None, key: str, about: str
) -> bool | None:
    """Ask for yes, no, or what the synthesizer does as usual."""
    index = list(choices.values()).index(value)
    return choices[st.selectbox(words, list(choices), index, key=key, help=about)]


def _list_trained(workbench: Workbench, dataset: DatasetSpec, with_stopped: bool) -> tuple[Run, ...]:
    find = partial(workbench.runs.list, kind=RunKind.TRAIN, dataset=dataset.name, limit=50)
    stopped = find(status=RunStatus.CANCELLED) if with_stopped else ()
    return (*find(status=RunStatus.DONE), *filter(is_stopped_training, stopped))


def _name_model(run: Run | None) -> str:
    if run is None:
        return _NEW
    recipe = find_trained(run)
    quality = f", quality {format_score(run.quality)} (0–1)" if run.quality is not None else ""
    if recipe is None:
        return f"unknown{quality}, run {run.id[:6]}"
    training = name_training(recipe.synthesizer, recipe.epochs)
    if is_stopped_training(run):
        training = f"{recipe.synthesizer}, stopped after {count_epochs(run.epoch)}"
    return f"{training}{quality}, run {run.id[:6]}"
