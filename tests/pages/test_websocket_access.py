"""Access to Streamlit's own WebSocket: which handshakes pass, and what reaches Streamlit."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from starlette.applications import Starlette
from streamlit import config, net_util
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.web.server.starlette.starlette_websocket import create_websocket_routes

from pages._server.services import COOKIE
from pages._server.socket import WebSocketAccessMiddleware
from pages._server.tab import TAB_OWNERS, TabOwners
from pipeline.errors import StoreError

STREAM = "/_stcore/stream"
HOST = "workbench.example:8501"
OWN = f"http://{HOST}"
PROTOCOLS = "sec-websocket-protocol"
ACCEPTED = {"type": "websocket.accept", "subprotocol": "streamlit", "headers": []}
GONE = {"type": "websocket.disconnect", "code": 1001}
REFUSED = {"type": "websocket.close", "code": 1008}


@dataclass
class Runtime:
    """Streamlit's runtime as far as its WebSocket knows it: which tabs were asked back, and what was sent."""

    asked_back: list[str | None] = field(default_factory=list)
    received: list[str] = field(default_factory=list)

    def connect_session(self, existing_session_id: str | None, **_: Any) -> str:
        self.asked_back.append(existing_session_id)
        return "tab"

    def handle_backmsg(self, _session_id: str, message: BackMsg, **_: Any) -> None:
        self.received.append(message.WhichOneof("type"))

    def disconnect_session(self, *_: Any, **__: Any) -> None:
        """Nothing is kept."""


@pytest.fixture
def runtime() -> Runtime:
    return Runtime()


@pytest.fixture
def connect(runtime, services) -> Callable[..., dict[str, Any]]:
    """A handshake with Streamlit's WebSocket behind the middleware, then frames; the first answer."""
    middleware = WebSocketAccessMiddleware(Starlette(routes=create_websocket_routes(runtime, None)))

    async def talk(scope: dict[str, Any], frames: Sequence[dict[str, Any]]) -> dict[str, Any]:
        incoming = iter([{"type": "websocket.connect"}, *frames, GONE])
        sent = []

        async def receive() -> dict[str, Any]:
            return next(incoming)

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await middleware(scope, receive, send)
        return sent[0]

    def connect(scheme: str = "ws", frames: Sequence[dict[str, Any]] = (), **headers: str) -> dict[str, Any]:
        raw = {"host": HOST, PROTOCOLS: "streamlit", **headers}
        scope = {
            "type": "websocket",
            "path": STREAM,
            "scheme": scheme,
            "query_string": b"",
            "headers": [(name.encode(), value.encode()) for name, value in raw.items()],
            "subprotocols": raw[PROTOCOLS].split(", "),
        }
        return asyncio.run(talk(scope, frames))

    return connect


@pytest.fixture(autouse=True)
def looked_up(monkeypatch) -> Iterator[list[str]]:
    """How often Streamlit asked another host for this machine's address: never."""
    calls: list[str] = []
    monkeypatch.setattr(net_util, "get_external_ip", lambda: calls.append("asked"))
    yield calls
    assert calls == []


@pytest.mark.parametrize(
    ("origin", "host", "scheme"),
    [
        ("http://localhost:8501", "localhost:8501", "ws"),
        ("http://LOCALHOST:8501", "localhost:8501", "ws"),
        ("http://127.0.0.1:8501", "127.0.0.1:8501", "ws"),
        ("http://[::1]:8501", "[::1]:8501", "ws"),
        ("https://workbench.example", "workbench.example", "wss"),
        # A proxy that ends TLS, and does not say so, or writes the port out.
        ("https://workbench.example", "workbench.example", "ws"),
        ("https://workbench.example", "workbench.example:443", "wss"),
        ("http://workbench.example", "workbench.example:80", "ws"),
        ("https://workbench.example:8443", "workbench.example:8443", "wss"),
    ],
)
def test_a_page_of_the_workbench_connects(connect, runtime, origin, host, scheme):
    assert connect(scheme, host=host, origin=origin) == ACCEPTED
    assert runtime.asked_back == [None]


@pytest.mark.parametrize(
    ("origin", "host", "scheme"),
    [
        ("http://localhost:9999", "localhost:8501", "ws"),
        ("http://localhost", "localhost:8501", "ws"),
        ("http://localhost:8501", "127.0.0.1:8501", "ws"),
        ("http://127.0.0.1:9999", "127.0.0.1:8501", "ws"),
        ("http://[::1]:9999", "[::1]:8501", "ws"),
        ("http://[::1", "[::1", "ws"),
        ("http://evil.example", "workbench.example", "ws"),
        ("http://workbench.example.evil.example", "workbench.example", "ws"),
        ("http://workbench.example@evil.example", "workbench.example", "ws"),
        ("http://evil.example/workbench.example", "workbench.example", "ws"),
        ("http://workbench.example:x", "workbench.example:x", "ws"),
        ("http://workbench.example", "workbench.example/x", "ws"),
        ("http://workbench.example", "workbench.example", "wss"),
        ("https://workbench.example:8443", "workbench.example", "wss"),
        ("ws://workbench.example", "workbench.example", "ws"),
        ("file://", "workbench.example", "ws"),
        ("null", "null", "ws"),
        ("http://", "", "ws"),
        ("", "workbench.example", "ws"),
    ],
)
def test_a_page_from_elsewhere_is_refused_before_streamlit_sees_it(connect, runtime, origin, host, scheme):
    assert connect(scheme, host=host, origin=origin) == REFUSED
    assert runtime.asked_back == []


