"""A run that is over: why it has no result, and the ways on from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages._errors import describe
from pages._server.services import get_actor
from pipeline.access.accounts import AccountRole
from pipeline.runs.records import is_stopped_training
from pipeline.runs.states import RunKind, RunStatus

if TYPE_CHECKING:
    from pipeline.runs.records import Run
    from pipeline.workbench.workbench import Workbench

_MEASURABLE = (RunKind.TRAIN, RunKind.GENERATE)


def show_ending(workbench: Workbench, run: Run) -> None:
    """Why a run has no result, and the ways on: resume it, or order the same again."""
    show_reason(run)
    with st.container(horizontal=True):
        offer_resume(workbench, run)
        offer_repeat(workbench, run)


def show_reason(run: Run) -> None:
    """The error of a run that failed, or that it was cancelled."""
    if run.status is RunStatus.FAILED and run.error:
        st.error(describe(run.error.message, run.error.hint), icon=":material/error:")
    elif run.status is RunStatus.CANCELLED:
        kept = f" Its best state so far is model {run.model}." if run.model else ""
        lost = f" {describe(run.error.message, run.error.hint)}" if run.error else ""
        st.info(f"The run was cancelled.{kept}{lost}", icon=":material/cancel:")


def offer_resume(workbench: Workbench, run: Run) -> None:
    """A button that queues a run again that failed or was cancelled."""
    is_possible = run.status in (RunStatus.FAILED, RunStatus.CANCELLED) and not run.is_shared
    if not is_possible or not get_actor().role.includes(AccountRole.ANALYST):
        return
    if st.button(
        "Resume",
        key=f"resume_{run.id}",
        icon=":material/resume:",
        help="A training resumes from its last saved state.",
    ):
        workbench.runs.resume(run.id)
        st.rerun()


def offer_repeat(workbench: Workbench, run: Run) -> None:
    """A button that orders the same as a run of one's own."""
    if run.is_shared or not get_actor().role.includes(AccountRole.ANALYST):
        return
    if st.button("Run again", key=f"repeat_{run.id}", icon=":material/replay:"):
        repeated = workbench.runs.repeat(run.id)
        if "run" in st.query_params:
            st.query_params["run"] = repeated.id
        st.rerun()


def offer_evidence(run: Run) -> None:
    """A link to everything that can be measured of a finished run, or of what a stopped training kept."""
    is_done = run.status is RunStatus.DONE and run.kind in _MEASURABLE and run.model is not None
    if is_done or is_stopped_training(run):
        chosen = {"dataset": run.dataset, "table": f"run:{run.id}"}
        st.page_link("quality.py", label="Evidence", icon=":material/monitoring:", query_params=chosen)
