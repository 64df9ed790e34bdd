"""A tab besides its page: whose session it shows, and whether a user asked for its next run."""

from __future__ import annotations

from typing import NoReturn

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages._server.connections import SOCKETS
from pipeline.workbench.entrance import Cache, Notes

SOCKET_HEADER = "X-Workbench-Socket"
"""Tells a run over which WebSocket it was asked for; what clients send under this name is left out."""
_REDRAW = "is_redraw"
LONGEST_S = 86_400
"""For how long it is known of a tab what it shows; each of its runs says it anew."""


class TabOwners:
    """Which session each tab shows, by Streamlit's id of the tab; the oldest of too many are forgotten.

    Streamlit itself restores a lost tab for any client with that id.
    """

    def __init__(self, most: int = 4_096) -> None:
        self._sessions = Notes("tab owners", most=most)

    def share(self, cache: Cache) -> None:
        """From now on know the tabs of all servers that share this cache."""
        self._sessions = cache.open_notes("tab owners")

    def note(self, tab_id: str, session_id: int) -> None:
        """From now on the tab shows this session."""
        self._sessions.keep(tab_id, session_id, LONGEST_S)

    def find(self, tab_id: str) -> int | None:
        """The session that the tab showed last; None for a tab that showed none or was forgotten."""
        found: int | None = self._sessions.find(tab_id)
        return found


TAB_OWNERS = TabOwners()
"""The tabs of this process, and of the servers that share its cache."""


def note_owner(session_id: int) -> None:
    """This tab shows the session."""
    if context := get_script_run_ctx():
        TAB_OWNERS.note(context.session_id, session_id)
        SOCKETS.settle(st.context.headers.get(SOCKET_HEADER), True, context.session_id)


def note_stranger() -> None:
    """This tab shows no session, or none any more."""
    if context := get_script_run_ctx():
        SOCKETS.settle(st.context.headers.get(SOCKET_HEADER), False, context.session_id)


def redraw() -> NoReturn:
    """Run the page again without user action, which the gate does not count as activity."""
    st.session_state[_REDRAW] = True
    st.rerun(scope="app")


def take_redraw() -> bool:
    """Whether this run comes from `redraw`; only the first call returns True."""
    return bool(st.session_state.pop(_REDRAW, False))
