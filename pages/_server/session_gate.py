"""The session behind a tab: how it is found, handed to the browser, watched and left."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from html import escape as escape_html
from typing import NoReturn

import streamlit as st

from pages._errors import escape
from pages._server.login import ask_login, ask_set_up, find_address, offer_sign_on
from pages._server.services import COOKIE, SESSION, Services, open_services
from pages._server.tab import note_owner, note_stranger, redraw, take_redraw
from pipeline.access.sessions import Session

WARNING_S = 120
POLL_S = 10
_HANDOVER, _NOTICE, _FAREWELL = "handover_code", "notice", "farewell"


def find_session() -> Session | None:
    """The active session of the cookie that opened this connection, or else of a login made on it since.

    This run prolongs it, unless the page runs only because a fragment had it drawn again.
    """
    own_id = st.session_state.get(SESSION)
    sessions = open_services().sessions
    look = sessions.get if take_redraw() else sessions.touch
    # The cookie comes first: a tab never shows a session beside which the browser brought another active one.
    found_id = _find_by_cookie() or own_id
    session = look(found_id) if found_id else None
    if session is None:
        note_stranger()
        if own_id:
            _leave("Your session has ended. Please log in again.", must_rejoin=True)
        return None
    if own_id not in (None, session.id):
        st.session_state.clear()
    st.session_state[SESSION] = session.id
    note_owner(session.id)
    return session


def admit(page_path: str) -> None:
    """Show the set-up form on the first start and the login form otherwise, and stop there.

    `page_path` is the page that was asked for, to which single sign-on returns.
    """
    services = open_services()
    with st.container(key="farewell_script"):
        if (must_rejoin := st.session_state.get(_FAREWELL)) is not None:
            # A run that is interrupted here sends nothing; the next one must show it.
            _run_script("/session/end", "end", must_rejoin)
            del st.session_state[_FAREWELL]
    if notice := st.session_state.get(_NOTICE):
        st.info(notice, icon=":material/logout:")
    _, column, _ = st.columns([1, 1.4, 1])
    with column:
        st.title("Synthetic Data Workbench")
        st.write("Test data that behaves like the real thing and contains no real person.")
        is_first = services.accounts.is_empty()
        if name := (ask_set_up if is_first else ask_login)(services):
            _enter(services, name)
            st.rerun()
        if services.sign_on and not is_first:
            offer_sign_on(services.sign_on.label, page_path)
    st.stop()


def show_account(session: Session) -> None:
    """Hand the session over to the browser, and offer to end it.

    The script stays until the browser has come for its cookie, since a run that is interrupted may lose
    what it has sent; a browser that is sent the same script again does not run it again.
    """
    with st.sidebar:
        with st.container(key="handover_script"):
            if session.has_cookie:
                st.session_state.pop(_HANDOVER, None)
            elif code := st.session_state.get(_HANDOVER):
                _run_script("/session/start", code)
        st.caption(f"Logged in as **{escape(session.actor.name)}** ({session.actor.role})")
        if st.button("Log out", key="log_out", icon=":material/logout:"):
            open_services().entrance.leave(session.id)
            _leave("You are logged out.")
            st.rerun()


def complete_page() -> None:
    """Have the browser do on every page what Streamlit leaves undone."""
    with st.container(key="page_script"):
        st.html('<script src="/session/page.js"></script>', unsafe_allow_javascript=True)


@st.fragment(run_every=POLL_S)
def watch(session_id: int) -> None:
    """Warn before a session ends, and return to the login form when it has; looking does not prolong it."""
    session = open_services().sessions.get(session_id)
    if session is None:
        redraw()
    remaining = session.ends_at - datetime.now(UTC)
    if remaining > timedelta(seconds=WARNING_S):
        return
    seconds = max(int(remaining.total_seconds()), 0)
    st.warning(f"Your session ends in about {seconds} seconds.", icon=":material/timer:")
    if st.button("Stay logged in", key="stay_logged_in"):
        st.rerun(scope="app")


def renew_session(account: str, notice: str) -> NoReturn:
    """Begin a new session for a tab whose own has been ended with all others; sets the state `notice`."""
    _enter(open_services(), account)
    st.session_state[notice] = True
    st.rerun()


def _find_by_cookie() -> int | None:
    token = st.context.cookies.get(COOKIE)
    # AppTest answers with a mock instead of None.
    session = open_services().sessions.find(token) if isinstance(token, str) else None
    return session.id if session else None


def _enter(services: Services, name: str) -> None:
    agent = st.context.headers.get("User-Agent")
    # What an earlier user of this tab left behind goes first.
    st.session_state.clear()
    session_id = services.entrance.enter(name, agent if isinstance(agent, str) else "", find_address())
    st.session_state[SESSION] = session_id
    st.session_state[_HANDOVER] = services.sessions.offer(session_id)


def _leave(notice: str, must_rejoin: bool = False) -> None:
    st.session_state.clear()
    st.session_state[_NOTICE] = notice
    st.session_state[_FAREWELL] = must_rejoin


def _run_script(path: str, code: str, must_rejoin: bool = False) -> None:
    # It sends a header of ours, which no other site may send: that needs a permission that is never given.
    said = {"path": path, "code": code, **({"rejoin": "yes"} if must_rejoin else {})}
    data = " ".join(f'data-{name}="{escape_html(value)}"' for name, value in said.items())
    st.html(f'<script src="/session/tab.js" {data}></script>', unsafe_allow_javascript=True)
