"""Streamlit's WebSocket on a real server: pages of other ports, tabs of other people, and a lost tab."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import expect
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from pages._server.services import COOKIE
from pipeline.access.accounts import AccountRole, Accounts
from pipeline.access.sessions import Sessions
from pipeline.settings import SessionLimits, Settings
from pipeline.store.database import Database, open_database
from tests.browser.conftest import PASSWORD, TIMEOUT_MS, WITHOUT_WORKERS, set_up

SCRIPT = """<script>
window.heard = "";
const socket = new WebSocket("ws://{host}/_stcore/stream", ["streamlit"]);
socket.binaryType = "arraybuffer";
socket.onopen = () => socket.send(Uint8Array.from(atob("{message}"), (letter) => letter.charCodeAt(0)));
socket.onmessage = (event) => window.heard += new TextDecoder("latin1").decode(event.data);
socket.onclose = () => document.title = "closed";
</script>"""


PROXIED = {
    **WITHOUT_WORKERS,
    "STREAMLIT_BROWSER_SERVER_ADDRESS": "workbench.example",
    "STREAMLIT_BROWSER_SERVER_PORT": "443",
}


def ask_for(page: str) -> bytes:
    """What Streamlit's page sends to have one of ours run."""
    message = BackMsg()
    message.rerun_script.page_name = page
    message.rerun_script.query_string = ""
    return message.SerializeToString()


@pytest.fixture
def database(server) -> Iterator[Database]:
    """The server's database, with an administrator and an analyst."""
    database = open_database(Settings(home=server.home))
    Accounts(database).create("root", PASSWORD, AccountRole.ADMIN)
    Accounts(database).create("ada", PASSWORD, AccountRole.ANALYST)
    yield database
    database.close()


@pytest.fixture
def log_in_as(database) -> Callable[[str], str]:
    """The token of a new session."""
    sessions = Sessions(database, SessionLimits())
    return lambda name: sessions.redeem(sessions.offer(sessions.start(name)))


@contextmanager
def serving(html: str) -> Iterator[int]:
    """Another server of this machine, with one page; its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(html.encode())

        def log_message(self, *_: object) -> None:
            """Nothing is printed."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        yield other.server_address[1]
        other.shutdown()


def open_tab(server, token: str | None, tab_id: str | None = None, **options) -> ClientConnection:
    """A connection as Streamlit's page opens it; it asks for a tab back where one is named."""
    headers = {"Cookie": f"{COOKIE}={token}"} if token else {}
    return connect(
        f"{server.url.replace('http', 'ws')}/_stcore/stream",
        origin=options.get("origin", server.url),
        subprotocols=["streamlit", *(["PLACEHOLDER_AUTH_TOKEN", tab_id] if tab_id else [])],
        additional_headers=headers,
        proxy=None,
        max_size=None,
    )


def run_page(tab: ClientConnection, page: str = "") -> tuple[str, bytes]:
    """Have the page run; Streamlit's id of the tab, and all that the server said until the run was over."""
    tab.send(ask_for(page))
    tab_id, heard = "", b""
    while True:
        said = tab.recv(timeout=180)
        heard += said
        message = ForwardMsg.FromString(said)
        if message.WhichOneof("type") == "new_session":
            tab_id = message.new_session.initialize.session_id
        if message.WhichOneof("type") == "script_finished":
            return tab_id, heard


def test_a_page_of_another_port_hears_nothing_of_a_users_pages(server, context, page, log_in_as):
    host = server.url.removeprefix("http://")
    context.add_cookies([{"name": COOKIE, "value": log_in_as("root"), "url": server.url}])
    script = SCRIPT.replace("{host}", host).replace("{message}", base64.b64encode(ask_for("admin")).decode())
    with serving(script) as port:
        page.goto(f"http://127.0.0.1:{port}/")
        expect(page).to_have_title("closed")
        assert page.evaluate("window.heard") == ""
    page.goto(server.url)
    expect(page.get_by_role("button", name="Log out")).to_be_visible()


def test_strangers_have_no_other_host_asked_and_leave_no_traceback(server, database):
    twin = server.url.replace("127.0.0.1", "localhost")
    for origin in ("http://evil.example", "http://localhost:1", twin, None):
        with pytest.raises(InvalidStatus, match="403"), open_tab(server, None, origin=origin):
            pass
    with open_tab(server, None) as tab:
        for _ in range(3):
            tab.send("hello")
        assert b"Log in" in run_page(tab)[1]
    written = server.log.read_text(encoding="utf-8")
    # Where the network is closed, Streamlit notes that it could not find its external address.
    assert [words for words in ("external IP", "Traceback") if words in written] == []


@pytest.mark.parametrize("configuration", [PROXIED])
def test_behind_a_proxy_pages_connect_from_the_public_address_too(server):
    for origin in (server.url, "https://workbench.example"):
        with open_tab(server, None, origin=origin) as tab:
            assert tab.subprotocol == "streamlit"
    for origin in ("https://workbench.example:8443", "http://workbench.example"):
        with pytest.raises(InvalidStatus, match="403"), open_tab(server, None, origin=origin):
            pass


def test_a_lost_tab_is_for_the_cookie_of_its_session_alone(server, database, log_in_as):
    root, ada = log_in_as("root"), log_in_as("ada")
    with open_tab(server, root) as tab:
        tab_id, heard = run_page(tab)
    assert b"Logged in as **root**" in heard
    with open_tab(server, None, tab_id) as stranger:
        given, heard = run_page(stranger, "admin")
    assert (given != tab_id, b"**root**" in heard, b"Log in" in heard) == (True, False, True)
    with open_tab(server, ada, tab_id) as thief:
        given, heard = run_page(thief, "admin")
    assert (given != tab_id, b"**root**" in heard, b"Logged in as **ada**" in heard) == (True, False, True)
    with open_tab(server, root, tab_id) as owner:
        given, heard = run_page(owner)
    assert (given, b"Logged in as **root**" in heard) == (tab_id, True)


def test_a_tab_that_logged_in_is_the_same_after_a_break_of_its_connection(server, page):
    tabs, sockets = [], []

    def note(said: str | bytes) -> None:
        message = ForwardMsg.FromString(said)
        if message.WhichOneof("type") == "new_session":
            tabs.append(message.new_session.initialize.session_id)

    def relay(socket) -> None:
        sockets.append(socket)
        behind = socket.connect_to_server()
        behind.on_message(lambda said: (note(said), socket.send(said)))

    page.route_web_socket("**/_stcore/stream", relay)
    with page.expect_response("**/session/start"):
        set_up(page, server)
    expect(page.get_by_role("heading", name="How it goes")).to_be_visible()
    before = len(tabs)
    sockets[-1].close(code=1001, reason="a break")
    for _ in range(TIMEOUT_MS // 100):
        if len(tabs) > before:
            break
        page.wait_for_timeout(100)
    assert (len(sockets), len(tabs) > before, len(set(tabs))) == (2, True, 1)
    expect(page.get_by_role("button", name="Log out")).to_be_visible()
