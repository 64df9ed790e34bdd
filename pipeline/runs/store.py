"""Runs in SQL, the one truth about them; a worker's writes carry its attempt and fail once it is outdated."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Row, Select, Update, and_, case, delete, func, or_, select, update

from pipeline.access.accounts import LOCAL
from pipeline.errors import JobError, NotFoundError
from pipeline.runs.holders import is_gone, name_holder, name_machine
from pipeline.runs.records import (
    ModelRun,
    NewRun,
    Run,
    RunEpoch,
    RunError,
    read_epoch,
    read_model_run,
    read_run,
)
from pipeline.runs.states import (
    RunEvent,
    RunKind,
    RunLane,
    RunPlace,
    RunStatus,
    list_sources,
    next_status,
)
from pipeline.store.database import Database
from pipeline.store.tables import APPROVALS, RUN_EPOCHS, RUN_EVIDENCE, RUN_SHARES, RUNS

if TYPE_CHECKING:
    from pipeline.access.accounts import Actor
    from pipeline.runs.labels import Labels

QUEUE_LOCK = 4_071_925
IS_QUEUED = RUNS.c.status == RunStatus.QUEUED.value
_LOCAL_GOING = (RUNS.c.place == RunPlace.LOCAL.value, RUNS.c.status == RunStatus.RUNNING.value)
_TABLE_ORDER = (RUNS.c.created_at.desc(), RUNS.c.id)
_NAMING: dict[str, Any] = {
    "partition_by": RUNS.c.model,
    "order_by": (
        case((RUNS.c.kind.in_([kind.value for kind in RunKind if kind.trains]), 0), else_=1),
        case((or_(RUNS.c.title.is_not(None), RUNS.c.tags.is_not(None)), 0), else_=1),
        RUNS.c.created_at,
        RUNS.c.id.desc(),
    ),
}
QUEUE_ORDER = (RUNS.c.queued_at, RUNS.c.id)
_FRESH: Mapping[str, Any] = {
    "stage": None,
    "share": 0.0,
    "heartbeat_at": None,
    "ticket": None,
    "ticket_at": None,
}
"""What a run that waits again forgets; number, epochs, seconds and memory of its attempts stay."""


@dataclass(frozen=True)
class RunFilter:
    """Which runs are wanted; what is None excludes nothing. `is_local` is about who ordered them.

    `seen_by` leaves those that an actor ordered, and those that are shared with them.
    """

    kind: RunKind | None = None
    status: RunStatus | None = None
    dataset: str | None = None
    owner: str | None = None
    group: str | None = None
    is_local: bool | None = None
    tag: str | None = None
    seen_by: Actor | None = None
    ids: tuple[str, ...] | None = None


class RunStore:
    """The runs of a database, as surfaces order, look up and end them."""

    def __init__(self, database: Database, now: Callable[[], datetime] | None = None) -> None:
        self._database = database
        # Machines whose clocks differ must agree on how long ago a heartbeat was sent.
        self._now = now or database.now

    def add(self, orders: Sequence[NewRun], most_waiting: int, most_waiting_per_user: int) -> tuple[Run, ...]:
        """Put runs of one owner in the queue, all or none; JobError where that would be too many."""
        now = self._now()
        with self._database.begin_alone(QUEUE_LOCK) as connection:
            _require_queue(connection, orders[0].owner, len(orders), most_waiting, most_waiting_per_user)
            # A microsecond apart, so that what was ordered together is done and listed in its order.
            times = [now + timedelta(microseconds=place) for place in range(len(orders))]
            ids = [
                _insert(connection, order, RunPlace.ENGINE, time)
                for order, time in zip(orders, times, strict=True)
            ]
            return tuple(_read_all(connection, select(RUNS).where(RUNS.c.id == one))[0] for one in ids)

    def add_local(self, order: NewRun) -> Run:
        """Note a run that begins at once in this very process."""
        now = self._now()
        with self._database.begin() as connection:
            run_id = _insert(connection, order, RunPlace.LOCAL, now)
            values = {"status": RunStatus.RUNNING.value, "attempt": 1, "tries": 1, "started_at": now}
            connection.execute(_where(run_id).values(**values, heartbeat_at=now, ticket=name_holder()))
            return _get(connection, run_id)

    def get(self, run_id: str) -> Run:
        """One run; NotFoundError where there is none."""
        with self._database.read() as connection:
            return _get(connection, run_id)

    def list(self, wanted: RunFilter, limit: int = 200) -> tuple[Run, ...]:
        """Runs, the newest first."""
        query = _narrow(select(RUNS), wanted).order_by(*_TABLE_ORDER).limit(limit)
        with self._database.read() as connection:
            return _read_all(connection, query)

    def list_naming(self) -> dict[str, ModelRun]:
        """By model the run that it has its name from, of everybody's that are over.

        That is the first that trained it, one that has a name before all. A run that makes tables is taken
        for a model that no training run made.
        """
        # One row of many hundreds for each model; orders and results, which are long, stay where they are.
        columns = [RUNS.c[name] for name in ("id", "model", "kind", "owner", "title", "tags")]
        ranked = select(*columns, func.row_number().over(**_NAMING).label("place"))
        ranked = ranked.where(RUNS.c.model.is_not(None), RUNS.c.ended_at.is_not(None))
        first = ranked.subquery()
        with self._database.read() as connection:
            rows = connection.execute(select(first).where(first.c.place == 1)).all()
        return {row.model: read_model_run(row) for row in rows}

    def label(self, run_id: str, labels: Labels) -> None:
        """Set title and tags of a run."""
        from pipeline.runs.labels import write_tags

        with self._database.begin() as connection:
            connection.execute(_where(run_id).values(title=labels.title, tags=write_tags(labels.tags)))

    def list_open_here(self, has_engine: bool) -> tuple[Run, ...]:
        """Local runs of this machine that go on; where its engine is here, what that does and will do too."""
        local = and_(*_LOCAL_GOING, RUNS.c.ticket.startswith(name_machine()))
        going = RUNS.c.status.in_([RunStatus.QUEUED.value, RunStatus.RUNNING.value])
        engine = (RUNS.c.place == RunPlace.ENGINE.value) & going
        with self._database.read() as connection:
            return _read_all(connection, select(RUNS).where(or_(local, engine) if has_engine else local))

    def list_epochs(self, run_id: str) -> tuple[RunEpoch, ...]:
        """The epochs that a run has trained so far."""
        query = select(RUN_EPOCHS).where(RUN_EPOCHS.c.run_id == run_id).order_by(RUN_EPOCHS.c.epoch)
        with self._database.read() as connection:
            return tuple(read_epoch(row) for row in connection.execute(query))

    def find_evidence(self, run_id: str) -> str | None:
        """What was measured of a run's table, as it was written; None of runs of earlier versions."""
        query = select(RUN_EVIDENCE.c.content).where(RUN_EVIDENCE.c.run_id == run_id)
        with self._database.read() as connection:
            return connection.execute(query).scalar_one_or_none()

    def cancel(self, run_id: str) -> Run:
        """End a run that waits, ask one that runs to end; harmless where it is over."""
        now = self._now()
        with self._database.begin() as connection:
            status = _hold(connection, run_id).status
            if status is RunStatus.RUNNING:
                connection.execute(_where(run_id).values(is_cancel_requested=True))
            elif status is RunStatus.QUEUED:
                ended = {"status": next_status(status, RunEvent.CANCEL).value, "ended_at": now}
                connection.execute(_where(run_id).values(**ended, ticket=None))
            return _get(connection, run_id)

    def resume(self, run_id: str, order: NewRun, most_waiting: int, most_waiting_per_user: int) -> Run:
        """Put a run that failed or was cancelled in the queue again, as its order reads today.

        JobError for any other run, and where too many runs are waiting.
        """
        now = self._now()
        with self._database.begin_alone(QUEUE_LOCK) as connection:
            status = next_status(_hold(connection, run_id).status, RunEvent.RESUME)
            _require_queue(connection, order.owner, 1, most_waiting, most_waiting_per_user)
            values = {**_FRESH, "status": status.value, "queued_at": now, "tries": 0}
            again = {"ended_at": None, "is_cancel_requested": False, "result": None, "model": None}
            error = {"error_message": None, "error_hint": None, "error_code": None}
            connection.execute(
                _where(run_id).values(
                    **values,
                    **again,
                    **error,
                    **_describe_order(order),
                    place=RunPlace.ENGINE.value,
                    quality=None,
                )
            )
            return _get(connection, run_id)

    def delete(self, run_id: str) -> None:
        """Forget a run that is over; JobError while it is not."""
        with self._database.begin() as connection:
            run = _hold(connection, run_id)
            if not run.status.is_final:
                raise JobError(f"Run {run_id} is {run.status}.", "cancel it first.")
            for table in (RUN_EPOCHS, RUN_EVIDENCE, RUN_SHARES):
                connection.execute(delete(table).where(table.c.run_id == run_id))
            # Nobody could answer it any more; what was answered stays known.
            is_open = (APPROVALS.c.run_id == run_id) & APPROVALS.c.decided_at.is_(None)
            connection.execute(delete(APPROVALS).where(is_open))
            connection.execute(delete(RUNS).where(RUNS.c.id == run_id))

    def fail_stale_local_runs(self, before: datetime) -> int:
        """Mark runs of processes that gave no sign of life since `before` as failed, and count them."""
        return self._fail_local_runs(RUNS.c.heartbeat_at < before)

    def fail_orphaned_runs(self) -> int:
        """Mark runs of processes of this machine that have ended as failed, and count them.

        Only reads where there are none, so that listing runs waits for no writer.
        """
        with self._database.read() as connection:
            rows = connection.execute(select(RUNS.c.id, RUNS.c.ticket).where(*_LOCAL_GOING)).all()
        gone = [row.id for row in rows if row.ticket and is_gone(row.ticket)]
        return self._fail_local_runs(RUNS.c.id.in_(gone)) if gone else 0

    def _fail_local_runs(self, is_dead: Any) -> int:
        error = RunError(
            "The process of this run ended before the run was complete.",
            "send the same order again: a training resumes from its last saved state.",
            "job",
        )
        values = {"status": RunStatus.FAILED.value, "ended_at": self._now(), **describe_error(error)}
        with self._database.begin() as connection:
            return connection.execute(update(RUNS).where(*_LOCAL_GOING, is_dead).values(values)).rowcount


