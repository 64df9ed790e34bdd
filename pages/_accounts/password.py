"""The form for a new password: on the Account page, and before every page where a change is due."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages._server.services import open_workbench
from pages._server.session_gate import renew_session
from pipeline.errors import DataError

if TYPE_CHECKING:
    from pipeline.workbench.workbench import Workbench

_CHANGED = "password_changed"


def show_required_change() -> None:
    """What is shown in place of every page until a password set by an administrator is changed."""
    st.title("Choose your own password")
    st.write("An administrator set your current password. Change it to continue, so that only you know it.")
    ask_password_change(open_workbench())


def show_change_done() -> None:
    """Say once that the password is changed."""
    if st.session_state.pop(_CHANGED, False):
        st.success("Your password is changed, and every other session has ended.", icon=":material/check:")


def ask_password_change(workbench: Workbench) -> None:
    """The form; once it is sent and good, this tab continues in a new session."""
    with st.form("change_password", clear_on_submit=True):
        current = st.text_input(
            "Current password", type="password", key="password_current", autocomplete="current-password"
        )
        new = st.text_input(
            "New password, at least 12 characters",
            type="password",
            key="password_new",
            autocomplete="new-password",
        )
        again = st.text_input(
            "New password again", type="password", key="password_again", autocomplete="new-password"
        )
        is_sent = st.form_submit_button("Change password", key="password_send", type="primary")
    if not is_sent:
        return
    if new != again:
        raise DataError("The two new passwords differ.", "type the same password twice.")
    workbench.account.change_password(current, new)
    renew_session(workbench.actor.name, _CHANGED)
