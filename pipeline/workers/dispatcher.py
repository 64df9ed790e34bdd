"""Takes runs from the queue to the engine and lost ones back; any number of dispatchers may run at a time."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from pipeline.runs.claims import LaneLimits, RunClaims
from pipeline.runs.records import Run
from pipeline.runs.states import RunLane
from pipeline.runs.store import RunStore
from pipeline.settings import RunLimits
from pipeline.store.database import Database

_LOG = logging.getLogger(__name__)
_SILENT = "its worker sent no heartbeat."


@dataclass(frozen=True)
class Task:
    """A run with its ticket, as an engine has it; `trouble` says why it ended before the run did."""

    run_id: str
    ticket: str
    trouble: str | None = None


class Engine(Protocol):
    """Where tasks are done."""

    def submit(self, run: Run, ticket: str) -> None:
        """Have a run done on a worker of its lane; JobError where the engine is lost."""
        ...

    def collect(self) -> tuple[Task, ...]:
        """The tasks that have ended since the last look; JobError where the engine is lost."""
        ...

    def list_going(self) -> tuple[Task, ...]:
        """The tasks that wait or are done at the moment."""
        ...

    def abandon(self, task: Task) -> None:
        """Forget a task whose worker sends no heartbeat, and end that worker where it can be reached."""
        ...


class Dispatcher:
    """One round of it at a time: `tick`."""

    def __init__(
        self, database: Database, limits: RunLimits, now: Callable[[], datetime] | None = None
    ) -> None:
        self._store = RunStore(database, now)
        self._claims = RunClaims(database, now)
        self._limits = limits
        self._now = now or database.now
        self._swept: float | None = None
        self._looked = self._watching_since = self._now()

    def tick(self, engine: Engine, clock: Callable[[], float] = time.monotonic) -> None:
        """Take back what was lost, then give out what may begin; StoreError, JobError where one fails."""
        for task in engine.collect():
            self._settle(task)
        if self._swept is None or clock() - self._swept >= self._limits.heartbeat_s:
            self._sweep(engine)
            self._swept = clock()
        for lane, at_once in (
            (RunLane.LONG, self._limits.long_at_once),
            (RunLane.SHORT, self._limits.short_at_once),
        ):
            self._hand_out(engine, lane, LaneLimits(at_once, self._limits.per_user))

    def return_all(self, engine: Engine) -> None:
        """Queue again what the engine was doing, because it was stopped on purpose."""
        for task in engine.list_going():
            self._claims.requeue_stopped(task.run_id, task.ticket)

    def _hand_out(self, engine: Engine, lane: RunLane, limits: LaneLimits) -> None:
        ticket = secrets.token_hex(8)
        for run in self._claims.take_tickets(ticket, lane, limits, self._now() - self._limits.patience):
            engine.submit(run, ticket)

    def _settle(self, task: Task) -> None:
        """A task that ended has ended its run too, or has lost it."""
        reason = task.trouble or "its task ended without an outcome."
        status = self._claims.requeue_lost(task.run_id, task.ticket, self._limits.attempts, reason)
        if status is not None:
            _LOG.warning("Run %s is %s again: %s", task.run_id, status, reason)

    def _sweep(self, engine: Engine) -> None:
        """Look after the tickets of our tasks, and after every run whose worker sends no heartbeat."""
        now = self._now()
        if now - self._looked > timedelta(seconds=2 * self._limits.heartbeat_s):
            # The machine slept, or the database was away: no other process could send a heartbeat either.
            self._watching_since = now
        if now - self._watching_since >= self._limits.patience:
            self._store.fail_stale_local_runs(now - self._limits.patience)
        going = engine.list_going()
        self._renew(going)
        self._take_back_silent(engine, going, now)
        self._looked = now

    def _renew(self, going: tuple[Task, ...]) -> None:
        for ticket in {task.ticket for task in going}:
            mine = tuple(task.run_id for task in going if task.ticket == ticket)
            self._claims.renew_tickets(ticket, mine)

    def _take_back_silent(self, engine: Engine, going: tuple[Task, ...], now: datetime) -> None:
        patience = self._limits.patience
        for run_id, ticket in self._claims.list_lost(now - patience):
            task = Task(run_id, ticket)
            if task in going:
                if now - self._watching_since < patience:
                    continue
                engine.abandon(task)
            self._settle(replace(task, trouble=_SILENT))
