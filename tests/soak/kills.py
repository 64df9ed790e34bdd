"""The kill loop: apps, workers and readers of uploads that end without a warning, while runs are ordered.

Every run that the API has accepted must be there afterwards, and have ended.
"""

from __future__ import annotations

import contextlib
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil

from pipeline.access.accounts import AccountRole
from pipeline.runs.states import RunStatus
from tests.running_app import STOP_S, RunningApp, start_app
from tests.soak.lines import Line, at_most
from tests.soak.scene import open_scene

KINDS = ("worker", "app", "reader")
CONFIGURATION = {
    "WORKBENCH_RUNS__HEARTBEAT_S": "2",
    "WORKBENCH_RUNS__NICE": "10",
    "WORKBENCH_RUNS__ATTEMPTS": "20",
    "WORKBENCH_RUNS__WAITING_PER_USER": "60",
    "WORKBENCH_API__REQUESTS_PER_MINUTE": "10000",
}
_OPEN_RUNS = 3
_PATIENCE_S = 900.0
_UPLOAD = b"a,b\n" + b"1,2\n" * 400_000
_TRAININGS = (
    {"synthesizer": "autoregressive", "epochs": 1, "use_hma": False, "refine": False},
    {"synthesizer": "ctgan", "epochs": 6, "use_hma": False, "refine": False},
)


@dataclass
class Loop:
    """An app that is killed and started again, what was ordered of it, and what was killed."""

    folder: Path
    dice: random.Random
    app: RunningApp = field(init=False)
    token: str = ""
    ordered: list[str] = field(default_factory=list)
    killed: Counter[str] = field(default_factory=Counter)
    hung: int = 0

    def begin(self) -> None:
        """Start the app, with an account that orders."""
        self.app = start_app(self.folder, CONFIGURATION)
        self.app.wait_until_up()
        self.app.make_account("orders")
        self.token = self.app.make_token("orders", AccountRole.ANALYST)

    def order(self) -> None:
        """Order a training or a table until some runs are open; only what was accepted counts."""
        for _ in range(_OPEN_RUNS - self._count_open()):
            recipe = {**self.dice.choice(_TRAININGS), "seed": self.dice.randrange(2**31)}
            path = self.dice.choice(("/train", "/generate"))
            body = {"dataset": "employee", "recipe": recipe, **({} if path == "/train" else {"rows": 1_000})}
            with contextlib.suppress(httpx.HTTPError):
                answer = self._ask("POST", path, json=body)
                if answer.status_code == 202:
                    self.ordered.append(answer.json()["id"])

    def kill(self, kind: str) -> None:
        """Kill one process of a kind; nothing where there is none at this moment."""
        kill: dict[str, Callable[[], bool]] = {
            "app": self._kill_app,
            "worker": self._kill_worker,
            "reader": self._kill_reader,
        }
        self.killed[kind] += kill[kind]()

    def _kill_app(self) -> bool:
        self.app.process.kill()
        self.app.process.wait()
        self.app = start_app(self.folder, CONFIGURATION, self.app.port)
        self.app.wait_until_up()
        return True

    def _kill_worker(self) -> bool:
        workers = self._list_children("spawn_main")
        if not workers:
            return False
        _kill(max(workers, key=_measure_work))
        return True

    def _kill_reader(self) -> bool:
        """Kill what reads an upload; its request must end in an answer, and the next one work."""
        answers: list[int] = []
        sending = threading.Thread(target=lambda: answers.append(self._send_upload()))
        sending.start()
        readers, deadline = [], time.monotonic() + 20
        while not readers and sending.is_alive() and time.monotonic() < deadline:
            readers = self._list_children("reading_server")
            time.sleep(0.01)
        time.sleep(self.dice.uniform(0, 0.5))
        for reader in readers:
            _kill(reader)
        sending.join(120)
        self.hung += not answers or answers[0] == 0
        self.hung += self._send_upload() != 200
        return bool(readers)

    def _send_upload(self) -> int:
        with contextlib.suppress(httpx.HTTPError):
            return self._ask("POST", "/previews", files={"file": ("t.csv", _UPLOAD)}).status_code
        return 0

    def _ask(self, method: str, path: str, **options) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}"}
        return httpx.request(method, f"{self.app.url}/api/v1{path}", headers=headers, timeout=100, **options)

    def _list_children(self, word: str) -> list[psutil.Process]:
        found = []
        with contextlib.suppress(psutil.Error):
            for child in psutil.Process(self.app.process.pid).children(recursive=True):
                with contextlib.suppress(psutil.Error):
                    if any(word in part for part in child.cmdline()):
                        found.append(child)
        return found

    def _count_open(self) -> int:
        return sum(not run.status.is_final for run in open_scene(self.app.home).runs.list(limit=100))


def kill_often(folder: Path, kills: int, seed: int) -> list[Line]:
    """Kill until enough has been killed, then wait for what was ordered; the lines of the table."""
    loop = Loop(folder, random.Random(seed))
    loop.begin()
    try:
        began, tries = time.monotonic(), 0
        while loop.killed.total() < kills and tries < 3 * kills:
            loop.order()
            time.sleep(loop.dice.uniform(0, 1.5))
            loop.kill(KINDS[tries % len(KINDS)])
            tries += 1
        seconds = time.monotonic() - began
        return [*_judge(loop, kills, seconds), *_look_for_leftovers(loop)]
    finally:
        loop.app.process.terminate()
        loop.app.process.wait(STOP_S)


def _judge(loop: Loop, kills: int, seconds: float) -> list[Line]:
    said = ", ".join(f"{count} {kind}s" for kind, count in sorted(loop.killed.items()))
    workbench = open_scene(loop.app.home)
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        runs = {run.id: run for run in workbench.runs.list(limit=10_000)}
        if all(runs[one].status.is_final for one in loop.ordered if one in runs):
            break
        time.sleep(1)
    there = [runs[one] for one in loop.ordered if one in runs]
    failed = [run for run in there if run.status is not RunStatus.DONE]
    audit = workbench.account.audit.verify()
    done = loop.killed.total()
    return [
        Line("kills", f"killed in {seconds:,.0f} s", f"{done}: {said}", f"≥ {kills}", done >= kills),
        at_most("kills", f"lost of {len(loop.ordered)} runs", len(loop.ordered) - len(there), 0),
        at_most("kills", "stuck runs", sum(not run.status.is_final for run in there), 0),
        at_most("kills", "failed runs", sum(run.status.is_final for run in failed), 0),
        at_most("kills", "uploads without an answer", loop.hung, 0),
        Line("kills", "audit log", f"{audit.entries:,} entries", "unbroken", audit.is_intact),
    ]


def _look_for_leftovers(loop: Loop) -> list[Line]:
    """What is half made is swept with the next start; the runs have ended."""
    loop.kill("app")
    left = [path for path in loop.app.home.rglob(".*-*") if path.is_dir()]
    return [at_most("kills", "folders left half made", len(left), 0)]


def _measure_work(process: psutil.Process) -> float:
    with contextlib.suppress(psutil.Error):
        return sum(process.cpu_times()[:2])
    return 0.0


def _kill(process: psutil.Process) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        process.kill()
