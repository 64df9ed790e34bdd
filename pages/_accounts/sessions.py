"""Active sessions as rows, each with a button that ends it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import streamlit as st

from pages._errors import escape
from pages._server.services import get_session_id
from pipeline.access.sessions import Session

# The first match counts: Edge and Opera also call themselves Chrome, and Chrome calls itself Safari.
_BROWSERS = {"Edg/": "Edge", "OPR/": "Opera", "Firefox/": "Firefox", "Chrome/": "Chrome", "Safari/": "Safari"}
_SYSTEMS = {
    "Windows": "Windows",
    "Android": "Android",
    "iPhone": "iOS",
    "iPad": "iOS",
    "Mac OS": "macOS",
    "Linux": "Linux",
}


def show_sessions(sessions: Sequence[Session], end: Callable[[int], None]) -> None:
    """A row for each session; `end` takes its id. The tab's own is ended by logging out."""
    own_id = get_session_id()
    for session in sessions:
        with st.container(border=True, key=f"session_{session.id}"):
            text, action = st.columns([4, 1], vertical_alignment="center")
            origin = f", {escape(session.address)}" if session.address else ""
            text.markdown(
                f"**{escape(session.actor.name)}** · {describe_browser(session.user_agent)}{origin}"
            )
            text.caption(
                f"Logged in {format_time(session.created_at)}; last active {format_time(session.last_seen)}; "
                f"expires {format_time(session.ends_at)}."
            )
            if session.id == own_id:
                action.caption("This session")
            elif action.button("End this session", key=f"end_session_{session.id}"):
                end(session.id)
                st.rerun()


def describe_browser(user_agent: str) -> str:
    """Browser and system as the browser reports them."""
    browser = _find(_BROWSERS, user_agent) or "Unknown browser"
    system = _find(_SYSTEMS, user_agent)
    return f"{browser} on {system}" if system else browser


def format_time(at: datetime) -> str:
    """A moment to the minute, in UTC."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _find(marks: dict[str, str], text: str) -> str | None:
    return next((name for mark, name in marks.items() if mark in text), None)
