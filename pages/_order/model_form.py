"""How a table's model is chosen: one that is trained already, or a recipe to train."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st

from pages._choices import tell_apart
from pages._models.names import name_model_choice
from pages._recipes.saving import find_chosen, list_choices
from pipeline.errors import NotFoundError
from pipeline.runs.orders import find_recipe
from pipeline.synthesizers.recipe import Recipe, name_recipe
from pipeline.workbench.model_choice import MODEL, RUN, find_choosable, list_choosable, recall_order

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
class ChosenModel:
    """A recipe, and the id of the model where no recipe leads to it, as after a training that was stopped."""

    recipe: Recipe
    model: str | None


def ask_model(
    workbench: Workbench, dataset: DatasetSpec, prefix: str = "", with_stopped: bool = True
) -> None:
    """Ask for a model that is trained already, or for settings.

    Each dataset has choices of its own. Nothing is refused before the form is sent: see `read_model`.
    """
    last = st.session_state.get(_name_last(dataset, prefix), {})
    models = list_choosable(workbench, dataset.name, by_recipe=not with_stopped)
    trained = tell_apart({key: name_model_choice(model) for key, model in models.items()})
    key = st.query_params.get("model", last.get("model", ""))
    wanted = find_choosable(workbench, key)
    if key and wanted not in trained:
        trained |= (repeated := _list_repeated(workbench, dataset, key))
        wanted = next(iter(repeated), wanted)
    trained |= list_choices(workbench)
    options = ["", *trained]
    st.selectbox(
        "Model",
        options,
        options.index(wanted) if wanted in trained else 0,
        key=f"{prefix}model_{dataset.name}",
        format_func=lambda one: trained.get(one, _NEW),
        help="A trained model of this dataset, a recipe that you saved, or a new model with the settings "
        "below.",
    )
    with st.expander("Training", icon=":material/tune:"):
        _ask_settings(workbench, dataset.name, last.get("settings", {}), prefix)


def read_model(workbench: Workbench, dataset: DatasetSpec, prefix: str = "") -> ChosenModel:
    """The model that a form asks for; WorkbenchError where its settings contradict each other."""
    settings, chosen = _read_settings(dataset.name, prefix), st.session_state[f"{prefix}model_{dataset.name}"]
    if chosen.startswith(MODEL):
        return ChosenModel(*recall_order(workbench, chosen))
    if chosen.startswith(RUN) and (recipe := find_recipe(workbench.runs.get(chosen.removeprefix(RUN)).order)):
        return ChosenModel(recipe, None)
    saved = find_chosen(workbench, chosen)
    return ChosenModel(saved or workbench.models.default_recipe(dataset.name, **settings), None)


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
    chosen = f"{MODEL}{stored}" if stored else "" if is_shown else f"{RUN}{run.id}"
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


def _list_repeated(workbench: Workbench, dataset: DatasetSpec, key: str) -> dict[str, str]:
    """The recipe of a run whose order is changed, as a further choice."""
    try:
        run = workbench.runs.get(key.removeprefix(RUN))
    except NotFoundError:
        return {}
    recipe = find_recipe(run.order)
    if recipe is None or run.dataset != dataset.name:
        return {}
    return {f"{RUN}{run.id}": f"As ordered in run {run.id[:6]}: {name_recipe(recipe)}"}
