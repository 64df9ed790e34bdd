"""How runs pass from the queue to a worker and back: tickets of dispatchers, attempts of workers.

A dispatcher puts a ticket on a waiting run, so that of two dispatchers one gives it to a worker. A worker
claims the run with that ticket and gets an attempt number; each of its writes carries the number and is
refused once another attempt has begun. The engine may repeat a task by itself: same ticket, next attempt.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, or_, select, update

from pipeline.errors import Superseded
from pipeline.runs.records import Run, RunEpoch, RunError, read_run
from pipeline.runs.states import RunEvent, RunLane, RunPlace, RunStatus, next_status
from pipeline.runs.store import IS_QUEUED, QUEUE_LOCK, QUEUE_ORDER, describe_error, require_possible
from pipeline.store.database import Database
from pipeline.store.tables import RUN_EPOCHS, RUN_EVIDENCE, RUNS

_RUNNING = RUNS.c.status == RunStatus.RUNNING.value
_ON_ENGINE = RUNS.c.place == RunPlace.ENGINE.value


_AGAIN: Mapping[str, Any] = {
    "ticket": None,
    "ticket_at": None,
    "heartbeat_at": None,
}


@dataclass(frozen=True)
class LaneLimits:
    """How many runs of a lane may be with workers at a time, in all and for one user."""

    at_once: int
    per_user: int


class RunClaims:
    """Hands runs to workers, takes their reports, and takes lost runs back."""

    def __init__(self, database: Database, now: Callable[[], datetime] | None = None) -> None:
        self._database = database
        # Machines whose clocks differ must agree on how long ago a heartbeat was sent.
        self._now = now or database.now

    def take_tickets(
        self, ticket: str, lane: RunLane, limits: LaneLimits, stale_before: datetime
    ) -> tuple[Run, ...]:
        """Put a ticket on the next waiting runs of a lane, as many as the limits allow, and give them.

        A ticket older than `stale_before` that no worker has used is void.
        """
        is_held = or_(_RUNNING, RUNS.c.ticket.is_not(None) & (RUNS.c.ticket_at >= stale_before))
        is_free = or_(RUNS.c.ticket.is_(None), RUNS.c.ticket_at < stale_before)
        now = self._now()
        with self._database.begin_alone(QUEUE_LOCK) as connection:
            busy = _count_by_owner(connection, lane, is_held)
            waiting = select(RUNS).where(IS_QUEUED, _ON_ENGINE, is_free, RUNS.c.lane == lane.value)
            chosen = _choose(connection.execute(waiting.order_by(*QUEUE_ORDER)).all(), busy, limits)
            values = {"ticket": ticket, "ticket_at": now}
            ids = [row.id for row in chosen]
            connection.execute(update(RUNS).where(RUNS.c.id.in_(ids)).values(values))
        return tuple(read_run(row) for row in chosen)

    def renew_tickets(self, ticket: str, run_ids: tuple[str, ...]) -> None:
        """Keep the tickets of runs that wait for a worker of the engine from growing stale."""
        mine = (RUNS.c.ticket == ticket, RUNS.c.id.in_(run_ids))
        now = self._now()
        with self._database.begin() as connection:
            connection.execute(update(RUNS).where(*mine).values(ticket_at=now))

    def claim(self, run_id: str, ticket: str, attempts: int) -> Run | None:
        """Begin the next attempt at a run; None where it is over, another's, or was tried often enough."""
        now = self._now()
        # A missing ticket would match every run that waits without one.
        holds = (RUNS.c.ticket.is_not(None), RUNS.c.ticket == ticket)
        may_claim = (RUNS.c.id == run_id, *holds, RUNS.c.tries < attempts)
        values = {
            "status": RunStatus.RUNNING.value,
            "attempt": RUNS.c.attempt + 1,
            "tries": RUNS.c.tries + 1,
            "started_at": func.coalesce(RUNS.c.started_at, now),
            "heartbeat_at": now,
        }
        claimed = update(RUNS).where(*may_claim, require_possible(RunEvent.CLAIM)).values(values)
        with self._database.begin() as connection:
            row = connection.execute(claimed.returning(RUNS)).one_or_none()
        return read_run(row) if row else None

    def beat(self, run_id: str, attempt: int, **values: Any) -> bool:
        """Give a sign of life with new values of columns; say whether the run should end."""
        values["heartbeat_at"] = self._now()
        with self._database.begin() as connection:
            row = self._write(connection, run_id, attempt, values)
        return bool(row.is_cancel_requested)

    def add_epoch(self, run_id: str, attempt: int, trained: RunEpoch, **values: Any) -> bool:
        """Note an epoch with new values of columns; say whether the run should end."""
        losses = {
            name: value if value is not None and math.isfinite(value) else None
            for name, value in trained.losses.items()
        }
        measured = {"seconds": trained.seconds, "losses": json.dumps(losses), "quality": trained.quality}
        key = (RUN_EPOCHS.c.run_id == run_id, RUN_EPOCHS.c.epoch == trained.epoch)
        values["heartbeat_at"] = self._now()
        with self._database.begin() as connection:
            row = self._write(connection, run_id, attempt, values)
            # An attempt that goes on from a checkpoint repeats the epochs after it.
            if not connection.execute(update(RUN_EPOCHS).where(*key).values(measured)).rowcount:
                connection.execute(RUN_EPOCHS.insert().values(run_id=run_id, epoch=trained.epoch, **measured))
        return bool(row.is_cancel_requested)

    def end(self, run_id: str, attempt: int, event: RunEvent, **values: Any) -> None:
        """End a run: it is done, failed or cancelled; Superseded where another attempt has begun.

        `evidence` of a table that it measured replaces that of an earlier attempt.
        """
        status = next_status(RunStatus.RUNNING, event)
        error: RunError | None = values.pop("error", None)
        evidence: str | None = values.pop("evidence", None)
        written = {
            "result": None,
            **values,
            **(describe_error(error) if error else {}),
            "status": status.value,
            "ended_at": self._now(),
            "remaining_s": None,
            **({"share": 1.0} if status is RunStatus.DONE else {}),
        }
        with self._database.begin() as connection:
            self._write(connection, run_id, attempt, written)
            connection.execute(delete(RUN_EVIDENCE).where(RUN_EVIDENCE.c.run_id == run_id))
            if evidence is not None:
                connection.execute(RUN_EVIDENCE.insert().values(run_id=run_id, content=evidence))

    def list_lost(self, stale_before: datetime) -> tuple[tuple[str, str], ...]:
        """Id and ticket of the runs whose worker gave no sign of life since `stale_before`."""
        query = select(RUNS.c.id, RUNS.c.ticket).where(
            _RUNNING, _ON_ENGINE, RUNS.c.heartbeat_at < stale_before
        )
        with self._database.read() as connection:
            return tuple((row.id, row.ticket) for row in connection.execute(query))

    def requeue_lost(self, run_id: str, ticket: str, attempts: int, reason: str) -> RunStatus | None:
        """Queue a run that lost its worker again, or fail it after the last try.

        None where there is nothing to queue: the run is over, or another ticket is on it.
        """
        now = self._now()
        with self._database.begin() as connection:
            row = _hold(connection, run_id, ticket)
            if row is None:
                return None
            # A task that died before it claimed its run counts as a try too, or it would go on for ever.
            tries = row.tries + (row.status == RunStatus.QUEUED)
            event = RunEvent.REQUEUE if tries < attempts else RunEvent.FAIL
            return _return(connection, row, event, tries, _gave_up(reason), now)

    def requeue_stopped(self, run_id: str, ticket: str) -> None:
        """Queue a run again whose engine was stopped on purpose: that does not count as a try."""
        now = self._now()
        with self._database.begin() as connection:
            row = _hold(connection, run_id, ticket)
            if row is not None:
                tries = row.tries - (row.status == RunStatus.RUNNING)
                _return(connection, row, RunEvent.REQUEUE, tries, None, now)

    def _write(
        self, connection: Connection, run_id: str, attempt: int, values: Mapping[str, Any]
    ) -> Row[Any]:
        mine = (RUNS.c.id == run_id, RUNS.c.attempt == attempt, _RUNNING)
        if "result" in values:
            values = {**values, "result": json.dumps(values["result"]) if values["result"] else None}
        written = update(RUNS).where(*mine).values(values).returning(RUNS.c.is_cancel_requested)
        row = connection.execute(written).one_or_none()
        if row is None:
            raise Superseded(
                f"Another worker has taken over run {run_id}.", "nothing to do: the run continues there."
            )
        return row


