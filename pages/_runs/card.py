"""A run in a list: what it is, how far or how it ended, and everything that can be done with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages._errors import escape
from pages._runs.bulk_files import offer_files
from pages._runs.bulk_result import show_folder
from pages._runs.code import offer_code
from pages._runs.ending import offer_evidence, offer_repeat, offer_resume, show_reason
from pages._runs.link import CHANGE, EVERY_RUN, FORMS, find_page
from pages._runs.naming import offer_naming
from pages._runs.progress import offer_cancel, show_bar
from pages._runs.text import ICONS, KINDS, STATUSES, describe_end, describe_order, mark_tags, name_run
from pages._server.services import get_actor, may_order
from pages._sharing.approval import offer_approval
from pages._sharing.share import offer_share
from pages._verdict import show_verdict
from pipeline.runs.orders import UnknownOrder
from pipeline.runs.states import RunKind, RunStatus

if TYPE_CHECKING:
    from pipeline.runs.records import Run
    from pipeline.workbench.workbench import Workbench


def show_card(workbench: Workbench, run: Run, is_brief: bool = False) -> None:
    """One run with everything that a list says and offers of it; a brief one leaves the settings out."""
    with st.container(border=True, key=f"run_{run.id}"):
        owner = f" · {escape(run.owner)}" if run.is_shared or run.owner != get_actor().name else ""
        owner += ", shared with you" if run.is_shared else ""
        title = f"{KINDS[run.kind]}: {escape(name_run(run))}"
        st.markdown(f"{ICONS[run.status]} **{title}** · {STATUSES[run.status]}{owner}{mark_tags(run.tags)}")
        if not is_brief:
            st.caption(escape(describe_order(run)))
        if run.status.is_final:
            _show_end(workbench, run)
        else:
            show_bar(run)
            with st.container(horizontal=True):
                offer_cancel(run)
                offer_share(workbench, run)
                offer_code(run.order, run.id)


def _show_end(workbench: Workbench, run: Run) -> None:
    headline = workbench.approvals.conclude(run)
    if headline is not None:
        show_verdict(headline)
    if ended := describe_end(run, is_judged=headline is not None):
        st.caption(escape(ended))
    show_reason(run)
    show_folder(run)
    with st.container(horizontal=True, vertical_alignment="center"):
        _offer_open(run)
        if run.kind in (RunKind.BULK, RunKind.RELATED_BULK) and run.status is RunStatus.DONE:
            offer_files(workbench, run)
        offer_evidence(run)
        offer_approval(workbench, run)
        offer_share(workbench, run)
        offer_resume(run)
        offer_repeat(run)
        _offer_change(run)
        offer_code(run.order, run.id)
        offer_naming(run)
        _offer_delete(workbench, run)


def _offer_open(run: Run) -> None:
    page = find_page(run)
    if page == EVERY_RUN:
        return
    words = "Open" if run.kind is RunKind.TRAIN else "Open and download"
    st.page_link(page, label=words, icon=":material/open_in_new:", query_params={"run": run.id})


def _offer_change(run: Run) -> None:
    page = FORMS.get(run.kind)
    if page is None or isinstance(run.order, UnknownOrder) or not may_order():
        return
    st.page_link(
        page,
        label="Change",
        icon=":material/edit:",
        query_params={CHANGE: run.id},
        help="Opens the form with the settings of this run.",
    )


def _offer_delete(workbench: Workbench, run: Run) -> None:
    if run.is_shared or not may_order():
        return
    with st.popover("Delete", icon=":material/delete:", key=f"ask_delete_run_{run.id}"):
        st.write("Delete this run permanently? Models that it made are kept.")
        if st.button("Yes, delete", key=f"delete_run_{run.id}", type="primary"):
            workbench.runs.delete(run.id)
            st.rerun()
