"""How a table's model is chosen: one that is trained already, or a recipe to train."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from pages._choices import tell_apart
from pages._models.names import name_model_choice
from pages._recipes.saving import find_chosen, list_choices
from pipeline.errors import NotFoundError
from pipeline.models.related.model import RelatedModelSummary
from pipeline.runs.orders import find_recipe
from pipeline.runs.records import is_stopped_training
from pipeline.runs.states import RunKind, RunStatus
from pipeline.synthesizers.recipe import Recipe, count_epochs, name_recipe
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
_MODEL = "model:"
"""Before the id of a model where one is chosen by it, and not by the run that trained it."""


@dataclass(frozen=True)
class ChosenModel:
    """A recipe, and the id of the model where it comes from a stopped training, which no recipe leads to."""

    recipe: Recipe
    model: str | None


def ask_model(
    workbench: Workbench, dataset: DatasetSpec, prefix: str = "", with_stopped: bool = True
) -> None:
    """Ask for a model that is trained already, or for settings.

    Each dataset has choices of its own. Nothing is refused before the form is sent: see `read_model`.
    """
    last = st.session_state.get(_name_last(dataset, prefix), {})
    trained = {run.id: _name_training(run) for run in _list_trained(workbench, dataset, with_stopped)}
    wanted = st.query_params.get("model", last.get("model", ""))
    linked = _list_linked(workbench, dataset, wanted, with_stopped)
    others = {**linked, **_list_repeated(workbench, dataset, wanted), **list_choices(workbench)}
    trained = tell_apart({**trained, **others})
    options = ["", *trained]
    st.selectbox(
        "Model",
        options,
        options.index(wanted) if wanted in trained else 0,
        key=f"{prefix}model_{dataset.name}",
        format_func=lambda one: trained.get(one, _NEW),
        help="A model trained on the Train page, with its settings, a recipe that you saved, or a new model "
        "with the settings below.",
    )
    with st.expander("Training", icon=":material/tune:"):
        _ask_settings(workbench, dataset.name, last.get("settings", {}), prefix)


def read_model(workbench: Workbench, dataset: DatasetSpec, prefix: str = "") -> ChosenModel:
    """The model that a form asks for; WorkbenchError where its settings contradict each other."""
    settings, chosen = _read_settings(dataset.name, prefix), st.session_state[f"{prefix}model_{dataset.name}"]
    if chosen.startswith(_MODEL):
        info = workbench.models.get(chosen.removeprefix(_MODEL))
        return ChosenModel(info.recipe, info.id)
    if saved := find_chosen(workbench, chosen):
        return ChosenModel(saved, None)
    run = workbench.runs.get(chosen) if chosen else None
    # The choice may have been trained by a version that wrote orders differently.
    known = find_recipe(run.order) if run else None
    recipe = known or workbench.models.default_recipe(dataset.name, **settings)
    return ChosenModel(recipe, run.model if run and is_stopped_training(run) else None)


def keep_model(dataset: DatasetSpec, prefix: str = "") -> None:
    """Show what the form of this dataset asks for when it is drawn next."""
    chosen = st.session_state[f"{prefix}model_{dataset.name}"]
    kept = {"settings": _read_settings(dataset.name, prefix), "model": chosen}
    st.session_state[_name_last(dataset, prefix)] = kept


def fill_model(workbench: Workbench, run: Run, prefix: str = "") -> None:
    """Have the form show the model of a run's order when it is drawn next."""
    recipe = find_recipe(run.order)
    if recipe is None:
        return
    usual = Recipe(synthesizer=recipe.synthesizer)
    settings: dict[str, Any] = {name: getattr(recipe, name) for name in ("synthesizer", "epochs", "seed")}
    for switch in ("use_hma", "refine"):
        value = getattr(recipe, switch)
        settings[switch] = None if value == getattr(usual, switch) else value
    is_shown = recipe == workbench.models.default_recipe(run.dataset, **settings)
    stored = getattr(run.order, "model", None)
    # A run stands for settings of its recipe for which the form has no fields.
    chosen = f"{_MODEL}{stored}" if stored else "" if is_shown else run.id
    st.session_state[f"{prefix}last_model_{run.dataset}"] = {"settings": settings, "model": chosen}


