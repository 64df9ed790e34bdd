"""Links to runs: the page that shows one, and the run that a link leads to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from pages._errors import escape
from pages._server.services import get_actor, may_order
from pipeline.errors import NotFoundError
from pipeline.runs.states import RunKind, RunStatus

if TYPE_CHECKING:
    from pipeline.runs.records import Run
    from pipeline.workbench.workbench import Workbench

EVERY_RUN = "runs.py"
CHANGE = "change"
"""What a link to a form calls the run whose order it is to show."""
_TABLES = {
    RunKind.GENERATE: "generate.py",
    RunKind.BULK: "generate.py",
    RunKind.RELATED: "related.py",
    RunKind.RELATED_BULK: "related.py",
}
FORMS = {RunKind.TRAIN: "train.py", **_TABLES}
"""The page with the form that orders a kind of runs."""


def find_page(run: Run) -> str:
    """The page that shows a run, by `run` in its address; `EVERY_RUN` for one that has none of its own."""
    if run.kind is RunKind.TRAIN and may_order():
        return "train.py"
    return _TABLES.get(run.kind, EVERY_RUN) if run.status is RunStatus.DONE else EVERY_RUN


def find_newest(workbench: Workbench, kinds: Sequence[RunKind]) -> Run | None:
    """The newest run of these kinds that the account has ordered; None where there is none."""
    own = [run for kind in kinds for run in workbench.runs.list(kind=kind, owner=get_actor().name, limit=1)]
    return max(own, key=lambda run: run.created_at, default=None)


def find_linked_run(workbench: Workbench) -> Run | None:
    """The run that the address of the page names; None where it names none, or one that no longer exists."""
    linked = st.query_params.get("run")
    if linked is None:
        return None
    try:
        return workbench.runs.get(linked)
    except NotFoundError as error:
        st.warning(f"{escape(error.message)} It was deleted, or is not shared with you.")
        return None
