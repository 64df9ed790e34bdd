"""How the order of a run is changed: its line above the result, and the form that shows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st

from pages._errors import escape, show_error
from pages._order.sending import open_form
from pages._runs.code import offer_code
from pages._runs.link import CHANGE
from pages._runs.text import describe_model, name_run
from pages._server.orders import try_order
from pipeline.errors import WorkbenchError

if TYPE_CHECKING:
    from pipeline.runs.records import Run
    from pipeline.workbench.workbench import Workbench

Fill = Callable[["Workbench", "Run"], list[str]]
"""Has a form show the order of a run; gives what the form has no fields for."""
_LEFT_OUT = "order_left_out"


def show_order_line(run: Run, fill: Fill) -> None:
    """What was ordered, in one line, with the way back to the form, which `fill` has show the same order."""
    with st.container(horizontal=True, vertical_alignment="center", key="order_line"):
        st.markdown(f"**{escape(name_run(run))}** · {escape(describe_model(run))}", width="stretch")
        offer_code(run.order, "order_line")
        st.button("Change", key="change_order", icon=":material/edit:", on_click=_change, args=(run.id, fill))


def take_change(workbench: Workbench, fill: Fill) -> None:
    """Have the form show the order of the run that a link asks to change, and have the page be about it."""
    if (run_id := st.query_params.get(CHANGE)) is None:
        return
    del st.query_params[CHANGE]
    try:
        run = workbench.runs.get(run_id)
        _fill(workbench, run, fill)
    except WorkbenchError as error:
        show_error(error)
        return
    st.query_params["run"] = run.id


def show_left_out() -> None:
    """What the form cannot show of the order that it was filled with, once."""
    if left := st.session_state.pop(_LEFT_OUT, None):
        st.warning(
            f"This form has no field for {escape(', '.join(left))}. Copy as code on the run gives the same "
            "order with it.",
            icon=":material/edit_off:",
        )


def _change(run_id: str, fill: Fill) -> None:
    try_order(lambda workbench: _fill(workbench, workbench.runs.get(run_id), fill))


def _fill(workbench: Workbench, run: Run, fill: Fill) -> None:
    st.session_state[_LEFT_OUT] = fill(workbench, run)
    open_form(run.kind, run.id)
