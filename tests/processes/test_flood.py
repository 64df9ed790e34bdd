"""Hundreds of strangers' connections before a real server, bounded, and a logged-in user beside them."""

from __future__ import annotations

import contextlib
import json
import socket
import time
from collections.abc import Iterator
from http.client import HTTPConnection

import httpx
import psutil
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.running_app import RunningApp, running_app

DESCRIPTORS = 1_024
STRANGERS, PER_ADDRESS = 40, 5
CONFIGURATION = {
    "WORKBENCH_RUNS__DISPATCH": "false",
    "WORKBENCH_SERVER__STRANGERS": str(STRANGERS),
    "WORKBENCH_SERVER__STRANGERS_PER_ADDRESS": str(PER_ADDRESS),
    "WORKBENCH_SERVER__HEADER_S": "3",
    "WORKBENCH_SERVER__BODY_S": "2",
}


class Flooded:
    """A running app, and what strangers and a user do to it."""

    def __init__(self, app: RunningApp) -> None:
        self.app = app

    def open_socket(self, address: str = "", cookie: str = "") -> ClientConnection:
        """A WebSocket as a browser opens it, through a proxy that says from where."""
        headers = {
            **({"X-Forwarded-For": address} if address else {}),
            **({"Cookie": cookie} if cookie else {}),
        }
        return connect(
            self.app.stream_url,
            origin=self.app.url,
            subprotocols=["streamlit"],
            additional_headers=headers,
            proxy=None,
            open_timeout=60,
        )

    def is_quick(self, cookie: str) -> bool:
        """Whether the user of a cookie gets an answer and a WebSocket within seconds."""
        began = time.monotonic()
        assert httpx.get(f"{self.app.url}/_stcore/health", timeout=30).status_code == 200
        with self.open_socket(cookie=cookie):
            return time.monotonic() - began < 10


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flooded]:
    with running_app(tmp_path_factory.mktemp("flood"), CONFIGURATION, descriptors=(256, DESCRIPTORS)) as app:
        app.make_account("ada")
        yield Flooded(app)


@pytest.fixture(scope="module")
def cookie(server: Flooded) -> str:
    return server.app.make_cookie("ada")


def _send(server: Flooded, content: bytes, wait_s: float = 20) -> tuple[bytes, float]:
    """What the server answers to raw bytes until it closes, and after how many seconds."""
    with socket.create_connection(("127.0.0.1", server.app.port)) as raw:
        raw.settimeout(wait_s)
        raw.sendall(content)
        began, answer = time.monotonic(), b""
        with contextlib.suppress(ConnectionError):
            while piece := raw.recv(65_536):
                answer += piece
        return answer, time.monotonic() - began


def test_the_server_takes_the_descriptors_that_the_system_allows(server: Flooded) -> None:
    assert psutil.Process(server.app.process.pid).rlimit(psutil.RLIMIT_NOFILE) == (DESCRIPTORS, DESCRIPTORS)


def test_one_address_gets_few_sockets_before_login_and_others_theirs(server: Flooded, cookie: str) -> None:
    with contextlib.ExitStack() as opened:
        for _ in range(PER_ADDRESS):
            opened.enter_context(server.open_socket("203.0.113.5"))
        for _ in range(3):
            with pytest.raises(InvalidStatus, match="403"):
                server.open_socket("203.0.113.5")
        opened.enter_context(server.open_socket("203.0.113.6"))
        opened.enter_context(server.open_socket("203.0.113.5", cookie))
    time.sleep(1)
    with server.open_socket("203.0.113.5"):
        pass


def test_hundreds_of_sockets_keep_no_user_out(server: Flooded, cookie: str) -> None:
    process = psutil.Process(server.app.process.pid)
    with contextlib.ExitStack() as opened:
        mine = opened.enter_context(server.open_socket(cookie=cookie))
        for place in range(200):
            opened.enter_context(server.open_socket(f"198.51.{place // 100}.{place % 100}"))
        assert server.is_quick(cookie)
        # Streamlit keeps 128 tabs that have gone for two minutes, with an event loop each.
        assert process.num_fds() < 4 * STRANGERS + 3 * 128 + 100
        assert mine.state.name == "OPEN"
        mine.ping().wait(10)


def test_connections_that_say_nothing_end_and_keep_no_user_out(server: Flooded, cookie: str) -> None:
    size = server.app.log.stat().st_size
    silent = [socket.create_connection(("127.0.0.1", server.app.port)) for _ in range(400)]
    try:
        for one in silent[::2]:
            with contextlib.suppress(OSError):
                one.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        assert server.is_quick(cookie)
        time.sleep(6)
        assert sum(_is_closed(one) for one in silent) == 400
    finally:
        for one in silent:
            one.close()
    assert server.app.log.stat().st_size - size < 100_000


