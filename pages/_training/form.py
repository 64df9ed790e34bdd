"""The form of a training; several synthesizers or numbers of epochs make it a sweep."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from pages._errors import escape
from pages._order.model_form import (
    AUTO_HELP,
    HMA_CHOICES,
    REFINE,
    REFINE_CHOICES,
    REFINE_HELP,
    choose_switch,
)
from pages._recipes.saving import choose_saved, offer_saving
from pages._runs.code import offer_code
from pages._runs.duration import describe_trainings, show_estimate
from pages._training.filling import lay_out_recipes
from pipeline.errors import DataError, WorkbenchError
from pipeline.runs.orders import TrainOrder
from pipeline.synthesizers.recipe import AUTO, name_recipe
from pipeline.workbench.sweeps import parse_epochs, plan_recipes

if TYPE_CHECKING:
    from pipeline.synthesizers.recipe import Recipe
    from pipeline.workbench.workbench import Workbench

_FIND = (
    "Tries several synthesizers on a part of the training rows, evaluates them on another part, and trains "
    "the best one on all rows."
)
_KEEPS = {"best": "the epoch with the best quality", "last": "the last epoch"}
_HMA_HELP = (
    "Trains on HMA's initial synthetic data instead of the real rows. That keeps the real rows away from the "
    "synthesizer, and costs some quality."
)
_OPEN = (
    "auto trains each synthesizer as usual: HMA, refinement, learning rates, the kept epoch and when to stop "
    "early are not set for it."
)


_FIELDS = (
    "use_hma",
    "refine",
    "batch_size",
    "seed",
    "keep",
    "patience",
    "time_budget_s",
    "generator_rate",
    "discriminator_rate",
)
_SWITCHES = {"use_hma": HMA_CHOICES, "refine": REFINE_CHOICES}


@dataclass(frozen=True)
class _Form:
    """The form of one dataset: its default recipe, and what was sent last for this dataset."""

    dataset: str
    default: Recipe
    last: dict[str, Any]

    def key(self, field: str) -> str:
        """The key of a widget; each dataset has choices of its own, and others after it was filled."""
        filled = st.session_state.get(_name_filled(self.dataset), 0)
        return f"train_{field}_{self.dataset}" + (f"_{filled}" if filled else "")

    def value(self, field: str) -> Any:
        """What a field shows at first."""
        return self.last.get(field, getattr(self.default, field))


def ask_training(
    workbench: Workbench, dataset: str, send: Callable[[str], None], send_best: Callable[[str], None]
) -> None:
    """Show the form; `send` and `send_best` are the callbacks of its buttons."""
    form = _open_form(workbench, dataset)
    with st.container(horizontal=True, vertical_alignment="center", key="find_best"):
        st.button(
            "Find the best recipe",
            key="find_recipe",
            icon=":material/travel_explore:",
            help=_FIND,
            on_click=send_best,
            args=(dataset,),
        )
        best = TrainOrder(dataset, plan_best(workbench, dataset))
        offer_code(best, f"best_{dataset}", "Copy as code: best recipe")
        show_estimate(lambda: workbench.runs.estimate(best))
    choose_saved(workbench, dataset, partial(fill_training, dataset))
    synthesizers = _ask_synthesizers(workbench, form)
    # It is no `st.form`, so that the estimate of time is that of the settings that stand there.
    with st.container(border=True, key="training"):
        _ask_length(form)
        _ask_settings(form, synthesizers)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(
                "Train",
                key="train",
                type="primary",
                icon=":material/play_arrow:",
                on_click=send,
                args=(dataset,),
            )
            offer_saving("training", partial(_read_one, dataset))
            _show_time(workbench, dataset)


def plan_best(workbench: Workbench, dataset: str) -> Recipe:
    """The recipe that looks for the best one."""
    return workbench.models.default_recipe(dataset, synthesizer=AUTO)


def _show_time(workbench: Workbench, dataset: str) -> None:
    """How long the trainings that the form asks for take; nothing where it contradicts itself."""
    try:
        recipes = read_training(workbench, dataset)
        estimates = workbench.runs.estimate_sweep(dataset, recipes)
    except WorkbenchError:
        # It is refused, in words, when it is sent.
        return
    st.caption(escape(describe_trainings([name_recipe(recipe) for recipe in recipes], estimates)))


def fill_training(dataset: str, *recipes: Recipe) -> None:
    """Let the form of a dataset show recipes, under new keys: a widget keeps what it has shown."""
    st.session_state[_name_last(dataset)] = lay_out_recipes(recipes, _FIELDS)
    st.session_state[_name_filled(dataset)] = st.session_state.get(_name_filled(dataset), 0) + 1


def read_training(workbench: Workbench, dataset: str) -> tuple[Recipe, ...]:
    """A recipe for each training that the form asks for; WorkbenchError where they contradict each other.

    What was asked is what the form of this dataset shows next time.
    """
    form, state = _open_form(workbench, dataset), st.session_state
    synthesizers, epochs = state[form.key("synthesizers")], state[form.key("epochs")]
    changes = {name: state[key] for name in _FIELDS if (key := form.key(name)) in state}
    for name in _SWITCHES.keys() & changes.keys():
        changes[name] = _SWITCHES[name][changes[name]]
    state[_name_last(dataset)] = {**form.last, "synthesizers": synthesizers, "lengths": epochs, **changes}
    return plan_recipes(workbench, synthesizers, parse_epochs(epochs), **changes)


def _read_one(dataset: str, workbench: Workbench) -> Recipe:
    """The recipe of a form that asks for one training; DataError where it asks for several."""
    recipes = read_training(workbench, dataset)
    if len(recipes) != 1:
        raise DataError(
            f"The form asks for {len(recipes)} trainings.",
            "choose one synthesizer and one number of epochs: a saved recipe is that of one training.",
        )
    return recipes[0]


def _open_form(workbench: Workbench, dataset: str) -> _Form:
    last = st.session_state.get(_name_last(dataset), {})
    return _Form(dataset, workbench.models.default_recipe(dataset), last)


def _name_last(dataset: str) -> str:
    return f"last_training_{dataset}"


def _name_filled(dataset: str) -> str:
    return f"filled_training_{dataset}"


def _ask_synthesizers(workbench: Workbench, form: _Form) -> list[str]:
    return st.multiselect(
        "Synthesizers",
        workbench.models.list_synthesizers(),
        form.last.get("synthesizers", [form.default.synthesizer]),
        key=form.key("synthesizers"),
        help=f"Choose several to compare them. {AUTO_HELP}",
    )


def _ask_length(form: _Form) -> None:
    st.text_input(
        "Epochs: one number, or several to compare, such as 10, 30, 70",
        form.last.get("lengths", str(form.default.epochs)),
        key=form.key("epochs"),
        help="Each number is trained with each synthesizer; the trainings run one after the other. "
        "gaussian_copula has no epochs and is trained once.",
    )


def _ask_settings(form: _Form, synthesizers: list[str]) -> None:
    """The settings that the chosen synthesizers read."""
    if synthesizers != [AUTO]:
        _ask_stages(form)
    _ask_steps(form)
    if synthesizers != [AUTO]:
        _ask_end(form)
    if "ctgan" in synthesizers:
        _ask_rates(form)
    if AUTO in synthesizers:
        st.caption(_OPEN)


def _ask_stages(form: _Form) -> None:
    """What comes before and after the synthesizer."""
    before, after = st.columns(2)
    with before:
        choose_switch("HMA first", HMA_CHOICES, form.last.get("use_hma"), form.key("use_hma"), _HMA_HELP)
    with after:
        choose_switch(REFINE, REFINE_CHOICES, form.last.get("refine"), form.key("refine"), REFINE_HELP)


def _ask_steps(form: _Form) -> None:
    places = st.columns(2)
    places[0].number_input(
        "Batch size, rows a step",
        10,
        100_000,
        form.value("batch_size"),
        step=10,
        key=form.key("batch_size"),
    )
    places[1].number_input("Seed of the training", 0, 2**31 - 1, form.value("seed"), key=form.key("seed"))


def _ask_end(form: _Form) -> None:
    places = st.columns(3)
    places[0].selectbox(
        "Keep",
        list(_KEEPS),
        list(_KEEPS).index(form.value("keep")),
        key=form.key("keep"),
        format_func=_KEEPS.__getitem__,
        help="Which state becomes the model. Quality is measured against held-out rows.",
    )
    places[1].number_input(
        "Stop early: patience, epochs",
        1,
        10_000,
        form.value("patience"),
        key=form.key("patience"),
        placeholder="never",
        help="Training stops after this many epochs without better quality.",
    )
    places[2].number_input(
        "Time budget, seconds",
        1.0,
        86_400.0,
        form.value("time_budget_s"),
        step=30.0,
        format="%.0f",
        key=form.key("time_budget_s"),
        placeholder="no limit",
    )


def _ask_rates(form: _Form) -> None:
    rates = {"generator_rate": "generator", "discriminator_rate": "discriminator"}
    for place, (name, network) in zip(st.columns(3), rates.items(), strict=False):
        place.number_input(
            f"Learning rate of ctgan's {network}",
            0.000_001,
            1.0,
            form.value(name),
            step=0.000_05,
            format="%.6f",
            key=form.key(name),
        )
