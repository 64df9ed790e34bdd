"""Who comes in: the set-up and login forms, the session behind a tab, and its end."""

from __future__ import annotations

import json
import secrets
from datetime import timedelta

import streamlit as st
import streamlit_authenticator as stauth
from streamlit_authenticator.models.authentication_model import AuthenticationModel

from pages._errors import escape
from pages._services import ACTOR, COOKIE, Services, open_services
from pipeline.errors import DataError
from pipeline.store.accounts import Accounts
from pipeline.store.database import utc_now
from pipeline.store.sessions import Session

WARNING_S = 120
POLL_S = 10
_SESSION, _HANDOVER, _NOTICE, _HAS_LEFT = "session_id", "handover_code", "notice", "has_left"
_FIELDS = {"Form name": "Log in", "Username": "User name", "Password": "Password", "Login": "Log in"}
_REFUSAL = "User name or password is wrong, or the account is resting after too many attempts."


class _SqlAuthentication(AuthenticationModel):
    """streamlit-authenticator 0.4.2 with its check moved to SQL, where lock-out outlives a rerun."""

    def __init__(self, accounts: Accounts) -> None:
        super().__init__({"usernames": {}}, auto_hash=False)
        self._accounts = accounts

    def check_credentials(self, username: str, password: str) -> bool:
        """Whether this account may log in; the library reads its name from the entry made here."""
        account = self._accounts.verify(username, password)
        if account is not None:
            self.credentials["usernames"][username] = {"name": account.name, "roles": [account.role.value]}
        return account is not None

    def _record_failed_login_attempts(self, username: str, reset: bool = False) -> None:
        """Nothing to do: `Accounts.verify` has counted the attempt."""


def find_session() -> Session | None:
    """The living session of this tab, or of the browser's cookie, prolonged by this run."""
    sessions = open_services().sessions
    session_id = st.session_state.get(_SESSION) or _find_by_cookie()
    session = sessions.touch(session_id) if session_id else None
    if session:
        st.session_state[_SESSION] = session.id
        st.session_state[ACTOR] = session.actor
    elif session_id or ACTOR in st.session_state:
        _leave("Your session has ended. Please log in again.")
    return session


def admit() -> None:
    """Show the set-up form on the first start and the login form otherwise, and stop there."""
    services = open_services()
    with st.container():
        if st.session_state.pop(_HAS_LEFT, False):
            _run_script("/session/end", "end")
    if notice := st.session_state.get(_NOTICE):
        st.info(notice, icon=":material/logout:")
    _, column, _ = st.columns([1, 1.4, 1])
    with column:
        st.title("Synthetic Data Workbench")
        st.write("Test data that behaves like the real thing and contains nobody.")
        if services.accounts.is_empty():
            _show_set_up(services)
        else:
            _show_login(services)
    st.stop()


def show_account(session: Session) -> None:
    """Hand the session over to the browser once, and offer to end it."""
    with st.sidebar:
        with st.container():
            if code := st.session_state.pop(_HANDOVER, None):
                _run_script("/session/start", code)
        st.caption(f"Logged in as **{escape(session.actor.name)}** ({session.actor.role})")
        if st.button("Log out", key="log_out", icon=":material/logout:"):
            open_services().sessions.end(session.id)
            _leave("You are logged out.")
            st.rerun()


@st.fragment(run_every=POLL_S)
def watch(session_id: int) -> None:
    """Warn before a session ends, and return to the login form when it has; looking does not prolong it."""
    session = open_services().sessions.get(session_id)
    if session is None:
        st.rerun(scope="app")
    remaining = session.ends_at - utc_now()
    if remaining > timedelta(seconds=WARNING_S):
        return
    seconds = max(int(remaining.total_seconds()), 0)
    st.warning(f"Your session ends in about {seconds} seconds.", icon=":material/timer:")
    if st.button("Stay logged in", key="stay_logged_in"):
        st.rerun(scope="app")


def _find_by_cookie() -> int | None:
    token = st.context.cookies.get(COOKIE)
    # AppTest answers with a mock instead of None.
    session = open_services().sessions.find(token) if isinstance(token, str) else None
    return session.id if session else None


def _show_login(services: Services) -> None:
    # No cookie of the library is written (0 days), and none is read: its name and key are new in every run.
    name, key = secrets.token_hex(16), secrets.token_hex(32)
    form = stauth.Authenticate(
        {"usernames": {}}, name, key, cookie_expiry_days=0, auto_hash=False, login_sleep_time=0
    )
    form.authentication_controller.authentication_model = _SqlAuthentication(services.accounts)
    form.login(fields=_FIELDS)
    if st.session_state.get("authentication_status"):
        _enter(services, st.session_state["username"])
    if st.session_state.get("authentication_status") is False:
        st.error(_REFUSAL, icon=":material/lock:")


def _show_set_up(services: Services) -> None:
    with st.form("set_up"):
        st.subheader("First start: make the administrator")
        st.write("The set-up code is printed in the terminal that runs the workbench.")
        code = st.text_input("Set-up code", key="set_up_code", autocomplete="off")
        name = st.text_input("User name", key="set_up_name", autocomplete="username")
        password = st.text_input("Password, at least 12 characters", type="password", key="set_up_password")
        again = st.text_input("Password again", type="password", key="set_up_password_again")
        is_sent = st.form_submit_button("Make the administrator", key="set_up_send", type="primary")
    if not is_sent:
        return
    if password != again:
        raise DataError("The two passwords differ.", "type the same password twice.")
    account = services.first_start.create_admin(code, name, password)
    _enter(services, account.name)


def _enter(services: Services, name: str) -> None:
    origin = (st.context.headers.get("User-Agent"), st.context.ip_address)
    agent, address = (value if isinstance(value, str) else "" for value in origin)
    # What an earlier user of this tab left behind goes first.
    st.session_state.clear()
    session_id = services.sessions.start(name, agent, address)
    st.session_state[_SESSION] = session_id
    st.session_state[_HANDOVER] = services.sessions.offer(session_id)
    st.rerun()


def _leave(notice: str) -> None:
    st.session_state.clear()
    st.session_state[_NOTICE] = notice
    st.session_state[_HAS_LEFT] = True


def _run_script(path: str, code: str) -> None:
    # A header of our own cannot be sent from another site without a permission that the server never gives.
    options = json.dumps({"method": "POST", "headers": {"X-Workbench-Session": code}})
    st.html(f"<script>fetch({json.dumps(path)}, {options})</script>", unsafe_allow_javascript=True)
