"""With whom a run is shared, and the form that shares it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from pages._errors import escape, show_error
from pages._server.services import may_order, open_workbench
from pipeline.access.accounts import AccountRole
from pipeline.errors import WorkbenchError
from pipeline.runs.shares import Grantee, GranteeKind

if TYPE_CHECKING:
    from pipeline.runs.records import Run
    from pipeline.runs.shares import RunShare
    from pipeline.workbench.workbench import Workbench

_REFUSED = "share_refused"
_KINDS = {GranteeKind.ACCOUNT: "One account", GranteeKind.ROLE: "Everyone with a role or a higher one"}


def offer_share(workbench: Workbench, run: Run) -> None:
    """A popover that shares a run read-only and lists with whom it is shared, for those who may."""
    if run.is_shared or not may_order():
        return
    shares = workbench.sharing.list(run.id)
    label = f"Shared ({len(shares)})" if shares else "Share"
    with st.popover(label, icon=":material/group_add:", key=f"shares_{run.id}"):
        st.caption(
            "Others find the run on their Runs page and open it by its link. They see its evidence and may "
            "download its table, which waits for an approval where the dataset requires one; they change "
            "nothing."
        )
        _show_refusal(run)
        for share in shares:
            _show_share(run, share)
        _ask_grantee(run)


def _show_share(run: Run, share: RunShare) -> None:
    grantee = share.grantee
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"{escape(str(grantee))} · since {share.given_at:%Y-%m-%d}, by {escape(share.given_by)}")
        st.button(
            "Withdraw",
            key=f"withdraw_{run.id}_{grantee.kind}_{grantee.name}",
            on_click=_change,
            args=(run.id, lambda one: one.sharing.withdraw(run.id, grantee)),
        )


def _ask_grantee(run: Run) -> None:
    kind = st.radio("Share with", [*GranteeKind], key=f"share_kind_{run.id}", format_func=_KINDS.__getitem__)
    if kind is GranteeKind.ACCOUNT:
        st.text_input("User name", key=f"share_account_{run.id}", autocomplete="off")
    else:
        st.selectbox("Role", list(AccountRole), key=f"share_role_{run.id}")
    st.button(
        "Share",
        key=f"share_{run.id}",
        type="primary",
        on_click=_change,
        args=(run.id, partial(_share, run, kind)),
    )


def _share(run: Run, kind: GranteeKind, workbench: Workbench) -> None:
    name = st.session_state[f"share_{kind}_{run.id}"]
    workbench.sharing.share(run.id, Grantee(kind, str(name)))
    if kind is GranteeKind.ACCOUNT:
        st.session_state[f"share_{kind}_{run.id}"] = ""


def _change(run_id: str, change: Callable[[Workbench], object]) -> None:
    """Change the shares with the workbench of the user of this moment; a refusal is shown by the page."""
    try:
        change(open_workbench(AccountRole.ANALYST))
    except WorkbenchError as refusal:
        st.session_state[_REFUSED] = (run_id, refusal)


def _show_refusal(run: Run) -> None:
    refused = st.session_state.get(_REFUSED)
    if refused and refused[0] == run.id:
        show_error(st.session_state.pop(_REFUSED)[1])
