"""Access to Streamlit's WebSocket, which runs every page."""

from __future__ import annotations

from urllib.parse import urlsplit

from anyio import to_thread
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import config

from pages._server.services import COOKIE, open_services
from pages._server.tab import TAB_OWNERS
from pipeline.errors import WorkbenchError

_PORTS = {"http": 80, "https": 443}
_POLICY_VIOLATION = 1008
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
        await _keep_tab(scope)
        await self._inner(scope, _leave_out_text(receive), send)


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


async def _keep_tab(scope: Scope) -> None:
    """Remove the tab that the browser asks for, the third of its protocols, unless it is its own."""
    asked = HTTPConnection(scope)
    protocols = [part.strip() for part in asked.headers.get(_PROTOCOLS, "").split(",")]
    if len(protocols) < 3:
        return
    if await to_thread.run_sync(_is_own_tab, protocols[2], asked.cookies.get(COOKIE, "")):
        return
    MutableHeaders(scope=scope)[_PROTOCOLS] = ", ".join(protocols[:2])
    scope["subprotocols"] = [part for part in protocols[:2] if part]


def _is_own_tab(tab_id: str, token: str) -> bool:
    owner = TAB_OWNERS.find(tab_id)
    if owner is None:
        return False
    try:
        session = open_services().sessions.find(token)
    except WorkbenchError:
        return False
    return session is not None and session.id == owner


def _leave_out_text(receive: Receive) -> Receive:
    async def receive_bytes() -> Message:
        # No page of ours sends text, and Streamlit writes a traceback for each.
        while True:
            message = await receive()
            if message["type"] != "websocket.receive" or message.get("bytes") is not None:
                return message

    return receive_bytes
