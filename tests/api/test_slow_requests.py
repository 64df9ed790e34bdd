"""Slow requests: no account takes all places, and a client that disconnects frees its own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from pipeline.access.accounts import AccountRole
from pipeline.access.audit import AuditEvent, AuditFilter
from pipeline.api import MOUNT_PATH
from pipeline.api.attending import attend
from pipeline.api.services import Threads
from pipeline.progress import OnProgress, Progress, Signal, Stage
from pipeline.runs.states import RunKind, RunStatus
from tests.api.conftest import PATIENCE_S, send

MEASURE: dict[str, Any] = {"data": {"dataset": "employee"}, "files": {"file": ("t.csv", b"a,b\n1,2\n")}}


class Caller:
    """Sends one request as a server would hand it on, and disconnects when told to."""

    def __init__(self, request: httpx.Request) -> None:
        self._request = request
        self._has_left = asyncio.Event()
        self.is_watched, self.has_been_missed = asyncio.Event(), asyncio.Event()
        self._parts = [{"type": "http.request", "body": request.read(), "more_body": False}]

    @property
    def scope(self) -> dict[str, Any]:
        return {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1",
            "method": self._request.method, "path": self._request.url.path, "raw_path": b"",
            "query_string": b"", "scheme": "http", "headers": self._headers, "client": ("127.0.0.1", 1),
            "server": ("testserver", 80), "root_path": "",
        }  # fmt: skip

    @property
    def _headers(self) -> list[tuple[bytes, bytes]]:
        return [(name.lower(), value) for name, value in self._request.headers.raw]

    def hang_up(self) -> None:
        self._has_left.set()

    async def receive(self) -> dict[str, Any]:
        if self._parts:
            return self._parts.pop()
        self.is_watched.set()
        await self._has_left.wait()
        self.has_been_missed.set()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        """Hear nothing."""


@pytest.fixture
def measure(secrets_by_role) -> Callable[[AccountRole], httpx.Request]:
    def measure(role: AccountRole) -> httpx.Request:
        headers = {"Authorization": f"Bearer {secrets_by_role[role]}"}
        return httpx.Request("POST", f"http://testserver{MOUNT_PATH}/evaluate", headers=headers, **MEASURE)

    return measure


async def wait_until(is_so: Callable[[], bool]) -> None:
    for _ in range(100 * PATIENCE_S):
        if is_so():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came")


def test_a_viewer_measures_no_table_from_elsewhere_and_the_attempt_is_recorded(ask, services, script):
    answer = ask("POST", "/evaluate", AccountRole.VIEWER, **MEASURE)
    assert (answer.status_code, answer.json()["code"]) == (403, "access")
    (entry,) = services.audit.list(AuditFilter(event=AuditEvent.REFUSED))
    assert (entry.actor, entry.subject, entry.details) == ("viewer-user", "evaluate", {"role": "analyst"})
    assert script.orders == []


def test_one_account_takes_four_places_and_leaves_the_others_theirs(api, script, secrets_by_role):
    script.may_end.clear()

    def ask(role: AccountRole) -> Any:
        headers = {"Authorization": f"Bearer {secrets_by_role[role]}"}
        return send(api, "POST", "/evaluate", headers=headers, **MEASURE)

    async def crowd() -> tuple[httpx.Response, list[httpx.Response]]:
        many = [asyncio.create_task(ask(AccountRole.ANALYST)) for _ in range(5)]
        refused, _ = await asyncio.wait(many, return_when=asyncio.FIRST_COMPLETED)
        other = asyncio.create_task(ask(AccountRole.ADMIN))
        script.may_end.set()
        (first,) = refused
        return await first, await asyncio.gather(*(set(many) - refused), other)

    refused, answered = asyncio.run(crowd())
    assert (refused.status_code, refused.json()["code"]) == (429, "busy")
    assert refused.json()["detail"].startswith("4 requests for tables of this account")
    assert int(refused.headers["retry-after"]) > 0
    assert [answer.status_code for answer in answered] == [200] * 5


def test_a_place_is_free_again_after_the_answer(ask):
    assert [ask("POST", "/evaluate", **MEASURE).status_code for _ in range(6)] == [200] * 6


def test_a_caller_who_hangs_up_ends_a_measurement(api, script, services, measure):
    script.may_end.clear()

    async def hang_up() -> None:
        caller = Caller(measure(AccountRole.ANALYST))
        task = asyncio.create_task(api(caller.scope, caller.receive, caller.send))
        assert await asyncio.to_thread(script.has_begun.wait, PATIENCE_S)
        caller.hang_up()
        await caller.has_been_missed.wait()
        script.may_end.set()
        await task

    asyncio.run(hang_up())
    (run,) = services.open_workbench().runs.list()
    assert (run.kind, run.status) == (RunKind.EVALUATE, RunStatus.CANCELLED)


def test_a_client_that_disconnected_while_waiting_costs_nothing(api, script, services, measure, monkeypatch):
    monkeypatch.setattr("pipeline.api.services._SLOW_THREADS", 1)
    script.may_end.clear()

    async def hang_up() -> None:
        first, second = (Caller(measure(AccountRole.ANALYST)) for _ in range(2))
        tasks = [asyncio.create_task(api(one.scope, one.receive, one.send)) for one in (first, second)]
        assert await asyncio.to_thread(script.has_begun.wait, PATIENCE_S)
        for one in (first, second):
            await one.is_watched.wait()
            one.hang_up()
            await one.has_been_missed.wait()
        script.may_end.set()
        await asyncio.gather(*tasks)

    asyncio.run(hang_up())
    assert len(script.orders) == 1
    assert [run.status for run in services.open_workbench().runs.list()] == [RunStatus.CANCELLED]


def test_work_whose_client_disconnects_is_answered_stop():
    """So that a training keeps its best epoch, as it does when its run is cancelled."""
    answers: list[Signal | None] = []

    async def serve() -> None:
        loop, may_leave = asyncio.get_running_loop(), asyncio.Event()

        async def receive() -> dict[str, Any]:
            await may_leave.wait()
            return {"type": "http.disconnect"}

        def work(on_progress: OnProgress) -> None:
            answers.append(on_progress(Progress(Stage.PREPARE)))
            loop.call_soon_threadsafe(may_leave.set)
            for _ in range(100 * PATIENCE_S):
                answers.append(on_progress(Progress(Stage.TRAIN, 1, 2)))
                if answers[-1] is Signal.STOP:
                    return
                time.sleep(0.01)

        caller: Any = SimpleNamespace(threads=Threads(), token=SimpleNamespace(account="ada"))
        request: Any = SimpleNamespace(receive=receive)
        await attend(caller, request, work)

    asyncio.run(serve())
    assert (answers[0], answers[-1]) == (Signal.CONTINUE, Signal.STOP)
