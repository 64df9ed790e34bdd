"""The form for several tables of any size: a run that writes files in a folder of the server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages._errors import show_error
from pages._order.table_form import ask_seed_and_date
from pages._related.sets import CHOSEN
from pipeline.errors import WorkbenchError
from pipeline.generation.orders import RelatedBulkOrder

if TYPE_CHECKING:
    from pipeline.workbench.workbench import Workbench

MOST_SCALE = 1_000_000.0
_LAST, _FIRST_SCALE = "related_last_bulk_order", 100.0


def ask_bulk_order(workbench: Workbench) -> RelatedBulkOrder | None:
    """Show the form for the chosen set; the order once it is sent, None until then or where it is refused."""
    last, default = st.session_state.get(_LAST, {}), workbench.related_tables.default_recipe()
    st.write(
        "Any number of rows of the chosen set, as many files with a manifest in a folder of the server's "
        "exports. The Runs page shows the folder, the progress in rows a second and the files."
    )
    with st.form("related_bulk_order", border=False):
        first, second, third, fourth, fifth = st.columns(5)
        scale = first.number_input(
            "Scale",
            0.1,
            MOST_SCALE,
            last.get("scale", _FIRST_SCALE),
            step=10.0,
            format="%.1f",
            key="related_bulk_scale",
            help="1 is as many rows as the sample has, 100 a hundred times as many.",
        )
        fmt = second.selectbox("Format of the files", ["parquet", "csv"], key="related_bulk_format")
        seed, as_of = ask_seed_and_date((third, fourth), last, "related_bulk_")
        epochs = fifth.number_input(
            "Epochs, at most", 1, 10_000, last.get("epochs", default.epochs), key="related_bulk_epochs"
        )
        is_sent = st.form_submit_button(
            "Generate in bulk", key="related_bulk_generate", icon=":material/stacks:"
        )
    if not is_sent:
        return None
    st.session_state[_LAST] = {"scale": scale, "seed": seed, "as_of": as_of, "epochs": epochs}
    dataset: str = st.session_state[CHOSEN]
    try:
        recipe = workbench.related_tables.default_recipe(epochs=epochs)
    except WorkbenchError as refusal:
        show_error(refusal)
        return None
    return RelatedBulkOrder(dataset, scale=scale, recipe=recipe, seed=seed, as_of=as_of, format=fmt)
