"""Everybody's account as rows with what an administrator may do to it, and a form for a new one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import streamlit as st

from pages._accounts.sessions import format_time
from pages._errors import escape
from pipeline.access.accounts import Account, AccountRole

if TYPE_CHECKING:
    from pipeline.workbench.account import ManagedAccounts

_DONE = "user_done"


def show_users(accounts: ManagedAccounts) -> None:
    """What was done last, the form for a new account, and a row for each that there is."""
    if done := st.session_state.pop(_DONE, None):
        st.success(escape(done), icon=":material/check:")
    _ask_new(accounts)
    for account in accounts.list():
        _show_user(accounts, account)


def _show_user(accounts: ManagedAccounts, account: Account) -> None:
    """Name, role, state and age, and to the right of them what can be changed."""
    role = f"{account.role}, reviewer" if account.is_reviewer else account.role
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"user_{account.name}"):
        st.markdown(
            f"**{escape(account.name)}** · {role} · {describe_state(account)}  \n"
            f":small[Created {format_time(account.created_at)}]",
            width="stretch",
        )
        with st.popover("Change", key=f"change_{account.name}"):
            _ask_change(accounts, account)


def describe_state(account: Account) -> str:
    """Whether an account may log in, and if not, why."""
    if not account.is_active:
        return "disabled"
    if account.locked_until and _is_locked(account):
        return f"locked after failed logins until {format_time(account.locked_until)}"
    if account.is_signed_on:
        return "active, single sign-on"
    if not account.has_password:
        return "no password, tokens only"
    return "active, must change the password" if account.must_change_password else "active"


def _ask_change(accounts: ManagedAccounts, account: Account) -> None:
    name, roles = account.name, list(AccountRole)
    st.caption("Each change ends this user's sessions; a new password and disabling also revoke all tokens.")
    role = st.selectbox("Role", roles, roles.index(account.role), key=f"role_{name}")
    if st.button("Set role", key=f"set_role_{name}", disabled=role == account.role):
        accounts.set_role(name, role)
        _finish(f"{name} is now {role}.")
    _ask_reviewer(accounts, account)
    if not account.is_signed_on:
        _ask_reset(accounts, name)
    if account.is_active and st.button("Disable", key=f"disable_{name}", type="primary"):
        accounts.disable(name)
        _finish(f"{name} is disabled.")
    if not account.is_active or _is_locked(account):
        _ask_enable(accounts, account)


def _ask_reviewer(accounts: ManagedAccounts, account: Account) -> None:
    name = account.name
    label = "Take back reviewer" if account.is_reviewer else "Name reviewer"
    if st.button(label, key=f"reviewer_{name}", help="Reviewers release tables for which others ask."):
        accounts.set_reviewer(name, not account.is_reviewer)
        _finish(f"{name} is {'no longer a' if account.is_reviewer else 'a'} reviewer.")


def _ask_reset(accounts: ManagedAccounts, name: str) -> None:
    with st.form(f"reset_{name}", clear_on_submit=True, border=False):
        password = st.text_input(
            "New password", type="password", key=f"reset_password_{name}", autocomplete="new-password"
        )
        if st.form_submit_button("Reset password", key=f"reset_send_{name}"):
            accounts.reset_password(name, password)
            _finish(f"{name} has a new password, and must change it after logging in.")


def _ask_enable(accounts: ManagedAccounts, account: Account) -> None:
    name = account.name
    if st.button("Lift lock-out" if account.is_active else "Enable", key=f"enable_{name}"):
        accounts.enable(name)
        _finish(f"{name} may log in again.")


def _is_locked(account: Account) -> bool:
    return account.locked_until is not None and account.locked_until > datetime.now(UTC)


def _ask_new(accounts: ManagedAccounts) -> None:
    box = st.expander("Add a user", icon=":material/person_add:", key="new_user_box")
    with box, st.form("new_user", clear_on_submit=True, border=False):
        name = st.text_input("User name", key="new_user_name", autocomplete="off")
        role = st.selectbox("Role", [*AccountRole], index=0, key="new_user_role")
        password = st.text_input(
            "Password, at least 12 characters",
            type="password",
            key="new_user_password",
            autocomplete="new-password",
        )
        is_sent = st.form_submit_button("Add user", key="new_user_send", type="primary")
    if is_sent:
        account = accounts.create(name, password, role)
        _finish(f"{account.name} may log in as {account.role}, and must then choose a password.")


def _finish(sentence: str) -> None:
    st.session_state[_DONE] = sentence
    st.rerun()
