"""The form with which several tables are ordered; what was sent last is what it shows after a page switch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import streamlit as st

from pages._errors import escape, show_error
from pages._order.table_form import ask_seed_and_date
from pages._related.formats import FORMATS
from pages._related.sets import CHOSEN
from pipeline.errors import WorkbenchError
from pipeline.generation.orders import RelatedOrder
from pipeline.models.related.recipe import RELATED_SYNTHESIZERS

if TYPE_CHECKING:
    from pipeline.datasets.related.schema import RelatedSchema
    from pipeline.workbench.workbench import Workbench

LEAST_SCALE, MOST_SCALE = 0.1, 100.0
_LAST, _LAST_CHOSEN = "related_last_order", "related_last_chosen"


def ask_order(workbench: Workbench, sets: tuple[RelatedSchema, ...], before: str) -> RelatedOrder | None:
    """Show the form; the order once it is sent, None until then or where it is refused."""
    dataset = _choose(sets, before)
    last = st.session_state.get(_LAST, {})
    with st.form("related_order", border=True):
        kept = _ask_tables(last)
        synthesizer, kept["epochs"] = _ask_training(workbench, last)
        is_sent = st.form_submit_button(
            "Generate", key="related_generate", type="primary", icon=":material/play_arrow:"
        )
    if not is_sent:
        return None
    st.session_state[_LAST] = kept
    try:
        recipe = workbench.related_tables.default_recipe(synthesizer=synthesizer, epochs=kept["epochs"])
    except WorkbenchError as refusal:
        show_error(refusal)
        return None
    return RelatedOrder(dataset, kept["scale"], recipe, kept["seed"], kept["as_of"], format=kept["format"])


def _ask_tables(last: Mapping[str, Any]) -> dict[str, Any]:
    """Scale, seed, date and format."""
    first, second, third, fourth = st.columns(4)
    scale = first.number_input(
        f"Scale, {LEAST_SCALE:g}–{MOST_SCALE:g}",
        LEAST_SCALE,
        MOST_SCALE,
        last.get("scale", 1.0),
        step=0.5,
        format="%.1f",
        key="related_scale",
        help="1 is as many rows as the sample has, 2 twice as many.",
    )
    seed, as_of = ask_seed_and_date((second, third), last, "related_")
    fmt = fourth.selectbox(
        "Format",
        list(FORMATS),
        list(FORMATS).index(last.get("format", "excel")),
        key="related_format",
        format_func=FORMATS.__getitem__,
        help="It can be changed before the download.",
    )
    return {"scale": scale, "seed": seed, "as_of": as_of, "format": fmt}


def _ask_training(workbench: Workbench, last: Mapping[str, Any]) -> tuple[str, int]:
    """The synthesizer, and the most epochs."""
    default = workbench.related_tables.default_recipe()
    with st.expander("Training", icon=":material/tune:"):
        left, right = st.columns(2)
        synthesizer: str = left.selectbox(
            "Synthesizer",
            list(RELATED_SYNTHESIZERS),
            key="related_synthesizer",
            format_func=lambda name: f"{name}: {RELATED_SYNTHESIZERS[name]}",
        )
        epochs: int = right.number_input(
            "Epochs, at most",
            1,
            10_000,
            last.get("epochs", default.epochs),
            key="related_epochs",
            help="Passes over each table; training ends sooner where held-out rows gain nothing.",
        )
    return synthesizer, epochs


def _choose(sets: tuple[RelatedSchema, ...], before: str) -> str:
    titles = {one.name: one.title for one in sets}
    names = list(titles)
    linked = st.query_params.get("dataset")
    if linked and linked not in names:
        st.warning(f"There is no set of tables {escape(linked)}.")
    if st.session_state.get(CHOSEN) not in names:
        wanted = linked or st.session_state.get(_LAST_CHOSEN, before)
        st.session_state[CHOSEN] = wanted if wanted in names else names[0]
    chosen: str = st.selectbox("Set of tables", names, format_func=titles.__getitem__, key=CHOSEN)
    st.session_state[_LAST_CHOSEN] = chosen
    return chosen