def _name_last(dataset: DatasetSpec, prefix: str) -> str:
    return f"{prefix}last_model_{dataset.name}"


def _ask_settings(workbench: Workbench, dataset: str, last: dict[str, Any], prefix: str) -> None:
    default = workbench.models.default_recipe(dataset)
    names = workbench.models.list_synthesizers()
    columns = st.columns(3)
    columns[0].selectbox(
        "Synthesizer",
        names,
        names.index(last.get("synthesizer", default.synthesizer)),
        key=f"{prefix}synthesizer_{dataset}",
        help=AUTO_HELP,
    )
    columns[1].number_input(
        "Epochs",
        1,
        10_000,
        last.get("epochs", default.epochs),
        key=f"{prefix}epochs_{dataset}",
        help="gaussian_copula has none and ignores the number.",
    )
    columns[2].number_input(
        "Seed of the training",
        0,
        2**31 - 1,
        last.get("seed", default.seed),
        key=f"{prefix}training_seed_{dataset}",
    )
    choose_switch(_HMA, HMA_CHOICES, last.get("use_hma"), f"{prefix}use_hma_{dataset}", _HMA_HELP)
    choose_switch(REFINE, REFINE_CHOICES, last.get("refine"), f"{prefix}refine_{dataset}", REFINE_HELP)


def _read_settings(dataset: str, prefix: str) -> dict[str, Any]:
    state = st.session_state
    return {
        "synthesizer": state[f"{prefix}synthesizer_{dataset}"],
        "epochs": state[f"{prefix}epochs_{dataset}"],
        "seed": state[f"{prefix}training_seed_{dataset}"],
        "use_hma": HMA_CHOICES[state[f"{prefix}use_hma_{dataset}"]],
        "refine": REFINE_CHOICES[state[f"{prefix}refine_{dataset}"]],
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


def _list_linked(
    workbench: Workbench, dataset: DatasetSpec, wanted: str, with_stopped: bool
) -> dict[str, str]:
    """The model that a link of the Models page names, as a further choice."""
    if not wanted.startswith(_MODEL):
        return {}
    named = {f"{_MODEL}{one.summary.info.id}": one for one in workbench.labels.list_models()}
    model = named.get(wanted)
    if model is None or isinstance(model.summary, RelatedModelSummary):
        return {}
    info = model.summary.info
    is_fitting = info.dataset == dataset.name and (with_stopped or not info.was_stopped)
    return {wanted: name_model_choice(model)} if is_fitting else {}


def _list_repeated(workbench: Workbench, dataset: DatasetSpec, wanted: str) -> dict[str, str]:
    """The recipe of a run whose order is changed, as a further choice, where it is no training."""
    if not wanted or ":" in wanted:
        return {}
    try:
        run = workbench.runs.get(wanted)
    except NotFoundError:
        return {}
    recipe = find_recipe(run.order)
    if recipe is None or run.kind is RunKind.TRAIN or run.dataset != dataset.name:
        return {}
    return {wanted: f"As ordered in run {run.id[:6]}: {name_recipe(recipe)}"}


def _name_training(run: Run) -> str:
    """A training among others of its dataset, by title, recipe, score and time."""
    recipe = find_trained(run)
    training = "unknown" if recipe is None else name_recipe(recipe)
    if recipe is not None and is_stopped_training(run):
        training = f"{recipe.synthesizer}, stopped after {count_epochs(run.epoch)}"
    title = f"{run.title} ({training})" if run.title else training
    quality = f", quality {run.figure.on_scale}" if run.quality is not None else ""
    return f"{title}{quality} · {run.created_at:%Y-%m-%d %H:%M}"