def _insert(connection: Connection, order: NewRun, place: RunPlace, now: datetime) -> str:
    run_id = secrets.token_hex(8)
    values = {
        **_describe_order(order),
        "id": run_id,
        "status": RunStatus.QUEUED.value,
        "place": place.value,
        "attempt": 0,
        "tries": 0,
        "created_at": now,
        "queued_at": now,
        "epoch": 0,
        "share": 0.0,
        "is_cancel_requested": False,
    }
    connection.execute(RUNS.insert().values(values))
    return run_id


def _describe_order(order: NewRun) -> dict[str, Any]:
    return {
        "kind": order.kind.value,
        "dataset": order.dataset,
        "owner": order.owner,
        "source": order.source,
        "lane": order.lane.value,
        "recipe_order": json.dumps(order.order.as_plain(), sort_keys=True),
        "run_group": order.group,
        "epochs": order.epochs,
        "estimated_memory_mb": order.estimated_memory_mb,
        "remaining_s": order.estimated_s,
    }


def describe_error(error: RunError) -> dict[str, str]:
    """An error as columns."""
    return {"error_message": error.message, "error_hint": error.hint, "error_code": error.code}


def require_possible(event: RunEvent) -> Any:
    """The condition that an event can happen to a run."""
    return RUNS.c.status.in_([status.value for status in list_sources(event)])


