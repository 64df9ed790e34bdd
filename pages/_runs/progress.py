"""A running run: how far it is, and the button that ends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages._errors import escape
from pages._runs.text import compute_time_share, describe_progress, name_run
from pages._server.orders import try_order
from pages._server.services import may_order, open_workbench
from pages._server.tab import redraw

if TYPE_CHECKING:
    from pipeline.runs.records import Run

POLL_S = 1.0
"""Seconds between two looks at it; each reads one row of SQL."""


@st.fragment(run_every=POLL_S)
def follow_run(run_id: str) -> None:
    """Show a run until it is over, then draw the whole page again."""
    workbench = open_workbench()
    run = workbench.runs.get(run_id)
    if run.status.is_final:
        redraw()
    with st.container(border=True, key="followed_run"):
        st.markdown(f"**{escape(name_run(run))}**")
        show_progress(run)


def show_progress(run: Run) -> None:
    """How far a run is that is not over, and the button that ends it."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        show_bar(run)
        offer_cancel(run)


def show_bar(run: Run) -> None:
    """How far a run is that is not over."""
    st.progress(compute_time_share(run), text=escape(describe_progress(run)))


def offer_cancel(run: Run) -> None:
    """The button that ends a run of one's own."""
    if run.is_shared or not may_order():
        return
    if st.button(
        "Cancel",
        key=f"cancel_{run.id}",
        icon=":material/stop_circle:",
        disabled=run.is_cancel_requested,
        on_click=_cancel,
        args=(run.id,),
    ):
        st.rerun()


def _cancel(run_id: str) -> None:
    try_order(lambda workbench: workbench.runs.cancel(run_id))
