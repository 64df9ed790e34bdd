"""The form of a training; several synthesizers or numbers of epochs make it a sweep."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st

from pages._errors import show_error
from pages._order.recipe_form import (
    AUTO_HELP,
    HMA_CHOICES,
    REFINE,
    REFINE_CHOICES,
    REFINE_HELP,
    choose_switch,
)
from pipeline.errors import WorkbenchError
from pipeline.synthesizers.recipe import AUTO
from pipeline.workbench.sweeps import parse_epochs, plan_recipes

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

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


@dataclass(frozen=True)
class _Form:
    """The form of one dataset: its default recipe, and what was sent last for this dataset."""

    dataset: str
    default: Recipe
    last: dict[str, Any]

    def key(self, field: str) -> str:
        """The key of a widget; each dataset has choices of its own."""
        return f"train_{field}_{self.dataset}"

    def value(self, field: str) -> Any:
        """What a field shows at first."""
        return self.last.get(field, getattr(self.default, field))


def ask_training(workbench: Workbench, dataset: str) -> tuple[Recipe, ...]:
    """Show the form; a recipe for each training once it is sent, none until then."""
    kept = f"last_training_{dataset}"
    form = _Form(dataset, workbench.models.default_recipe(dataset), st.session_state.get(kept, {}))
    if st.button("Find the best recipe", key="find_recipe", icon=":material/travel_explore:", help=_FIND):
        return (workbench.models.default_recipe(dataset, synthesizer=AUTO),)
    # Outside the form, so that the settings below are those of the chosen ones.
    synthesizers = _ask_synthesizers(workbench, form)
    with st.form("training", border=True):
        epochs, changes = _ask_length(form), _ask_settings(form, synthesizers)
        is_sent = st.form_submit_button("Train", key="train", type="primary", icon=":material/play_arrow:")
    if not is_sent:
        return ()
    st.session_state[kept] = {**form.last, "synthesizers": synthesizers, "lengths": epochs, **changes}
    try:
        return plan_recipes(workbench, synthesizers, parse_epochs(epochs), **changes)
    except WorkbenchError as refusal:
        show_error(refusal)
        return ()


def _ask_synthesizers(workbench: Workbench, form: _Form) -> list[str]:
    return st.multiselect(
        "Synthesizers",
        workbench.models.list_synthesizers(),
        form.last.get("synthesizers", [form.default.synthesizer]),
        key=form.key("synthesizers"),
        help=f"Choose several to compare them. {AUTO_HELP}",
    )


def _ask_length(form: _Form) -> str:
    return st.text_input(
        "Epochs: one number, or several to compare, such as 10, 30, 70",
        form.last.get("lengths", str(form.default.epochs)),
        key=form.key("epochs"),
        help="Each number is trained with each synthesizer; the trainings run one after the other. "
        "gaussian_copula has no epochs and is trained once.",
    )


def _ask_settings(form: _Form, synthesizers: list[str]) -> dict[str, Any]:
    """The settings that the chosen synthesizers read."""
    changes: dict[str, Any] = {}
    if synthesizers != [AUTO]:
        changes |= _ask_stages(form)
    changes |= _ask_steps(form)
    if synthesizers != [AUTO]:
        changes |= _ask_end(form)
    if "ctgan" in synthesizers:
        changes |= _ask_rates(form)
    if AUTO in synthesizers:
        st.caption(_OPEN)
    return changes


def _ask_stages(form: _Form) -> dict[str, Any]:
    """What comes before and after the synthesizer."""
    before, after = st.columns(2)
    with before:
        use_hma = choose_switch(
            "HMA first", HMA_CHOICES, form.last.get("use_hma"), form.key("use_hma"), _HMA_HELP
        )
    with after:
        refine = choose_switch(
            REFINE, REFINE_CHOICES, form.last.get("refine"), form.key("refine"), REFINE_HELP
        )
    return {"use_hma": use_hma, "refine": refine}


def _ask_steps(form: _Form) -> dict[str, Any]:
    places = st.columns(2)
    batch = places[0].number_input(
        "Batch size, rows a step",
        10,
        100_000,
        form.value("batch_size"),
        step=10,
        key=form.key("batch_size"),
    )
    seed = places[1].number_input(
        "Seed of the training", 0, 2**31 - 1, form.value("seed"), key=form.key("seed")
    )
    return {"batch_size": batch, "seed": seed}


def _ask_end(form: _Form) -> dict[str, Any]:
    places = st.columns(3)
    keep = places[0].selectbox(
        "Keep",
        list(_KEEPS),
        list(_KEEPS).index(form.value("keep")),
        key=form.key("keep"),
        format_func=_KEEPS.__getitem__,
        help="Which state becomes the model. Quality is measured against held-out rows.",
    )
    patience, budget_s = _ask_patience(places[1], form), _ask_budget(places[2], form)
    return {"keep": keep, "patience": patience, "time_budget_s": budget_s}


def _ask_patience(place: DeltaGenerator, form: _Form) -> int | None:
    return place.number_input(
        "Stop early: patience, epochs",
        1,
        10_000,
        form.value("patience"),
        key=form.key("patience"),
        placeholder="never",
        help="Training stops after this many epochs without better quality.",
    )


def _ask_budget(place: DeltaGenerator, form: _Form) -> float | None:
    return place.number_input(
        "Time budget, seconds",
        1.0,
        86_400.0,
        form.value("time_budget_s"),
        step=30.0,
        format="%.0f",
        key=form.key("time_budget"),
        placeholder="no limit",
    )


def _ask_rates(form: _Form) -> dict[str, Any]:
    rates = {"generator_rate": "generator", "discriminator_rate": "discriminator"}
    places = st.columns(3)
    return {
        name: place.number_input(
            f"Learning rate of ctgan's {network}",
            0.000_001,
            1.0,
            form.value(name),
            step=0.000_05,
            format="%.6f",
            key=form.key(name),
        )
        for place, (name, network) in zip(places, rates.items(), strict=False)
    }
