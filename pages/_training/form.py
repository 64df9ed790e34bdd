"""The form of a training; several synthesizers or numbers of epochs make it a sweep."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from pages._errors import show_error
from pages._order.recipe_form import HMA_CHOICES
from pipeline.errors import WorkbenchError
from pipeline.synthesizers.recipe import AUTO
from pipeline.workbench.sweeps import parse_epochs, plan_recipes

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from pipeline.synthesizers.recipe import Recipe
    from pipeline.workbench.workbench import Workbench

_LAST = "last_training"
_FIND = (
    "Tries several synthesizers on a part of the training rows, judges them on another part, and trains the "
    "best one on all rows."
)
_KEEPS = {"best": "the epoch with the best quality", "last": "the last epoch"}


def ask_training(workbench: Workbench, dataset: str) -> tuple[Recipe, ...]:
    """Show the form; a recipe for each training once it is sent, none until then."""
    last = st.session_state.get(_LAST, {})
    default = workbench.models.default_recipe(dataset)
    if st.button("Find the best recipe", key="find_recipe", icon=":material/travel_explore:", help=_FIND):
        return (workbench.models.default_recipe(dataset, synthesizer=AUTO),)
    # Outside the form, so that the settings below are those of the chosen ones.
    synthesizers = _ask_synthesizers(workbench, default, last)
    with st.form("training", border=True):
        epochs, changes = _ask_length(default, last), _ask_network(default, last)
        changes |= _ask_end(default, last)
        if "ctgan" in synthesizers:
            changes |= _ask_rates(default, last)
        is_sent = st.form_submit_button("Train", key="train", type="primary", icon=":material/play_arrow:")
    if not is_sent:
        return ()
    st.session_state[_LAST] = {"synthesizers": synthesizers, "epochs": epochs, **changes}
    try:
        return plan_recipes(workbench, synthesizers, parse_epochs(epochs), **changes)
    except WorkbenchError as refusal:
        show_error(refusal)
        return ()


def _ask_synthesizers(workbench: Workbench, default: Recipe, last: dict[str, Any]) -> list[str]:
    return st.multiselect(
        "Synthesizers",
        workbench.models.list_synthesizers(),
        last.get("synthesizers", [default.synthesizer]),
        key="train_synthesizers",
        help="Choose several to compare them.",
    )


def _ask_length(default: Recipe, last: dict[str, Any]) -> str:
    return st.text_input(
        "Epochs: one number, or several to compare, such as 10, 30, 70",
        last.get("epochs", str(default.epochs)),
        key="train_epochs",
        help="Each number is trained with each synthesizer; the trainings run one after the other. "
        "gaussian_copula has no epochs and is trained once.",
    )


def _ask_network(default: Recipe, last: dict[str, Any]) -> dict[str, Any]:
    places = st.columns(3)
    choice = places[0].selectbox(
        "HMA first",
        list(HMA_CHOICES),
        list(HMA_CHOICES.values()).index(last.get("use_hma")),
        key="train_use_hma",
        help="Trains on HMA's initial synthetic data instead of the real rows. That keeps the real rows away "
        "from the synthesizer, and costs some quality.",
    )
    batch = places[1].number_input(
        "Batch size, rows a step",
        10,
        100_000,
        last.get("batch_size", default.batch_size),
        step=10,
        key="train_batch_size",
    )
    seed = places[2].number_input(
        "Seed of the training", 0, 2**31 - 1, last.get("seed", default.seed), key="train_seed"
    )
    return {"use_hma": HMA_CHOICES[choice], "batch_size": batch, "seed": seed}


def _ask_end(default: Recipe, last: dict[str, Any]) -> dict[str, Any]:
    places = st.columns(3)
    keep = places[0].selectbox(
        "Keep",
        list(_KEEPS),
        list(_KEEPS).index(last.get("keep", default.keep)),
        key="train_keep",
        format_func=_KEEPS.__getitem__,
        help="Which state becomes the model. Quality is measured against held-out rows.",
    )
    patience, budget_s = _ask_patience(places[1], last), _ask_budget(places[2], last)
    return {"keep": keep, "patience": patience, "time_budget_s": budget_s}


def _ask_patience(place: DeltaGenerator, last: dict[str, Any]) -> int | None:
    return place.number_input(
        "Stop early: patience, epochs",
        1,
        10_000,
        last.get("patience"),
        key="train_patience",
        placeholder="never",
        help="Training stops after this many epochs without better quality.",
    )


def _ask_budget(place: DeltaGenerator, last: dict[str, Any]) -> float | None:
    return place.number_input(
        "Time budget, seconds",
        1.0,
        86_400.0,
        last.get("time_budget_s"),
        step=30.0,
        format="%.0f",
        key="train_time_budget",
        placeholder="no limit",
    )


def _ask_rates(default: Recipe, last: dict[str, Any]) -> dict[str, Any]:
    rates = {"generator_rate": "generator", "discriminator_rate": "discriminator"}
    places = st.columns(3)
    return {
        name: place.number_input(
            f"Learning rate of ctgan's {network}",
            0.000_001,
            1.0,
            last.get(name, getattr(default, name)),
            step=0.000_05,
            format="%.6f",
            key=f"train_{name}",
        )
        for place, (name, network) in zip(places, rates.items(), strict=False)
    }
