"""Uploads of pages: taken only where the page of that tab asks for a file, and counted by account."""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import Any

import streamlit as st
from anyio import to_thread
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.runtime import get_instance
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages._server.passing import forget_removed, pass_upload, remove_passed
from pages._server.services import COOKIE, open_services
from pages._server.tab import LONGEST_S, TAB_OWNERS
from pipeline.access.sessions import Session
from pipeline.errors import WorkbenchError
from pipeline.workbench.entrance import Cache, Notes

_PATH = re.compile(r"/_stcore/upload_file/([^/]+)/([^/]+)")
_FORM_BYTES = 2**16
_KEPT_S = 150.0
"""How long Streamlit keeps the files of a tab that has gone, in case that it comes back."""

_ASKED = "upload_asked"


class AskingTabs:
    """The tabs whose page shows a place for files, by Streamlit's id of the tab."""

    def __init__(self, most: int = 4_096) -> None:
        self._tabs = Notes("asking tabs", most=most)

    def share(self, cache: Cache) -> None:
        """From now on know the tabs of all servers that share this cache."""
        self._tabs = cache.open_notes("asking tabs")

    def note(self, tab_id: str, is_asking: bool) -> None:
        """From now on the tab asks for files, or does not."""
        self._tabs.keep(tab_id, is_asking, LONGEST_S)

    def is_asking(self, tab_id: str) -> bool:
        """Whether the tab asks for files."""
        return bool(self._tabs.find(tab_id))


ASKING = AskingTabs()
"""The tabs of this process, and of the servers that share its cache."""
_LEFT: dict[str, float] = {}


class UploadMiddleware:
    """Takes an upload only for a tab of one's own whose page asks for a file, within the account's limit.

    Streamlit itself takes any number of files for any tab that is open, and keeps them in memory.
    """

    def __init__(self, inner: ASGIApp) -> None:
        self._inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse an upload, or count it and pass it on; pass everything else on."""
        found = _PATH.fullmatch(scope["path"]) if scope["type"] == "http" else None
        if found is None or scope["method"] not in ("PUT", "DELETE"):
            await self._inner(scope, receive, send)
            return
        session = await to_thread.run_sync(_find_session, Request(scope).cookies.get(COOKIE, ""))
        refusal = await to_thread.run_sync(_refuse, scope, session, found[1])
        if refusal is not None or session is None:
            status, text = refusal or (401, "Log in first.")
            await PlainTextResponse(text, status)(scope, receive, send)
            return
        await self._pass_on(scope, receive, send, session.actor.name, f"{found[1]}/{found[2]}")

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send, account: str, key: str) -> None:
        ledger, limits = open_services().uploads, open_services().settings.uploads
        if scope["method"] == "PUT":
            _forget_ended(account)
            size = int(Request(scope).headers["content-length"])
            hold = partial(ledger.hold, account, key, size, limits.account_mb * 2**20)
            if not await to_thread.run_sync(hold):
                text = f"Your uploads have {limits.account_mb} MB together already: remove some."
                await PlainTextResponse(text, 413)(scope, receive, send)
                return
        if open_services().cache.is_shared and not _is_open(key.partition("/")[0]):
            # The tab is one of another server's, as `_refuse` has found.
            answer = pass_upload if scope["method"] == "PUT" else remove_passed
            await (await answer(Request(scope, receive), account, key))(scope, receive, send)
            return
        statuses: list[int] = []
        try:
            await self._inner(scope, receive, _note_status(send, statuses))
        finally:
            if scope["method"] == "DELETE" or statuses[:1] != [204]:
                ledger.release(account, key)


def note_uploader() -> None:
    """This run shows a place for files."""
    if context := get_script_run_ctx():
        st.session_state[_ASKED] = True
        ASKING.note(context.session_id, True)


def begin_run(account: str) -> None:
    """A run of the whole page begins for an account: nothing has asked for a file yet."""
    st.session_state[_ASKED] = False
    if context := get_script_run_ctx():
        forget_removed(context.uploaded_file_mgr, context.session_id, account)


def end_run() -> None:
    """The page is complete: where it asked for no file, its tab may send none."""
    context = get_script_run_ctx()
    if context and not st.session_state.get(_ASKED):
        ASKING.note(context.session_id, False)


def give_up(account: str, files: Iterable[str]) -> None:
    """Forget files of this tab that have been used: Streamlit would keep them until the tab closes."""
    if context := get_script_run_ctx():
        # Streamlit 1.67 names no type of its store that can remove a file.
        kept: Any = context.uploaded_file_mgr
        for file_id in files:
            kept.remove_file(context.session_id, file_id)
            open_services().uploads.release(account, f"{context.session_id}/{file_id}")


def _refuse(scope: Scope, session: Session | None, tab_id: str) -> tuple[int, str] | None:
    if session is None:
        return 401, "Log in first."
    if TAB_OWNERS.find(tab_id) != session.id:
        return 403, "This is not a tab of your session."
    if scope["method"] == "DELETE":
        return None
    if not ASKING.is_asking(tab_id):
        return 403, "The page of this tab asks for no file."
    length = Request(scope).headers.get("content-length", "")
    if not length.isdecimal():
        return 411, "Send the length of the file."
    size_mb = open_services().settings.uploads.size_mb
    if int(length) > size_mb * 2**20 + _FORM_BYTES:
        return 413, f"A file may have {size_mb} MB."
    return None


def _find_session(token: str) -> Session | None:
    try:
        session = open_services().sessions.find(token)
    except WorkbenchError:
        return None
    return None if session is None or session.must_change_password else session


def _forget_ended(account: str) -> None:
    """Count the files of tabs no more that ended so long ago that Streamlit has forgotten them too."""
    now = time.monotonic()
    for key in open_services().uploads.list_keys(account):
        tab_id = key.partition("/")[0]
        if _is_open(tab_id):
            _LEFT.pop(tab_id, None)
        elif now - _LEFT.setdefault(tab_id, now) > _KEPT_S:
            open_services().uploads.release(account, key)
    for tab_id in [one for one, left in _LEFT.items() if now - left > 2 * _KEPT_S]:
        del _LEFT[tab_id]


def _is_open(tab_id: str) -> bool:
    try:
        return bool(get_instance().is_active_session(tab_id))
    except RuntimeError:
        return True


def _note_status(send: Send, statuses: list[int]) -> Callable[[Message], Awaitable[None]]:
    async def send_noted(message: Message) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])
        await send(message)

    return send_noted
