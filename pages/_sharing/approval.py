"""The approval of a run's table: what was asked and answered, and the forms that ask, release and reject."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

import streamlit as st

from pages._errors import escape, show_error
from pages._server.services import open_workbench
from pipeline.errors import WorkbenchError
from pipeline.generation.approvals import LONGEST_COMMENT, ApprovalState
from pipeline.runs.states import RunKind, RunStatus

if TYPE_CHECKING:
    from pipeline.generation.approvals import Approval
    from pipeline.runs.records import Run
    from pipeline.workbench.approvals import RunApproval
    from pipeline.workbench.workbench import Workbench

_REFUSED = "approval_refused"
_WITH_TABLES = (RunKind.GENERATE, RunKind.RELATED)
_LABELS = {
    None: "Ask for approval",
    ApprovalState.ASKED: "Waits for approval",
    ApprovalState.RELEASED: "Released",
    ApprovalState.REJECTED: "Rejected",
}
_ICONS = {
    None: ":material/approval_delegation:",
    ApprovalState.ASKED: ":material/hourglass_top:",
    ApprovalState.RELEASED: ":material/verified:",
    ApprovalState.REJECTED: ":material/block:",
}


def show_approval(workbench: Workbench, run: Run) -> None:
    """The approval beside the evidence, where the dataset requires one or somebody has asked."""
    approval = _find(workbench, run)
    if approval is not None:
        st.subheader("Approval")
        _show_body(run, approval)


def offer_approval(workbench: Workbench, run: Run) -> None:
    """The same in a popover, whose label says how it stands."""
    approval = _find(workbench, run)
    if approval is None:
        return
    with st.popover(_LABELS[approval.state], icon=_ICONS[approval.state], key=f"approval_{run.id}"):
        _show_body(run, approval)


def say_no_bulk(workbench: Workbench, dataset: str) -> bool:
    """Whether a dataset requires approval, which bulk tables cannot wait for; says so where it does."""
    if not workbench.approvals.is_required(dataset):
        return False
    st.info(
        f"The dataset {escape(dataset)} requires approval, which cannot be asked for bulk tables. Generate "
        "tables without bulk, or ask an administrator to lift the requirement.",
        icon=":material/approval_delegation:",
    )
    return True


def find_evidence(approval: Approval, sets: Collection[str]) -> str:
    """The page that shows what a question is about; `sets` are the names of datasets with several tables."""
    return "related.py" if approval.dataset in sets else "generate.py"


def _find(workbench: Workbench, run: Run) -> RunApproval | None:
    if run.kind not in _WITH_TABLES or run.status is not RunStatus.DONE:
        return None
    approval = workbench.approvals.get(run.id)
    return approval if approval.is_required or approval.history else None


def _show_body(run: Run, approval: RunApproval) -> None:
    if approval.is_required:
        st.caption(
            f"The dataset {escape(run.dataset)} requires approval: its tables can be downloaded once someone "
            "other than their owner and the person who asks has released them."
        )
    for one in approval.history:
        st.markdown(f"{_ICONS[one.state]} {escape(str(one))}")
    refused = st.session_state.get(_REFUSED)
    if refused and refused[0] == run.id:
        show_error(st.session_state.pop(_REFUSED)[1])
    if approval.may_ask:
        _ask(run)
    if approval.may_decide:
        _decide(run)


def _ask(run: Run) -> None:
    key = _ask_comment(run, "What the table is for, and for whom")
    _offer(run, key, "Ask for approval", "ask", lambda one, text: one.approvals.ask(run.id, text))


def _decide(run: Run) -> None:
    key = _ask_comment(run, "What you have checked, or what is wrong")
    with st.container(horizontal=True):
        _offer(run, key, "Release", "release", lambda one, text: one.approvals.release(run.id, text))
        _offer(run, key, "Reject", "reject", lambda one, text: one.approvals.reject(run.id, text))


def _ask_comment(run: Run, label: str) -> str:
    key = f"approval_comment_{run.id}"
    st.text_area(label, key=key, max_chars=LONGEST_COMMENT, height=80)
    return key


def _offer(run: Run, comment: str, label: str, name: str, change: Callable[[Workbench, str], object]) -> None:
    is_main = name != "reject"
    st.button(
        label,
        key=f"{name}_approval_{run.id}",
        type="primary" if is_main else "secondary",
        on_click=_change,
        args=(run.id, comment, change),
    )


def _change(run_id: str, comment: str, change: Callable[[Workbench, str], object]) -> None:
    """Ask or decide with the workbench of the user of this moment; a refusal is shown by the page."""
    try:
        change(open_workbench(), st.session_state.get(comment) or "")
    except WorkbenchError as refusal:
        st.session_state[_REFUSED] = (run_id, refusal)
