"""A running workbench of its own for tests: the app with its state folder, accounts, tokens and sessions."""

from __future__ import annotations

import contextlib
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from pages._server.services import COOKIE
from pipeline.access.accounts import AccountRole, Accounts
from pipeline.access.sessions import Sessions
from pipeline.access.tokens import Tokens
from pipeline.settings import SessionLimits, Settings
from pipeline.store.database import Database, open_database
from tests.passwords import make_password
from tests.ports import find_port

ROOT = Path(__file__).resolve().parents[1]
START_S, STOP_S = 300, 60
_QUICK_HASH = 4


@dataclass(frozen=True)
class RunningApp:
    """The port, the state folder, the process and the log of an app."""

    port: int
    home: Path
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def stream_url(self) -> str:
        """Where its pages run."""
        return f"ws://127.0.0.1:{self.port}/_stcore/stream"

    def make_account(self, name: str, role: AccountRole = AccountRole.ANALYST) -> None:
        """Add an account that is there already in no case."""
        with self.opened() as database:
            Accounts(database, hash_rounds=_QUICK_HASH).create(name, make_password(), role)

    def make_cookie(self, name: str) -> str:
        """The cookie of a new session of an account."""
        with self.opened() as database:
            sessions = Sessions(database, SessionLimits())
            return f"{COOKIE}={sessions.redeem(sessions.offer(sessions.start(name)))}"

    def make_token(self, name: str, role: AccountRole = AccountRole.ANALYST) -> str:
        """The secret of a new API token of an account."""
        with self.opened() as database:
            return Tokens(database).create(name, "test", role)[1]

    def opened(self) -> contextlib.closing[Database]:
        """The database of the app."""
        return contextlib.closing(open_database(Settings(home=self.home)))

    def wait_until_up(self) -> None:
        """Wait for an answer; AssertionError where the process ends, or patience does, before."""
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"{self.url}/_stcore/health", timeout=10).status_code == 200:
                    return
            assert self.process.poll() is None, self.log.read_text(encoding="utf-8")
            time.sleep(0.2)
        raise AssertionError(f"no answer within {START_S} s")


@contextmanager
def running_app(
    folder: Path, configuration: Mapping[str, str], descriptors: tuple[int, int] | None = None
) -> Iterator[RunningApp]:
    """An app with its state and its log in `folder`; `descriptors` are its soft and hard limit."""
    app = start_app(folder, configuration, descriptors=descriptors)
    try:
        app.wait_until_up()
        yield app
    finally:
        app.process.terminate()
        app.process.wait(timeout=STOP_S)


def start_app(
    folder: Path,
    configuration: Mapping[str, str],
    port: int | None = None,
    descriptors: tuple[int, int] | None = None,
) -> RunningApp:
    """Start an app and give it before it answers; whoever calls ends it."""
    folder.mkdir(parents=True, exist_ok=True)
    port, log = port or find_port(), folder / "server.log"
    environment = {
        **os.environ,
        "WORKBENCH_HOME": str(folder / "state"),
        "STREAMLIT_SERVER_PORT": str(port),
        "PYTHONUNBUFFERED": "1",
        # Tests wait for workers, which would give way to other tests.
        "WORKBENCH_RUNS__NICE": "0",
        **configuration,
    }

    def limit() -> None:
        if descriptors:
            resource.setrlimit(resource.RLIMIT_NOFILE, descriptors)

    command = [sys.executable, "-m", "streamlit", "run", "app.py"]
    with log.open("a") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=output, stderr=output, preexec_fn=limit
        )
    return RunningApp(port, folder / "state", process, log)
