"""A Redis of the tests' own: Debian's package, on a free port of this machine, without a file."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import guardian
from tests.passwords import make_password
from tests.ports import find_port

PROGRAM = shutil.which("redis-server")
MISSING = "Redis is missing; install Debian's redis-server package"
_PATIENCE_S = 60
# Its own title would hide the environment by which the guardian finds it.
_OPTIONS = ("--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--set-proc-title", "no")


class RedisServer:
    """A server that can be killed and started again on its port."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._port = find_port()
        self.password = make_password()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it listens, with its password."""
        return f"redis://:{self.password}@127.0.0.1:{self._port}/0"

    @property
    def pid(self) -> int:
        """Its process."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it, empty, and wait until it listens."""
        options = ("--port", str(self._port), "--dir", str(self.folder), "--requirepass", self.password)
        self._process = subprocess.Popen(
            [str(PROGRAM), *options, *_OPTIONS],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + _PATIENCE_S
        while not self._listens():
            assert self._process.poll() is None, "Redis has ended"
            assert time.monotonic() < deadline, "Redis does not listen"
            time.sleep(0.02)

    def kill(self) -> None:
        """End it without a warning; twice is harmless."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def send(self, signal: int) -> None:
        """Send it a signal, such as the one that suspends it."""
        assert self._process is not None
        self._process.send_signal(signal)

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self._port)) == 0


@contextmanager
def running_redis() -> Iterator[RedisServer]:
    """A server from first start to removal."""
    folder = guardian.make_folder()
    server = RedisServer(folder)
    try:
        server.start()
        yield server
    finally:
        server.kill()
        shutil.rmtree(folder)
