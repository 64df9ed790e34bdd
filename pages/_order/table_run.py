"""The run that the Generate page follows: a linked one, or else the newest table of the account."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages._errors import escape, show_error
from pages._order.evidence import show_evidence
from pages._order.made_table import open_table
from pages._order.result import show_answer, show_judgement, show_owner, show_preview
from pages._runs.bulk_result import show_bulk_result
from pages._runs.ending import offer_evidence, offer_repeat, show_ending
from pages._runs.link import find_linked_run, find_newest
from pages._runs.progress import follow_run
from pages._runs.text import name_run
from pages._sharing.approval import show_approval
from pages._sharing.share import offer_share
from pipeline.errors import NotFoundError
from pipeline.runs.states import RunKind, RunStatus

if TYPE_CHECKING:
    from pipeline.datasets.spec import DatasetSpec
    from pipeline.runs.records import Run
    from pipeline.workbench.workbench import Workbench

_KINDS = (RunKind.GENERATE, RunKind.BULK)


def find_run(workbench: Workbench) -> Run | None:
    """The run of the link that led here, else the newest table that the account has ordered, else None."""
    linked = find_linked_run(workbench)
    if linked is not None and linked.kind in _KINDS:
        return linked
    if linked is not None:
        st.warning(f"Run {escape(linked.id)} has no table to show here: see the Runs page.")
    return find_newest(workbench, _KINDS)


def show_run(workbench: Workbench, run: Run, chosen: DatasetSpec | None) -> None:
    """The status of a run, or what it made; `chosen` is the dataset that the form above is set to."""
    if not run.status.is_final:
        follow_run(run.id)
    elif run.status is not RunStatus.DONE:
        st.subheader(escape(name_run(run)))
        show_ending(run)
    elif run.kind is RunKind.BULK:
        if chosen is not None:
            st.subheader(escape(name_run(run)))
        show_bulk_result(workbench, run)
    else:
        _show_table(workbench, run, chosen)


def _show_table(workbench: Workbench, run: Run, chosen: DatasetSpec | None) -> None:
    try:
        table = open_table(workbench, run)
    except NotFoundError as lost:
        show_error(lost)
        offer_repeat(run)
        return
    show_owner(table.generation, chosen)
    headline, check = table.conclude()
    show_answer(table, headline, check)
    show_approval(workbench, run)
    show_preview(table, check.is_open)
    show_judgement(table.generation, run, headline)
    show_evidence(table)
    with st.container(horizontal=True, vertical_alignment="center"):
        offer_evidence(run)
        offer_share(workbench, run)