def test_a_handshake_without_an_origin_is_refused(connect, runtime):
    assert connect() == REFUSED
    assert runtime.asked_back == []


@pytest.fixture
def public_address():
    """What `docs/operations.md` has a proxy's server set."""
    names = ("browser.serverAddress", "browser.serverPort")
    before = {name: (config.get_option(name), config.get_where_defined(name)) for name in names}
    config.set_option("browser.serverAddress", "Workbench.example", "environment variable")
    config.set_option("browser.serverPort", 443, "environment variable")
    yield
    for name in names:
        config.set_option(name, *before[name])


def test_behind_a_proxy_that_changes_the_host_the_public_address_counts(connect, runtime, public_address):
    assert connect(host="127.0.0.1:8501", origin="https://workbench.example") == ACCEPTED
    for origin in ("https://workbench.example:8443", "http://workbench.example", "https://evil.example"):
        assert connect(host="127.0.0.1:8501", origin=origin) == REFUSED
    assert connect(host="127.0.0.1:8501/x", origin="https://workbench.example") == REFUSED
    assert runtime.asked_back == [None]


def test_text_frames_are_left_out_and_the_connection_goes_on(connect, runtime, caplog):
    message = BackMsg()
    message.rerun_script.query_string = ""
    text = {"type": "websocket.receive", "text": "hello"}
    page = {"type": "websocket.receive", "bytes": message.SerializeToString()}
    assert connect(origin=OWN, frames=[text, {**text, "bytes": None}, page]) == ACCEPTED
    assert runtime.received == ["rerun_script"]
    assert "Traceback" not in caplog.text


@pytest.fixture
def tab(services, users) -> tuple[str, str]:
    """A tab that shows an analyst's session, and that session's cookie."""
    session_id = services.sessions.start("analyst-user")
    tab_id = secrets.token_hex(16)
    TAB_OWNERS.note(tab_id, session_id)
    return tab_id, make_cookie(services, session_id)


def ask_back(tab_id: str) -> dict[str, str]:
    """What Streamlit's page sends when its connection was lost."""
    return {PROTOCOLS: f"streamlit, PLACEHOLDER_AUTH_TOKEN, {tab_id}"}


def make_cookie(services, session_id: int) -> str:
    """The cookie of a session, as a browser sends it."""
    return f"{COOKIE}={services.sessions.redeem(services.sessions.offer(session_id))}"


def test_a_lost_tab_is_given_back_to_the_browser_of_its_session(connect, runtime, tab):
    tab_id, cookie = tab
    assert connect(origin=OWN, cookie=cookie, **ask_back(tab_id)) == ACCEPTED
    assert runtime.asked_back == [tab_id]


def lose(services, _cookie: str) -> str:
    return ""


def forge(services, _cookie: str) -> str:
    return f"{COOKIE}={secrets.token_urlsafe(32)}"


def log_in_as_another(services, _cookie: str) -> str:
    return make_cookie(services, services.sessions.start("viewer-user"))


def log_in_again(services, _cookie: str) -> str:
    return make_cookie(services, services.sessions.start("analyst-user"))


def log_out(services, cookie: str) -> str:
    services.sessions.end_all("analyst-user")
    return cookie


def lose_the_database(services, cookie: str) -> str:
    services.sessions.find = lambda _token: (_ for _ in ()).throw(StoreError("The database is away.", ""))
    return cookie


TAKES = [lose, forge, log_in_as_another, log_in_again, log_out, lose_the_database]


@pytest.mark.parametrize("take", TAKES, ids=[take.__name__ for take in TAKES])
def test_a_client_that_knows_a_tab_but_lacks_its_cookie_gets_a_fresh_one(
    connect, runtime, services, tab, take
):
    tab_id, cookie = tab
    sent = take(services, cookie)
    assert connect(origin=OWN, cookie=sent, **ask_back(tab_id)) == ACCEPTED
    assert runtime.asked_back == [None]


def test_a_tab_that_showed_no_session_is_given_back_to_nobody(connect, runtime, tab):
    assert connect(origin=OWN, cookie=tab[1], **ask_back(secrets.token_hex(16))) == ACCEPTED
    assert runtime.asked_back == [None]


def test_the_oldest_of_too_many_tabs_are_forgotten():
    owners = TabOwners(most=2)
    for tab_id, session_id in (("first", 1), ("second", 2), ("first", 3), ("third", 4)):
        owners.note(tab_id, session_id)
    assert [owners.find(tab_id) for tab_id in ("first", "second", "third")] == [3, None, 4]
