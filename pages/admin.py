"""For administrators: everybody's accounts, sessions and tokens, and the audit log."""

from __future__ import annotations

import streamlit as st

from pages._accounts.audit import show_audit
from pages._accounts.sessions import show_sessions
from pages._accounts.tokens import show_tokens
from pages._accounts.users import show_users
from pages._server.services import open_workbench
from pipeline.access.accounts import AccountRole

workbench = open_workbench(AccountRole.ADMIN)

st.title("Administration")
users, sessions, tokens, audit = st.tabs(["Users", "Sessions", "API tokens", "Audit log"], key="admin_tabs")
with users:
    show_users(workbench.account.accounts)
with sessions:
    st.write("All active sessions. Ending a session brings its tabs back to the login form within seconds.")
    show_sessions(workbench.account.sessions.list(), workbench.account.sessions.end)
with tokens:
    st.write("Tokens are made by their owners on the Account page, or with `token create`.")
    show_tokens(workbench.account.tokens.list(), workbench.account.tokens.revoke)
with audit:
    show_audit(workbench)
