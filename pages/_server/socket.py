"""Access to Streamlit's WebSocket, which runs every page."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from anyio import to_thread
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import config
from streamlit.runtime import get_instance

from pages._server.connections import SOCKETS, STRANGER_BYTES, Socket
from pages._server.services import COOKIE, open_services
from pages._server.tab import SOCKET_HEADER, TAB_OWNERS
from pipeline.access.sessions import Session
from pipeline.errors import WorkbenchError

_PORTS = {"http": 80, "https": 443}
_POLICY_VIOLATION, _TOO_BIG, _TRY_AGAIN_LATER = 1008, 1009, 1013
_PROTOCOLS = "sec-websocket-protocol"


class WebSocketAccessMiddleware:
    """Accepts connections of the workbench's own pages only, and restores a tab only for its own session.

    Streamlit 1.67 itself accepts pages of every port of this host, to which browsers send the cookie too,
    and requests its own address from another host before it refuses a connection.
    """

    def __init__(self, inner: ASGIApp) -> None:
        self._inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a handshake that no page of ours sent; pass on everything else, text frames left out."""
        if scope["type"] != "websocket":
            await self._inner(scope, receive, send)
            return
        if not _is_from_own_page(scope):
            await receive()
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION})
            return
        # Streamlit compares it once more, by rules that may end in a request to another host.
        del MutableHeaders(scope=scope)["origin"]
        token = HTTPConnection(scope).cookies.get(COOKIE, "")
        session = await to_thread.run_sync(_find_session, token)
        address = scope["client"][0] if scope.get("client") else ""
        socket = SOCKETS.open(address, session is not None, open_services().settings.server)
        if socket is None:
            await receive()
            await send({"type": "websocket.close", "code": _TRY_AGAIN_LATER})
            return
        try:
            MutableHeaders(scope=scope)[SOCKET_HEADER] = socket.id
            await to_thread.run_sync(_keep_tab, scope, session)
            await self._inner(scope, _limit(_leave_out_text(receive), receive, socket), send)
        finally:
            SOCKETS.close(socket)
            if not socket.is_known:
                _forget_tab(socket.tab_id)


def _is_from_own_page(scope: Scope) -> bool:
    """Whether the page that opens this WebSocket came from the address that the WebSocket is opened at.

    Behind a proxy the server may not see that the browser uses HTTPS; where it does, pages must use it too.
    """
    headers = Headers(scope=scope)
    scheme, _, address = headers.get("origin", "").partition("://")
    if scheme not in (("https",) if scope["scheme"] == "wss" else _PORTS):
        return False
    page, asked = _read_address(address, scheme), _read_address(headers.get("host", ""), scheme)
    return page is not None and asked is not None and page in (asked, _find_public_address())


def _read_address(address: str, scheme: str) -> tuple[str, int] | None:
    """Host and port of `host`, `host:port` or `[v6]:port`; None for anything else."""
    try:
        parts = urlsplit(f"{scheme}://{address}")
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if not host or parts.netloc != address or "@" in address:
        return None
    return host, _PORTS[scheme] if port is None else port


def _find_public_address() -> tuple[str, int] | None:
    # Where the port is not set, its default would accept pages of another server on it.
    if not config.is_manually_set("browser.serverPort"):
        return None
    return str(config.get_option("browser.serverAddress")).lower(), config.get_option("browser.serverPort")


def _keep_tab(scope: Scope, session: Session | None) -> None:
    """Remove the tab that the browser asks for, the third of its protocols, unless it is its own."""
    protocols = [part.strip() for part in Headers(scope=scope).get(_PROTOCOLS, "").split(",")]
    if len(protocols) < 3:
        return
    if session is not None and TAB_OWNERS.find(protocols[2]) == session.id:
        return
    MutableHeaders(scope=scope)[_PROTOCOLS] = ", ".join(protocols[:2])
    scope["subprotocols"] = [part for part in protocols[:2] if part]


def _find_session(token: str) -> Session | None:
    try:
        return open_services().sessions.find(token)
    except WorkbenchError:
        return None


def _forget_tab(tab_id: str) -> None:
    """Let go of a stranger's tab at once, which Streamlit would keep for two minutes."""
    with suppress(RuntimeError):
        get_instance().close_session(tab_id)


def _limit(receive_bytes: Receive, receive: Receive, socket: Socket) -> Receive:
    """A `receive` that takes small messages only before login, and ends with its place among strangers."""
    # uvicorn gathers a message before it hands it on; its own limit is that of logged-in users.
    parser: Any = getattr(getattr(receive, "__self__", None), "conn", None)
    most = getattr(parser, "max_message_size", None)

    async def receive_limited() -> Message:
        if most is not None:
            parser.max_message_size = most if socket.is_known else min(STRANGER_BYTES, most)
        message = await _receive_or_end(receive_bytes, socket)
        if not socket.is_known and len(message.get("bytes") or b"") > STRANGER_BYTES:
            return {"type": "websocket.disconnect", "code": _TOO_BIG}
        return message

    return receive_limited


async def _receive_or_end(receive: Receive, socket: Socket) -> Message:
    incoming, ended = asyncio.ensure_future(receive()), asyncio.ensure_future(socket.ended.wait())
    try:
        await asyncio.wait({incoming, ended}, return_when=asyncio.FIRST_COMPLETED)
        if incoming.done():
            return incoming.result()
        return {"type": "websocket.disconnect", "code": _TRY_AGAIN_LATER}
    finally:
        incoming.cancel()
        ended.cancel()


def _leave_out_text(receive: Receive) -> Receive:
    async def receive_bytes() -> Message:
        # No page of ours sends text, and Streamlit writes a traceback for each.
        while True:
            message = await receive()
            if message["type"] != "websocket.receive" or message.get("bytes") is not None:
                return message

    return receive_bytes
