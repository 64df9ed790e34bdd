"""A run that is over: why it has no result, and the ways on from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages._errors import describe
from pages._server.orders import try_order
from pages._server.services import may_order
from pipeline.runs.records import is_stopped_training
from pipeline.runs.states import RunKind, RunStatus

if TYPE_CHECKING:
    from pipeline.runs.records import Run
    from pipeline.workbench.workbench import Workbench

_MEASURABLE = (RunKind.TRAIN, RunKind.GENERATE)


def show_ending(run: Run) -> None:
    """Why a run has no result, and the ways on: resume it, or order the same again."""
    show_reason(run)
    with st.container(horizontal=True):
        offer_resume(run)
        offer_repeat(run)


def show_reason(run: Run) -> None:
    """The error of a run that failed, or that it was cancelled."""
    if run.status is RunStatus.FAILED and run.error:
        st.error(describe(run.error.message, run.error.hint), icon=":material/error:")
    elif run.status is RunStatus.CANCELLED:
        kept = f" Its best state so far is model {run.model}." if run.model else ""
        lost = f" {describe(run.error.message, run.error.hint)}" if run.error else ""
        st.info(f"The run was cancelled.{kept}{lost}", icon=":material/cancel:")


def offer_resume(run: Run) -> None:
    """A button that queues a run again that failed or was cancelled."""
    is_possible = run.status in (RunStatus.FAILED, RunStatus.CANCELLED) and not run.is_shared
    if not is_possible or not may_order():
        return
    st.button(
        "Resume",
        key=f"resume_{run.id}",
        icon=":material/resume:",
        help="A training resumes from its last saved state.",
        on_click=_resume,
        args=(run.id,),
    )


def offer_repeat(run: Run) -> None:
    """A button that orders the same as a run of one's own."""
    if run.is_shared or not may_order():
        return
    st.button("Run again", key=f"repeat_{run.id}", icon=":material/replay:", on_click=_repeat, args=(run.id,))


def offer_evidence(run: Run) -> None:
    """A link to everything that can be measured of a finished run, or of what a stopped training kept."""
    is_done = run.status is RunStatus.DONE and run.kind in _MEASURABLE and run.model is not None
    if is_done or is_stopped_training(run):
        chosen = {"dataset": run.dataset, "table": f"run:{run.id}"}
        st.page_link("quality.py", label="Evidence", icon=":material/monitoring:", query_params=chosen)


def _resume(run_id: str) -> None:
    try_order(lambda workbench: workbench.runs.resume(run_id))


def _repeat(run_id: str) -> None:
    """Order it again, and have a page that shows the run by its address show the new one."""

    def order(workbench: Workbench) -> None:
        repeated = workbench.runs.repeat(run_id)
        if "run" in st.query_params:
            st.query_params["run"] = repeated.id

    try_order(order)
