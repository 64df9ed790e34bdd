"""A run on a page: its progress while it goes on, what came of it, and what can be done with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages._bulk_files import offer_files
from pages._errors import escape
from pages._run_text import (
    ICONS,
    KINDS,
    STATUSES,
    describe_end,
    describe_order,
    describe_progress,
    name_run,
)
from pages._services import GENERATORS, get_actor, open_workbench
from pipeline.store.run_states import RunKind, RunStatus

if TYPE_CHECKING:
    from pipeline.store.run_records import Run, RunError
    from pipeline.workbench import Workbench

POLL_S = 1.0
"""Seconds between two looks at a run that goes on; each reads one row of SQL."""
_PAGES = {RunKind.TRAIN: ("train.py", "Open"), RunKind.GENERATE: ("generate.py", "Open and download")}


@st.fragment(run_every=POLL_S)
def follow_run(run_id: str) -> None:
    """Show a run until it is over, then draw the whole page again."""
    workbench = open_workbench()
    run = workbench.get_run(run_id)
    if run.status.is_final:
        st.rerun()
    with st.container(border=True, key="followed_run"):
        st.markdown(f"**{escape(name_run(run))}**")
        show_progress(workbench, run)


def show_progress(workbench: Workbench, run: Run) -> None:
    """How far a run is that is not over, and the button that ends it."""
    bar, action = st.columns([6, 1], vertical_alignment="bottom")
    bar.progress(min(max(run.share, 0.0), 1.0), text=escape(describe_progress(run)))
    if get_actor().role not in GENERATORS:
        return
    if action.button(
        "Cancel",
        key=f"cancel_{run.id}",
        icon=":material/stop_circle:",
        disabled=run.is_cancel_requested,
        width="stretch",
    ):
        workbench.cancel_run(run.id)
        st.rerun()


def show_ending(workbench: Workbench, run: Run) -> None:
    """Why a run has no result, and the ways on: resume it, or order the same again."""
    show_reason(run)
    with st.container(horizontal=True):
        offer_resume(workbench, run)
        offer_repeat(workbench, run)


def show_reason(run: Run) -> None:
    """The error of a run that failed, or that it was cancelled."""
    if run.status is RunStatus.FAILED and run.error:
        st.error(_describe_error(run.error), icon=":material/error:")
    elif run.status is RunStatus.CANCELLED:
        kept = f" Its best state so far is model {run.model}." if run.model else ""
        lost = f" {_describe_error(run.error)}" if run.error else ""
        st.info(f"The run was cancelled.{kept}{lost}", icon=":material/cancel:")


def _describe_error(error: RunError) -> str:
    return f"{escape(error.message)}  \n{escape(error.hint[:1].upper())}{escape(error.hint[1:])}"


def show_card(workbench: Workbench, run: Run, is_brief: bool = False) -> None:
    """One run with everything that a list says and offers of it; a brief one leaves the settings out."""
    with st.container(border=True, key=f"run_{run.id}"):
        owner = f" · {escape(run.owner)}" if run.owner != get_actor().name else ""
        title = f"{KINDS[run.kind]}: {escape(name_run(run))}"
        st.markdown(f"{ICONS[run.status]} **{title}** · {STATUSES[run.status]}{owner}")
        if not is_brief:
            st.caption(escape(describe_order(run)))
        if run.status.is_final:
            _show_end(workbench, run)
        else:
            show_progress(workbench, run)


def _show_end(workbench: Workbench, run: Run) -> None:
    if ended := describe_end(run):
        st.caption(escape(ended))
    show_reason(run)
    _show_folder(run)
    with st.container(horizontal=True, vertical_alignment="center"):
        _offer_open(run)
        if run.kind is RunKind.BULK and run.status is RunStatus.DONE:
            offer_files(workbench, run)
        offer_evidence(run)
        offer_resume(workbench, run)
        offer_repeat(workbench, run)
        _offer_delete(workbench, run)


def offer_resume(workbench: Workbench, run: Run) -> None:
    """A button that queues a run again that failed or was cancelled."""
    is_possible = run.status in (RunStatus.FAILED, RunStatus.CANCELLED)
    if not is_possible or get_actor().role not in GENERATORS:
        return
    if st.button(
        "Resume",
        key=f"resume_{run.id}",
        icon=":material/resume:",
        help="A training goes on from where it last saved its state.",
    ):
        workbench.resume_run(run.id)
        st.rerun()


def offer_repeat(workbench: Workbench, run: Run) -> None:
    """A button that orders the same as a run of one's own."""
    if get_actor().role not in GENERATORS:
        return
    if st.button("Run again", key=f"repeat_{run.id}", icon=":material/replay:"):
        repeated = workbench.repeat_run(run.id)
        if "run" in st.query_params:
            st.query_params["run"] = repeated.id
        st.rerun()


def _show_folder(run: Run) -> None:
    out = (run.result or {}).get("out") or run.order.get("out")
    if run.kind is RunKind.BULK and out:
        st.caption("Folder on the server")
        st.code(str(out), language=None, wrap_lines=True)


def _offer_open(run: Run) -> None:
    if run.kind not in _PAGES or (run.kind is RunKind.GENERATE and run.status is not RunStatus.DONE):
        return
    if run.kind is RunKind.TRAIN and get_actor().role not in GENERATORS:
        return
    page, words = _PAGES[run.kind]
    st.page_link(page, label=words, icon=":material/open_in_new:", query_params={"run": run.id})


def offer_evidence(run: Run) -> None:
    """A link to everything that can be measured of a finished run."""
    if run.status is RunStatus.DONE and run.kind in _PAGES and run.model is not None:
        chosen = {"dataset": run.dataset, "table": f"run:{run.id}"}
        st.page_link("quality.py", label="Evidence", icon=":material/monitoring:", query_params=chosen)


def _offer_delete(workbench: Workbench, run: Run) -> None:
    if get_actor().role not in GENERATORS:
        return
    with st.popover("Delete", icon=":material/delete:", key=f"ask_delete_run_{run.id}"):
        st.write("Forget this run for good? Models that it made stay.")
        if st.button("Yes, delete", key=f"delete_run_{run.id}", type="primary"):
            workbench.delete_run(run.id)
            st.rerun()
