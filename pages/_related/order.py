"""The form with which several tables are ordered; what was sent last is what it shows after a page switch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import streamlit as st

from pages._errors import escape
from pages._order.table_form import ask_seed_and_date
from pages._related.formats import FORMATS
from pages._related.sets import CHOSEN
from pages._runs.code import offer_form_code
from pages._runs.duration import show_estimate
from pipeline.generation.orders import RelatedOrder
from pipeline.models.related.recipe import RELATED_SYNTHESIZERS, RelatedRecipe

if TYPE_CHECKING:
    from pipeline.datasets.related.schema import RelatedSchema
    from pipeline.workbench.workbench import Workbench

LEAST_SCALE, MOST_SCALE = 0.1, 100.0
_LAST, _LAST_CHOSEN = "related_last_order", "related_last_chosen"
_FIELDS = ("scale", "seed", "as_of", "format", "synthesizer", "epochs")


def ask_order(
    workbench: Workbench, sets: tuple[RelatedSchema, ...], before: str, send: Callable[[], None]
) -> None:
    """Show the form; `send` is the callback of its button, and reads the form by `read_order`."""
    _choose(sets, before)
    last = st.session_state.get(_LAST, {})
    # It is no `st.form`, so that the estimate of time is that of the settings that stand there.
    with st.container(border=True, key="related_order"):
        _ask_tables(last)
        _ask_training(workbench, last)
        with st.container(horizontal=True, vertical_alignment="center", key="related_order_send"):
            st.button(
                "Generate",
                key="related_generate",
                type="primary",
                icon=":material/play_arrow:",
                on_click=send,
            )
            offer_form_code(lambda: read_order(workbench), "related_order")
            show_estimate(lambda: workbench.runs.estimate(read_order(workbench)))


def read_order(workbench: Workbench) -> RelatedOrder:
    """What the form asks for; WorkbenchError where its settings contradict each other."""
    dataset: str = st.session_state[CHOSEN]
    asked = {field: st.session_state[f"related_{field}"] for field in _FIELDS}
    recipe = workbench.related_tables.default_recipe(synthesizer=asked["synthesizer"], epochs=asked["epochs"])
    return RelatedOrder(
        dataset, asked["scale"], recipe, asked["seed"], asked["as_of"], format=asked["format"]
    )


def keep_order() -> None:
    """Show what the form asks for when it is drawn next, whether it is refused or not."""
    st.session_state[_LAST] = {field: st.session_state[f"related_{field}"] for field in _FIELDS}


def fill_order(order: RelatedOrder) -> list[str]:
    """Have the form show an order when it is drawn next; gives what it has no fields for."""
    recipe, state = order.recipe or RelatedRecipe(), st.session_state
    shown = {"scale": order.scale, "seed": order.seed, "as_of": order.as_of or date.today()}
    shown |= {"synthesizer": recipe.synthesizer, "epochs": recipe.epochs}
    state[_LAST] = {**shown, **({"format": order.format} if order.format in FORMATS else {})}
    state[CHOSEN] = state[_LAST_CHOSEN] = order.dataset
    return describe_unasked(recipe)


def describe_unasked(recipe: RelatedRecipe) -> list[str]:
    """The settings of a recipe for which no form of several tables has fields."""
    return [f"the training seed {recipe.seed}"] if recipe.seed else []


def _ask_tables(last: Mapping[str, Any]) -> None:
    """Scale, seed, date and format."""
    first, second, third, fourth = st.columns(4)
    first.number_input(
        f"Scale, {LEAST_SCALE:g}–{MOST_SCALE:g}",
        LEAST_SCALE,
        MOST_SCALE,
        last.get("scale", 1.0),
        step=0.5,
        format="%.1f",
        key="related_scale",
        help="1 is as many rows as the sample has, 2 twice as many.",
    )
    ask_seed_and_date((second, third), last, "related_")
    fourth.selectbox(
        "Format",
        list(FORMATS),
        list(FORMATS).index(last.get("format", "excel")),
        key="related_format",
        format_func=FORMATS.__getitem__,
        help="It can be changed before the download.",
    )


def _ask_training(workbench: Workbench, last: Mapping[str, Any]) -> None:
    """The synthesizer, and the most epochs."""
    default = workbench.related_tables.default_recipe()
    with st.expander("Training", icon=":material/tune:"):
        left, right = st.columns(2)
        names = list(RELATED_SYNTHESIZERS)
        left.selectbox(
            "Synthesizer",
            names,
            names.index(last.get("synthesizer", default.synthesizer)),
            key="related_synthesizer",
            format_func=lambda name: f"{name}: {RELATED_SYNTHESIZERS[name]}",
        )
        right.number_input(
            "Epochs, at most",
            1,
            10_000,
            last.get("epochs", default.epochs),
            key="related_epochs",
            help="Passes over each table; training ends sooner where held-out rows gain nothing.",
        )


def _choose(sets: tuple[RelatedSchema, ...], before: str) -> None:
    titles = {one.name: one.title for one in sets}
    names = list(titles)
    linked = st.query_params.get("dataset")
    if linked and linked not in names:
        st.warning(f"There is no set of tables {escape(linked)}.")
    if st.session_state.get(CHOSEN) not in names:
        wanted = linked or st.session_state.get(_LAST_CHOSEN, before)
        st.session_state[CHOSEN] = wanted if wanted in names else names[0]
    chosen = st.selectbox("Set of tables", names, format_func=titles.__getitem__, key=CHOSEN)
    st.session_state[_LAST_CHOSEN] = chosen
