"""One's own account: password, sessions and API tokens."""

from __future__ import annotations

import streamlit as st

from pages._errors import escape
from pages._gate import renew_session
from pages._services import get_actor, open_workbench
from pages._sessions import show_sessions
from pages._tokens import ask_token, show_tokens
from pipeline.errors import DataError

workbench = open_workbench()
actor = get_actor()

st.title("Account")
st.write(f"You are **{escape(actor.name)}**, with the role {actor.role}.")
if st.session_state.pop("password_changed", False):
    st.success("Your password is changed, and every other session has ended.", icon=":material/check:")

st.subheader("Password")
with st.form("change_password", clear_on_submit=True):
    current = st.text_input(
        "Present password", type="password", key="password_current", autocomplete="current-password"
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
if is_sent:
    if new != again:
        raise DataError("The two new passwords differ.", "type the same password twice.")
    workbench.change_password(current, new)
    renew_session(actor.name, "password_changed")

st.subheader("Sessions")
st.write("Where you are logged in. End what you do not recognise, and change your password.")
show_sessions(workbench.list_my_sessions(), workbench.end_my_session)

st.subheader("API tokens")
st.write("A token lets a program use the REST API in your name, with its own role, until it expires.")
ask_token(actor.role, workbench.create_my_token)
show_tokens(workbench.list_my_tokens(), workbench.revoke_my_token)