def _where(run_id: str, *conditions: Any) -> Update:
    return update(RUNS).where(RUNS.c.id == run_id, *conditions)


def _count(connection: Connection, *conditions: Any) -> int:
    return connection.scalar(select(func.count()).select_from(RUNS).where(*conditions)) or 0


def _get(connection: Connection, run_id: str) -> Run:
    found = _read_all(connection, select(RUNS).where(RUNS.c.id == run_id))
    if not found:
        raise missing_run(run_id)
    return found[0]


def _hold(connection: Connection, run_id: str) -> Run:
    """A run, locked until this transaction ends; SQLite's hold the whole database anyway."""
    row = connection.execute(select(RUNS).where(RUNS.c.id == run_id).with_for_update()).one_or_none()
    if row is None:
        raise missing_run(run_id)
    return read_run(row)


def missing_run(run_id: str) -> NotFoundError:
    """The error for a run that does not exist or belongs to another account."""
    return NotFoundError(f'There is no run "{run_id}".', "list yours on the Runs page or with `runs`.")


def _read_all(connection: Connection, query: Select[Any]) -> tuple[Run, ...]:
    rows: Sequence[Row[Any]] = connection.execute(query).all()
    is_waiting = any(row.status == RunStatus.QUEUED for row in rows)
    positions = _find_positions(connection) if is_waiting else {}
    return tuple(read_run(row, positions.get(row.id)) for row in rows)


def _find_positions(connection: Connection) -> dict[str, int]:
    """Place in its lane's queue of every waiting run."""
    query = select(RUNS.c.id, RUNS.c.lane).where(IS_QUEUED).order_by(*QUEUE_ORDER)
    rows = connection.execute(query).all()
    lanes = {lane: [row.id for row in rows if row.lane == lane.value] for lane in RunLane}
    return {run_id: place for ids in lanes.values() for place, run_id in enumerate(ids, start=1)}


def _narrow(query: Select[Any], wanted: RunFilter) -> Select[Any]:
    columns = {
        RUNS.c.kind: wanted.kind,
        RUNS.c.status: wanted.status,
        RUNS.c.dataset: wanted.dataset,
        RUNS.c.owner: wanted.owner,
        RUNS.c.run_group: wanted.group,
    }
    query = query.where(*(column == str(value) for column, value in columns.items() if value is not None))
    if wanted.ids is not None:
        query = query.where(RUNS.c.id.in_(wanted.ids))
    if wanted.tag is not None:
        from pipeline.runs.labels import quote_tag

        query = query.where(RUNS.c.tags.contains(quote_tag(wanted.tag), autoescape=True))
    if wanted.seen_by is not None:
        from pipeline.runs.shares import is_seen_by

        query = query.where(is_seen_by(wanted.seen_by))
    return query if wanted.is_local is None else query.where((RUNS.c.source == LOCAL) == wanted.is_local)


def _require_queue(
    connection: Connection, owner: str, new: int, most_waiting: int, most_waiting_per_user: int
) -> None:
    _require_room(connection, new, most_waiting, "")
    _require_room(connection, new, most_waiting_per_user, " of yours", RUNS.c.owner == owner)


def _require_room(connection: Connection, new: int, most: int, whose: str, *conditions: Any) -> None:
    waiting = _count(connection, IS_QUEUED, *conditions)
    if waiting + new > most:
        raise JobError(
            f"The queue is full: {waiting} runs{whose} are waiting, of at most {most}; nothing was queued.",
            "wait for some of them to end, or cancel some of yours.",
        )
