"""The statuses of a run, and how it gets from one to the next: enums and one pure function."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType

from pipeline.errors import JobError


class RunKind(StrEnum):
    """What a run makes: a model, a table, an evaluation, a large table; the same of several tables."""

    TRAIN = "train"
    GENERATE = "generate"
    EVALUATE = "evaluate"
    BULK = "bulk"
    RELATED_TRAIN = "related_train"
    RELATED = "related"
    RELATED_BULK = "related_bulk"

    @property
    def trains(self) -> bool:
        """Whether such a run makes a model and no table."""
        return self in (RunKind.TRAIN, RunKind.RELATED_TRAIN)


class RunStatus(StrEnum):
    """The status of a run; the last three are final until the run is resumed."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """Whether nothing will change any more by itself."""
        return self in (RunStatus.DONE, RunStatus.FAILED, RunStatus.CANCELLED)


class RunEvent(StrEnum):
    """What happens to a run."""

    CLAIM = "claim"
    FINISH = "finish"
    FAIL = "fail"
    CANCEL = "cancel"
    REQUEUE = "requeue"
    RESUME = "resume"


class RunLane(StrEnum):
    """The queue that a run waits in: what takes seconds never waits behind a training."""

    LONG = "long"
    SHORT = "short"


class RunPlace(StrEnum):
    """Where a run is done: on a worker of the engine, or in the process that asked for it."""

    ENGINE = "engine"
    LOCAL = "local"


_MOVES = MappingProxyType(
    {
        (RunStatus.QUEUED, RunEvent.CLAIM): RunStatus.RUNNING,
        # A worker died, and the engine gave its task to another one.
        (RunStatus.RUNNING, RunEvent.CLAIM): RunStatus.RUNNING,
        (RunStatus.RUNNING, RunEvent.FINISH): RunStatus.DONE,
        # A run whose dataset or owner has gone fails before any worker takes it.
        (RunStatus.QUEUED, RunEvent.FAIL): RunStatus.FAILED,
        (RunStatus.RUNNING, RunEvent.FAIL): RunStatus.FAILED,
        (RunStatus.QUEUED, RunEvent.CANCEL): RunStatus.CANCELLED,
        (RunStatus.RUNNING, RunEvent.CANCEL): RunStatus.CANCELLED,
        (RunStatus.RUNNING, RunEvent.REQUEUE): RunStatus.QUEUED,
        # Its ticket was void: the task died, or its engine ended, before a worker began.
        (RunStatus.QUEUED, RunEvent.REQUEUE): RunStatus.QUEUED,
        (RunStatus.FAILED, RunEvent.RESUME): RunStatus.QUEUED,
        (RunStatus.CANCELLED, RunEvent.RESUME): RunStatus.QUEUED,
    }
)


def next_status(status: RunStatus, event: RunEvent) -> RunStatus:
    """The status after an event; JobError where that event cannot happen to such a run."""
    moved = _MOVES.get((status, event))
    if moved is None:
        raise JobError(f"A run that is {status} cannot {event}.", "reload the list: the run has changed.")
    return moved


def list_sources(event: RunEvent) -> tuple[RunStatus, ...]:
    """The statuses in which an event can happen."""
    return tuple(status for status, known in _MOVES if known is event)
