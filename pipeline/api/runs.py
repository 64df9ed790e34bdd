"""Work that goes on after its request: who started it, how far it is, and what came of it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from threading import Event, RLock
from typing import TYPE_CHECKING, Any, Protocol

from pipeline.api.problems import get_status, log_error
from pipeline.errors import JobCancelled, JobError, NotFoundError, WorkbenchError

if TYPE_CHECKING:
    from pipeline.synthesizers.protocol import OnProgress, Progress, Signal

MOST_KEPT = 200
"""Runs that are over and still listed; the oldest are forgotten first."""

# Where each stage of a training begins, 0–1, by rule of thumb.
_STARTS = {"hma": 0.02, "prepare": 0.1, "train": 0.15}


class RunStatus(StrEnum):
    """Where a run stands; the last three are final."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """Whether nothing will change any more."""
        return self in (RunStatus.DONE, RunStatus.FAILED, RunStatus.CANCELLED)


@dataclass(frozen=True)
class Run:
    """One run as its owner sees it; `share` is how much is done, 0–1."""

    id: str
    kind: str
    dataset: str
    owner: str
    status: RunStatus
    created_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    share: float = 0.0
    progress: Progress | None = None
    result: Mapping[str, Any] | None = None
    error: WorkbenchError | None = None


Work = Callable[["OnProgress"], Mapping[str, Any]]


class Runs(Protocol):
    """Where runs are kept; `owner` None stands for somebody who may see everybody's."""

    def start(self, owner: str, kind: str, dataset: str, work: Work) -> Run:
        """Put work in the queue; JobError where too many wait already."""
        ...

    def list(self, owner: str | None) -> tuple[Run, ...]:
        """Runs, the newest first."""
        ...

    def get(self, run_id: str, owner: str | None) -> Run:
        """One run; NotFoundError where there is none that this owner may see."""
        ...

    def cancel(self, run_id: str, owner: str | None) -> Run:
        """Ask a run to end at its next step; harmless where it is over."""
        ...

    def close(self) -> None:
        """Cancel everything, because the process ends."""
        ...


@dataclass
class _Job:
    run: Run
    stop: Event = field(default_factory=Event)
    future: Future[Mapping[str, Any]] | None = None


class InProcessRuns:
    """Runs of this process, one after the other; they do not outlive it.

    One worker, because two trainings would halve each other's speed and share torch's threads.
    """

    def __init__(self, most_waiting: int, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._most_waiting = most_waiting
        self._now = now
        self._jobs: dict[str, _Job] = {}
        self._lock = RLock()
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="api-run")

    def start(self, owner: str, kind: str, dataset: str, work: Work) -> Run:
        """Put work in the queue; JobError where too many wait already."""
        run = Run(secrets.token_hex(8), kind, dataset, owner, RunStatus.QUEUED, self._now())
        with self._lock:
            self._make_room()
            job = self._jobs[run.id] = _Job(run)
            job.future = self._worker.submit(self._work, run.id, work)
        job.future.add_done_callback(lambda future: self._finish(run.id, future))
        return job.run

    def list(self, owner: str | None) -> tuple[Run, ...]:
        """Runs, the newest first."""
        with self._lock:
            runs = [job.run for job in self._jobs.values() if owner in (None, job.run.owner)]
        return tuple(reversed(runs))

    def get(self, run_id: str, owner: str | None) -> Run:
        """One run; NotFoundError where there is none that this owner may see."""
        return self._find(run_id, owner).run

    def cancel(self, run_id: str, owner: str | None) -> Run:
        """Ask a run to end at its next step; harmless where it is over."""
        job = self._find(run_id, owner)
        job.stop.set()
        if job.future is not None:
            job.future.cancel()
        return job.run

    def close(self) -> None:
        """Cancel everything, because the process ends."""
        for run in self.list(owner=None):
            self.cancel(run.id, owner=None)
        self._worker.shutdown(wait=False, cancel_futures=True)

    def _find(self, run_id: str, owner: str | None) -> _Job:
        with self._lock:
            job = self._jobs.get(run_id)
        if job is None or owner not in (None, job.run.owner):
            raise NotFoundError(f'There is no run "{run_id}".', "list yours with GET /runs.")
        return job

    def _make_room(self) -> None:
        runs = [job.run for job in self._jobs.values()]
        if sum(run.status is RunStatus.QUEUED for run in runs) >= self._most_waiting:
            raise JobError(
                f"{self._most_waiting} runs are waiting already; this one was not started.",
                "wait for some of them to end, or cancel some of yours.",
            )
        over = [run.id for run in runs if run.status.is_final]
        for run_id in over[: max(0, len(over) - MOST_KEPT + 1)]:
            del self._jobs[run_id]

    def _work(self, run_id: str, work: Work) -> Mapping[str, Any]:
        self._change(run_id, status=RunStatus.RUNNING, started_at=self._now())
        stop = self._jobs[run_id].stop

        def report(progress: Progress) -> Signal | None:
            self._change(run_id, progress=progress, share=compute_share(progress))
            if stop.is_set():
                raise JobCancelled(
                    "The run was cancelled.",
                    "the same order goes on from where its training last saved its state.",
                )
            return None

        return work(report)

    def _finish(self, run_id: str, future: Future[Mapping[str, Any]]) -> None:
        error = None if future.cancelled() else future.exception()
        if future.cancelled() or isinstance(error, JobCancelled):
            self._change(run_id, status=RunStatus.CANCELLED, ended_at=self._now())
        elif error is not None:
            self._change(run_id, status=RunStatus.FAILED, ended_at=self._now(), error=_tell(error))
        else:
            done = {"result": future.result(), "share": 1.0}
            self._change(run_id, status=RunStatus.DONE, ended_at=self._now(), **done)

    def _change(self, run_id: str, **changes: Any) -> None:
        with self._lock:
            job = self._jobs[run_id]
            job.run = replace(job.run, **changes)


def compute_share(progress: Progress) -> float:
    """How much of a training is done, 0–1."""
    start = _STARTS.get(progress.stage.value, 1.0)
    if progress.stage.value != "train":
        return start
    return start + (1 - start) * progress.epoch / max(progress.epochs, 1)


def _tell(error: BaseException) -> WorkbenchError:
    if isinstance(error, WorkbenchError) and get_status(error) < 500:
        return error
    kind = type(error) if isinstance(error, WorkbenchError) else WorkbenchError
    return kind(
        "The run failed for a reason on the workbench's side.",
        f"ask an administrator to look up reference {log_error(error)} in the server's log.",
    )
