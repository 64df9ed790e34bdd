"""The form for a table that is larger than one request: a run that writes files in a folder of the server."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import streamlit as st

from pages._order.model_form import ask_model, fill_model, keep_model, read_model
from pages._order.table_form import ask_seed_and_date
from pages._runs.code import offer_form_code
from pages._runs.duration import show_estimate
from pages._sharing.approval import say_no_bulk
from pipeline.generation.orders import PART_ROWS, BulkOrder

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from pipeline.datasets.spec import DatasetSpec
    from pipeline.runs.records import Run
    from pipeline.workbench.workbench import Workbench

MOST_ROWS = 1_000_000_000
_LAST, _FIRST_ROWS = "last_bulk_order", 1_000_000
_KEPT = ("rows", "seed", "as_of", "format")
_FORMATS = ("parquet", "csv")


def ask_bulk_order(workbench: Workbench, dataset: DatasetSpec, send: Callable[[DatasetSpec], None]) -> None:
    """Show the form; `send` is the callback of its button, and reads the form by `read_bulk_order`."""
    last = st.session_state.get(_LAST, {})
    st.write(
        "Any number of rows from the same model, as many files with a manifest in a folder of the server's "
        "exports. This page follows it, and shows the folder and the files once they are there."
    )
    is_held = say_no_bulk(workbench, dataset.name)
    # It is no `st.form`, so that the estimate of time is that of the settings that stand there.
    with st.container(border=True, key="bulk_order"):
        columns = st.columns(4)
        _ask_rows(columns[0], workbench.settings.rows.maximum + 1, last)
        _ask_format(columns[1], last)
        ask_seed_and_date(columns[2:], last, "bulk_")
        # The parts of a large table are found again by the recipe of their model.
        ask_model(workbench, dataset, "bulk_", with_stopped=False)
        with st.container(horizontal=True, vertical_alignment="center", key="bulk_order_send"):
            st.button(
                "Generate in bulk",
                key="bulk_generate",
                type="primary",
                icon=":material/stacks:",
                disabled=is_held,
                on_click=send,
                args=(dataset,),
            )
            offer_form_code(lambda: read_bulk_order(workbench, dataset), "bulk_order")
            show_estimate(lambda: workbench.runs.estimate(read_bulk_order(workbench, dataset)))


def read_bulk_order(workbench: Workbench, dataset: DatasetSpec) -> BulkOrder:
    """What the form asks for; WorkbenchError where its settings contradict each other."""
    state = st.session_state
    rows, seed, as_of, fmt = (state[f"bulk_{field}"] for field in ("rows", "seed", "as_of", "format"))
    recipe = read_model(workbench, dataset, "bulk_").recipe
    return BulkOrder(dataset.name, rows, recipe=recipe, seed=seed, as_of=as_of, format=fmt)


def keep_bulk_order(dataset: DatasetSpec) -> None:
    """Show what the form asks for when it is drawn next, whether it is refused or not."""
    st.session_state[_LAST] = {name: st.session_state[f"bulk_{name}"] for name in _KEPT}
    keep_model(dataset, "bulk_")


def fill_bulk_order(workbench: Workbench, dataset: DatasetSpec, run: Run, order: BulkOrder) -> list[str]:
    """Have the form show the order of a run when it is drawn next; gives what it has no fields for."""
    kept = {"rows": order.rows, "seed": order.seed, "as_of": order.as_of or date.today()}
    st.session_state[_LAST] = {**kept, "format": order.format}
    st.session_state["chosen_dataset"] = dataset.name
    fill_model(workbench, run, "bulk_")
    parts = [] if order.part_rows == PART_ROWS else [f"parts of {order.part_rows:,} rows"]
    return [*(f"the shares of {one}" for one in order.shares or {}), *parts]


def _ask_rows(place: DeltaGenerator, least: int, last: Mapping[str, Any]) -> None:
    place.number_input(
        f"Rows, from {least:,}",
        # A large table that was ordered elsewhere may have fewer.
        min(least, last.get("rows", least)),
        MOST_ROWS,
        last.get("rows", _FIRST_ROWS),
        step=100_000,
        key="bulk_rows",
    )


def _ask_format(place: DeltaGenerator, last: Mapping[str, Any]) -> None:
    place.selectbox(
        "Format of the files",
        _FORMATS,
        _FORMATS.index(last.get("format", _FORMATS[0])),
        key="bulk_format",
        help="Parquet is smaller and quicker to read; CSV opens everywhere.",
    )