_UPGRADE = (
    b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
)
UNTAKEN = {
    "a body": _UPGRADE + b"Content-Length: 5\r\n\r\nhello",
    "a body that does not come": _UPGRADE + b"Content-Length: 5\r\n\r\n",
    "chunks": _UPGRADE + b"Transfer-Encoding: chunked\r\n\r\n",
    "a long header": _UPGRADE + b"X-Long: " + b"x" * 9_000 + b"\r\n\r\n",
    "many headers": _UPGRADE + b"".join(b"X-%d: x\r\n" % place for place in range(200)) + b"\r\n",
}


@pytest.mark.parametrize("content", UNTAKEN.values(), ids=UNTAKEN)
def test_a_request_that_no_websocket_begins_with_ends_like_one_that_does_not_come(
    server: Flooded, content: bytes
) -> None:
    assert _send(server, content)[1] < 15


def test_hundreds_of_websockets_that_never_begin_keep_no_user_out(server: Flooded, cookie: str) -> None:
    many = [socket.create_connection(("127.0.0.1", server.app.port)) for _ in range(400)]
    try:
        for one in many:
            with contextlib.suppress(OSError):
                one.sendall(UNTAKEN["a body"])
        assert server.is_quick(cookie)
        time.sleep(6)
        assert sum(_is_closed(one) for one in many) == 400
    finally:
        for one in many:
            one.close()


def test_a_connection_that_asks_again_and_again_is_kept(server: Flooded) -> None:
    """Its requests are answered between two looks at it, so that it seems silent at every look."""
    one = HTTPConnection("127.0.0.1", server.app.port, timeout=30)
    with contextlib.closing(one):
        for _ in range(14):
            one.request("GET", "/_stcore/health")
            assert one.getresponse().read() == b"ok"
            time.sleep(0.5)


def _is_closed(one: socket.socket) -> bool:
    one.settimeout(0.01)
    try:
        return one.recv(1) == b""
    except TimeoutError:
        return False
    except OSError:
        return True


def test_a_large_message_before_login_is_not_taken(server: Flooded) -> None:
    # The first frame ends the connection in the parser, before others are gathered.
    with server.open_socket("203.0.113.9") as stranger, pytest.raises(ConnectionClosed):
        _send_megabytes(stranger, 100)


def _send_megabytes(stranger: ClientConnection, count: int) -> None:
    for _ in range(count):
        stranger.send(b"x" * 2**20)
        stranger.recv(timeout=0.1)


def test_a_length_that_two_headers_tell_is_refused(server: Flooded) -> None:
    head = b"POST /api/v1/evaluate HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n"
    head += b"Transfer-Encoding: chunked\r\n\r\n"
    answer, seconds = _send(server, head + b"0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 400")
    assert answer.count(b"HTTP/1.1") == 1
    assert seconds < 5


@pytest.mark.parametrize(
    "content",
    [
        b"POST /api/v1/generate HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\nhello",
        b"no request at all\r\n\r\n",
    ],
    ids=["a bad chunk", "no HTTP"],
)
def test_malformed_requests_write_one_line_a_second(server: Flooded, content: bytes) -> None:
    time.sleep(1.1)
    size, began = server.app.log.stat().st_size, time.monotonic()
    for _ in range(20):
        _send(server, content)
    seconds = time.monotonic() - began
    written = server.app.log.read_bytes()[size:]
    assert b"Traceback" not in written
    assert 1 <= written.count(b"A malformed HTTP request was refused") <= seconds + 2
    assert b"Invalid HTTP request received.\n" not in written


def test_a_body_that_does_not_come_ends_the_request(server: Flooded, cookie: str) -> None:
    head = (
        f"PUT /_stcore/upload_file/tab/file HTTP/1.1\r\nHost: 127.0.0.1:{server.app.port}\r\n"
        f"Cookie: {cookie}\r\nContent-Type: multipart/form-data; boundary=b\r\n"
        "Content-Length: 1000\r\n\r\n--b"
    )
    answer, seconds = _send(server, head.encode())
    assert answer.startswith(b"HTTP/1.1 403")
    token = server.app.make_token("ada")
    head = (
        f"POST /api/v1/previews HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000\r\n\r\n--b"
    )
    answer, seconds = _send(server, head.encode())
    assert answer.startswith(b"HTTP/1.1 408")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["status"] == 408
    assert 1.5 < seconds < 15
