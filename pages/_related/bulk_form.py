"""The form for several tables of any size: a run that writes files in a folder of the server."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

import streamlit as st

from pages._order.table_form import ask_seed_and_date
from pages._related.order import describe_unasked
from pages._related.sets import CHOSEN
from pages._runs.code import offer_form_code
from pages._runs.duration import show_estimate
from pages._sharing.approval import say_no_bulk
from pipeline.generation.orders import RelatedBulkOrder
from pipeline.models.related.recipe import RelatedRecipe

if TYPE_CHECKING:
    from pipeline.workbench.workbench import Workbench

MOST_SCALE = 1_000_000.0
_LAST, _FIRST_SCALE = "related_last_bulk_order", 100.0
_KEPT = ("scale", "seed", "as_of", "epochs", "format")
_FORMATS = ("parquet", "csv")


def ask_bulk_order(workbench: Workbench, send: Callable[[], None]) -> None:
    """Show the form; `send` is the callback of its button, and reads the form by `read_bulk_order`."""
    last, default = st.session_state.get(_LAST, {}), workbench.related_tables.default_recipe()
    st.write(
        "Any number of rows of the chosen set, as many files with a manifest in a folder of the server's "
        "exports. This page follows it, and shows the folder and the files once they are there."
    )
    is_held = say_no_bulk(workbench, st.session_state[CHOSEN])
    # It is no `st.form`, so that the estimate of time is that of the settings that stand there.
    with st.container(key="related_bulk_order"):
        first, second, third, fourth, fifth = st.columns(5)
        first.number_input(
            "Scale",
            0.1,
            MOST_SCALE,
            last.get("scale", _FIRST_SCALE),
            step=10.0,
            format="%.1f",
            key="related_bulk_scale",
            help="1 is as many rows as the sample has, 100 a hundred times as many.",
        )
        second.selectbox(
            "Format of the files",
            _FORMATS,
            _FORMATS.index(last.get("format", _FORMATS[0])),
            key="related_bulk_format",
        )
        ask_seed_and_date((third, fourth), last, "related_bulk_")
        fifth.number_input(
            "Epochs, at most", 1, 10_000, last.get("epochs", default.epochs), key="related_bulk_epochs"
        )
        with st.container(horizontal=True, vertical_alignment="center", key="related_bulk_order_send"):
            st.button(
                "Generate in bulk",
                key="related_bulk_generate",
                icon=":material/stacks:",
                disabled=is_held,
                on_click=send,
            )
            offer_form_code(lambda: read_bulk_order(workbench), "related_bulk_order")
            show_estimate(lambda: workbench.runs.estimate(read_bulk_order(workbench)))


def read_bulk_order(workbench: Workbench) -> RelatedBulkOrder:
    """What the form asks for, of the set that is chosen above it; WorkbenchError where it is refused."""
    asked = {field: st.session_state[f"related_bulk_{field}"] for field in _KEPT}
    recipe = workbench.related_tables.default_recipe(epochs=asked.pop("epochs"))
    return RelatedBulkOrder(st.session_state[CHOSEN], recipe=recipe, **asked)


def fill_bulk_order(order: RelatedBulkOrder) -> list[str]:
    """Have the form show an order when it is drawn next; gives what it has no fields for."""
    recipe = order.recipe or RelatedRecipe()
    asked = {"scale": order.scale, "seed": order.seed, "as_of": order.as_of or date.today()}
    st.session_state[_LAST] = {**asked, "epochs": recipe.epochs, "format": order.format}
    st.session_state[CHOSEN] = order.dataset
    usual = RelatedRecipe().synthesizer
    other = [] if recipe.synthesizer == usual else [f"the synthesizer {recipe.synthesizer}"]
    parts = [f"parts of {order.part_roots:,} rows of the root"] if order.part_roots else []
    return [*other, *describe_unasked(recipe), *parts]


def keep_bulk_order() -> None:
    """Show what the form asks for when it is drawn next, whether it is refused or not."""
    st.session_state[_LAST] = {field: st.session_state[f"related_bulk_{field}"] for field in _KEPT}
