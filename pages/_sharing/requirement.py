"""Whether tables of a dataset wait for an approval, and the buttons that change it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages._errors import show_error
from pages._server.services import may_order, open_workbench
from pipeline.access.accounts import AccountRole
from pipeline.errors import WorkbenchError

if TYPE_CHECKING:
    from pipeline.workbench.workbench import Workbench

_REFUSED = "requirement_refused"


def offer_requirement(workbench: Workbench, dataset: str) -> None:
    """Say whether tables of a dataset require approval; analysts switch it on, administrators off."""
    if refused := st.session_state.pop(_REFUSED, None):
        show_error(refused)
    role = workbench.actor.role
    if workbench.approvals.is_required(dataset):
        st.info(
            "Tables of this dataset require approval: another person releases each one before it leaves.",
            icon=":material/approval:",
        )
        if role.includes(AccountRole.ADMIN):
            _ask(
                dataset,
                "Lift the requirement",
                "Let every table of this dataset leave without a release, those that wait now too?",
                is_lifted=True,
            )
    elif may_order():
        _ask(
            dataset,
            "Require approval",
            "Have each table of this dataset wait until another person has released it? Bulk tables "
            "cannot be generated from it then. Administrators alone lift the requirement.",
            is_lifted=False,
        )


def _ask(dataset: str, label: str, question: str, is_lifted: bool) -> None:
    """The question before the requirement changes."""
    name = "lift" if is_lifted else "require"
    with st.popover(label, icon=":material/approval:", key=f"ask_{name}_{dataset}_approval"):
        st.write(question)
        st.button(
            f"Yes, {label.lower()}",
            key=f"{name}_{dataset}_approval",
            type="primary",
            on_click=_change,
            args=(dataset, is_lifted),
        )


def _change(dataset: str, is_lifted: bool) -> None:
    """Switch the requirement on, or lift it, as the user of this moment; a callback."""
    try:
        approvals = open_workbench().approvals
        if is_lifted:
            approvals.lift(dataset)
        else:
            approvals.require(dataset)
    except WorkbenchError as refusal:
        st.session_state[_REFUSED] = refusal
