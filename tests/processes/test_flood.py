"""Hundreds of strangers' connections before a real server, bounded, and a logged-in user beside them."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from pages._server.services import COOKIE
from pipeline.access.accounts import AccountRole, Accounts
from pipeline.access.sessions import Sessions
from pipeline.settings import SessionLimits, Settings
from pipeline.store.database import open_database
from tests.passwords import make_password

ROOT = Path(__file__).resolve().parents[2]
DESCRIPTORS = 1_024
START_S = 300
STRANGERS, PER_ADDRESS = 40, 5
CONFIGURATION = {
    "WORKBENCH_RUNS__DISPATCH": "false",
    "WORKBENCH_SERVER__STRANGERS": str(STRANGERS),
    "WORKBENCH_SERVER__STRANGERS_PER_ADDRESS": str(PER_ADDRESS),
    "WORKBENCH_SERVER__HEADER_S": "3",
    "WORKBENCH_SERVER__BODY_S": "2",
}


class Workbench:
    """A running server: its port, its state folder, its process, its log."""

    def __init__(self, port: int, home: Path, process: subprocess.Popen[bytes], log: Path) -> None:
        self.port, self.home, self.process, self.log = port, home, process, log
        self.url = f"http://127.0.0.1:{port}"

    def open_socket(self, address: str = "", cookie: str = "") -> ClientConnection:
        """A WebSocket as a browser opens it, through a proxy that says from where."""
        headers = {
            **({"X-Forwarded-For": address} if address else {}),
            **({"Cookie": cookie} if cookie else {}),
        }
        return connect(
            f"ws://127.0.0.1:{self.port}/_stcore/stream",
            origin=self.url,
            subprotocols=["streamlit"],
            additional_headers=headers,
            proxy=None,
            open_timeout=60,
        )

    def make_cookie(self, name: str) -> str:
        """The cookie of a new session of a new account."""
        database = open_database(Settings(home=self.home))
        with contextlib.closing(database):
            Accounts(database, hash_rounds=4).create(name, make_password(), AccountRole.ANALYST)
            sessions = Sessions(database, SessionLimits())
            return f"{COOKIE}={sessions.redeem(sessions.offer(sessions.start(name)))}"

    def is_quick(self, cookie: str) -> bool:
        """Whether the user of a cookie gets an answer and a WebSocket within seconds."""
        began = time.monotonic()
        assert httpx.get(f"{self.url}/_stcore/health", timeout=30).status_code == 200
        with self.open_socket(cookie=cookie):
            return time.monotonic() - began < 10


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    folder = tmp_path_factory.mktemp("flood")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    log = folder / "server.log"
    environment = {
        **os.environ,
        "WORKBENCH_HOME": str(folder / "state"),
        "STREAMLIT_SERVER_PORT": str(port),
        "PYTHONUNBUFFERED": "1",
        **CONFIGURATION,
    }
    command = [sys.executable, "-m", "streamlit", "run", "app.py"]
    with log.open("a") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=output,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (256, DESCRIPTORS)),
        )
    try:
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"http://127.0.0.1:{port}/_stcore/health").status_code == 200:
                    break
            assert process.poll() is None, log.read_text()
            time.sleep(0.5)
        yield Workbench(port, folder / "state", process, log)
    finally:
        process.terminate()
        process.wait(timeout=60)


@pytest.fixture(scope="module")
def cookie(server: Workbench) -> str:
    return server.make_cookie("ada")


def _send(server: Workbench, content: bytes, wait_s: float = 20) -> tuple[bytes, float]:
    """What the server answers to raw bytes until it closes, and after how many seconds."""
    with socket.create_connection(("127.0.0.1", server.port)) as raw:
        raw.settimeout(wait_s)
        raw.sendall(content)
        began, answer = time.monotonic(), b""
        with contextlib.suppress(ConnectionError):
            while piece := raw.recv(65_536):
                answer += piece
        return answer, time.monotonic() - began


def test_the_server_takes_the_descriptors_that_the_system_allows(server: Workbench) -> None:
    assert psutil.Process(server.process.pid).rlimit(psutil.RLIMIT_NOFILE) == (DESCRIPTORS, DESCRIPTORS)


def test_one_address_gets_few_sockets_before_login_and_others_theirs(server: Workbench, cookie: str) -> None:
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


def test_hundreds_of_sockets_keep_no_user_out(server: Workbench, cookie: str) -> None:
    process = psutil.Process(server.process.pid)
    with contextlib.ExitStack() as opened:
        mine = opened.enter_context(server.open_socket(cookie=cookie))
        for place in range(200):
            opened.enter_context(server.open_socket(f"198.51.{place // 100}.{place % 100}"))
        assert server.is_quick(cookie)
        # Streamlit keeps 128 tabs that have gone for two minutes, with an event loop each.
        assert process.num_fds() < 4 * STRANGERS + 3 * 128 + 100
        assert mine.state.name == "OPEN"
        mine.ping().wait(10)


def test_connections_that_say_nothing_end_and_keep_no_user_out(server: Workbench, cookie: str) -> None:
    size = server.log.stat().st_size
    silent = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(400)]
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
    assert server.log.stat().st_size - size < 100_000


def _is_closed(one: socket.socket) -> bool:
    one.settimeout(0.01)
    try:
        return one.recv(1) == b""
    except TimeoutError:
        return False
    except OSError:
        return True


def test_a_large_message_before_login_is_not_taken(server: Workbench) -> None:
    # The first frame ends the connection in the parser, before others are gathered.
    with server.open_socket("203.0.113.9") as stranger, pytest.raises(ConnectionClosed):
        _send_megabytes(stranger, 100)


def _send_megabytes(stranger: ClientConnection, count: int) -> None:
    for _ in range(count):
        stranger.send(b"x" * 2**20)
        stranger.recv(timeout=0.1)


def test_a_length_that_two_headers_tell_is_refused(server: Workbench) -> None:
    head = b"POST /api/v1/evaluate HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n"
    head += b"Transfer-Encoding: chunked\r\n\r\n"
    answer, seconds = _send(server, head + b"0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 400")
    assert answer.count(b"HTTP/1.1") == 1
    assert seconds < 5


def test_a_body_that_does_not_come_ends_the_request(server: Workbench, cookie: str) -> None:
    head = (
        f"PUT /_stcore/upload_file/tab/file HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nCookie: {cookie}\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000\r\n\r\n--b"
    )
    answer, seconds = _send(server, head.encode())
    assert answer.startswith(b"HTTP/1.1 403")
    token = _make_token(server)
    head = (
        f"POST /api/v1/previews HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000\r\n\r\n--b"
    )
    answer, seconds = _send(server, head.encode())
    assert answer.startswith(b"HTTP/1.1 408")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["status"] == 408
    assert 1.5 < seconds < 15


def _make_token(server: Workbench) -> str:
    from pipeline.access.tokens import Tokens

    database = open_database(Settings(home=server.home))
    with contextlib.closing(database):
        return Tokens(database).create("ada", "flood", AccountRole.ANALYST)[1]
