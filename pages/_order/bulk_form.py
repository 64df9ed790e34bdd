"""The form for a table that is larger than one request: a run that writes files in a folder of the server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import streamlit as st

from pages._order.recipe_form import ask_model, settle_model
from pages._order.table_form import ask_seed_and_date
from pipeline.generation.orders import BulkOrder

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from pipeline.datasets.spec import DatasetSpec
    from pipeline.workbench.workbench import Workbench

MOST_ROWS = 1_000_000_000
_LAST, _FIRST_ROWS = "last_bulk_order", 1_000_000


def ask_bulk_order(workbench: Workbench, dataset: DatasetSpec) -> BulkOrder | None:
    """Show the form; the order once it is sent, None until then."""
    last = st.session_state.get(_LAST, {})
    st.write(
        "Any number of rows from the same model, as many files with a manifest in a folder of the server's "
        "exports. The Runs page shows the folder and the progress in rows a second."
    )
    with st.form("bulk_order", border=True):
        columns = st.columns(4)
        rows = _ask_rows(columns[0], workbench.settings.rows.maximum + 1, last)
        fmt = _ask_format(columns[1])
        seed, as_of = ask_seed_and_date(columns[2:], last, "bulk_")
        # The parts of a large table are found again by the recipe of their model.
        asked = ask_model(workbench, dataset, "bulk_", with_stopped=False)
        is_sent = st.form_submit_button(
            "Generate in bulk", key="bulk_generate", type="primary", icon=":material/stacks:"
        )
    if not is_sent:
        return None
    st.session_state[_LAST] = {"rows": rows, "seed": seed, "as_of": as_of}
    if (chosen := settle_model(workbench, dataset, asked, "bulk_")) is None:
        return None
    return BulkOrder(dataset.name, rows, recipe=chosen.recipe, seed=seed, as_of=as_of, format=fmt)


def _ask_rows(place: DeltaGenerator, least: int, last: Mapping[str, Any]) -> int:
    return place.number_input(
        f"Rows, from {least:,}",
        least,
        MOST_ROWS,
        last.get("rows", _FIRST_ROWS),
        step=100_000,
        key="bulk_rows",
    )


def _ask_format(place: DeltaGenerator) -> str:
    return place.selectbox(
        "Format of the files",
        ["parquet", "csv"],
        key="bulk_format",
        help="Parquet is smaller and quicker to read; CSV opens everywhere.",
    )
