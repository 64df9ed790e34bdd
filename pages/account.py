"""One's own account: password, sessions and API tokens."""

from __future__ import annotations

import streamlit as st

from pages._accounts.password import ask_password_change
from pages._accounts.sessions import show_sessions
from pages._accounts.tokens import ask_token, show_tokens
from pages._errors import escape
from pages._server.services import get_actor, open_workbench

workbench = open_workbench()
actor = get_actor()

st.title("Account")
st.write(f"You are **{escape(actor.name)}**, with the role {actor.role}.")

st.subheader("Password")
if workbench.account.get_my_account().is_signed_on:
    st.write("You log in through single sign-on; change your password at the provider.")
else:
    ask_password_change(workbench)

st.subheader("Sessions")
st.write("Your active sessions. End any that you do not recognise, and change your password.")
show_sessions(workbench.account.list_my_sessions(), workbench.account.end_my_session)

st.subheader("API tokens")
st.write("A token lets a program use the REST API in your name, with its own role, until it expires.")
ask_token(actor.role, workbench.account.create_my_token)
show_tokens(workbench.account.list_my_tokens(), workbench.account.revoke_my_token)
