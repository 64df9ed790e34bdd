"""The forms of those who are not in yet: login, and on the first start the administrator's set-up."""

from __future__ import annotations

from html import escape
from urllib.parse import urlencode

import streamlit as st
from streamlit_authenticator.controllers import AuthenticationController
from streamlit_authenticator.models.authentication_model import AuthenticationModel

from pages._server.services import SIGN_ON_PATH, Services
from pipeline.errors import DataError
from pipeline.workbench.entrance import Entrance, write_deep_link

_BUTTON = (
    "display: inline-block; border: 1px solid; border-radius: 0.4rem; padding: 0.4rem 0.8rem; "
    "color: inherit; text-decoration: none"
)
_LOOPBACK = "127.0.0.1"
_REFUSAL = "User name or password is wrong, or the account is temporarily locked after too many attempts."


class _SqlAuthentication(AuthenticationModel):
    """streamlit-authenticator 0.4.2 with its check moved to SQL, where lock-out outlives a rerun."""

    def __init__(self, entrance: Entrance) -> None:
        super().__init__({"usernames": {}}, auto_hash=False)
        self._entrance = entrance

    def check_credentials(self, username: str, password: str) -> bool:
        """Whether this account may log in; the library reads its name from the entry made here."""
        account = self._entrance.check_password(username, password, find_address())
        if account is not None:
            self.credentials["usernames"][username] = {"name": account.name, "roles": [account.role.value]}
        return account is not None

    def _record_failed_login_attempts(self, username: str, reset: bool = False) -> None:
        """Nothing to do: `Accounts.verify` has counted the attempt."""


def ask_login(services: Services) -> str | None:
    """The login form; the account's name once its password was right, None until then."""
    with st.form("login"):
        st.subheader("Log in")
        name = st.text_input("User name", key="login_name", autocomplete="username")
        password = st.text_input(
            "Password", type="password", key="login_password", autocomplete="current-password"
        )
        is_sent = st.form_submit_button("Log in", key="login_send", type="primary")
    if not is_sent:
        return None
    if not name.strip() or not password.strip():
        st.warning("Enter your user name and your password.", icon=":material/edit:")
        return None
    # The library's own form would bring its cookie component along, whose cookie scripts can read.
    controller = AuthenticationController({"usernames": {}}, auto_hash=False)
    controller.authentication_model = _SqlAuthentication(services.entrance)
    if controller.login(name, password):
        return str(st.session_state["username"])
    st.error(_REFUSAL, icon=":material/lock:")
    return None


def offer_sign_on(label: str, page_path: str) -> None:
    """The way to the provider of single sign-on, in this tab: a button of Streamlit's opens another one.

    It ends at the page that was asked for, with what the address says besides.
    """
    asked = st.query_params
    link = write_deep_link(page_path, ((name, value) for name in asked for value in asked.get_all(name)))
    address = f"{SIGN_ON_PATH}?{urlencode({'target': link})}"
    st.html(f'<a href="{escape(address)}" target="_self" style="{_BUTTON}">{escape(label)}</a>')


def ask_set_up(services: Services) -> str | None:
    """The set-up form; the administrator's name once the account is made, None until then."""
    with st.form("set_up"):
        st.subheader("First start: create the administrator")
        st.write("The set-up code is printed in the terminal that runs the workbench.")
        code = st.text_input("Set-up code", key="set_up_code", autocomplete="off")
        name = st.text_input("User name", key="set_up_name", autocomplete="username")
        password = st.text_input("Password, at least 12 characters", type="password", key="set_up_password")
        again = st.text_input("Password again", type="password", key="set_up_password_again")
        is_sent = st.form_submit_button("Make the administrator", key="set_up_send", type="primary")
    if not is_sent:
        return None
    if password != again:
        raise DataError("The two passwords differ.", "type the same password twice.")
    return services.entrance.set_up(code, name, password, find_address()).name


def find_address() -> str:
    """The browser's address, as far as the connection gives it."""
    address = st.context.ip_address
    # Streamlit says nothing of browsers on the server itself; AppTest answers with a mock.
    return _LOOPBACK if address is None else address if isinstance(address, str) else ""