def _hold(connection: Connection, run_id: str, ticket: str) -> Row[Any] | None:
    """The run that a ticket is on, unless it is over; it is locked until the transaction ends."""
    mine = (RUNS.c.id == run_id, RUNS.c.ticket == ticket, or_(_RUNNING, IS_QUEUED))
    return connection.execute(select(RUNS).where(*mine).with_for_update()).one_or_none()


def _return(
    connection: Connection, row: Row[Any], event: RunEvent, tries: int, error: RunError | None, now: datetime
) -> RunStatus:
    """Have an event happen to a run without a worker; one that was to be cancelled is cancelled."""
    if row.is_cancel_requested:
        event, error = RunEvent.CANCEL, _lost_cancelled()
    status = next_status(RunStatus(row.status), event)
    ended = {"ended_at": now, **(describe_error(error) if error else {})}
    values = {**(_AGAIN if status is RunStatus.QUEUED else ended), "status": status.value, "tries": tries}
    connection.execute(update(RUNS).where(RUNS.c.id == row.id).values(values))
    return status


def _count_by_owner(connection: Connection, lane: RunLane, is_held: Any) -> dict[str, int]:
    held = (_ON_ENGINE, RUNS.c.lane == lane.value, or_(_RUNNING, IS_QUEUED), is_held)
    query = select(RUNS.c.owner, func.count().label("held")).where(*held).group_by(RUNS.c.owner)
    return {row.owner: row.held for row in connection.execute(query)}


def _choose(waiting: Any, busy: dict[str, int], limits: LaneLimits) -> list[Row[Any]]:
    """The next runs in order of waiting, no account above its own limit."""
    chosen: list[Row[Any]] = []
    counts = dict(busy)
    for row in waiting:
        if sum(counts.values()) >= limits.at_once:
            break
        if counts.get(row.owner, 0) < limits.per_user:
            counts[row.owner] = counts.get(row.owner, 0) + 1
            chosen.append(row)
    return chosen


def _lost_cancelled() -> RunError:
    return RunError(
        "Its worker stopped before it could store the result.",
        "resume the run: it continues from its last saved state, if there is one.",
        "job",
    )


def _gave_up(reason: str) -> RunError:
    return RunError(
        f"The run lost its worker too many times: {reason}",
        "fix the cause, then resume it on the Runs page; a training continues from its last saved state.",
        "job",
    )
