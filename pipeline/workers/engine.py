"""Dask as the engine: a scheduler and workers of our own on loopback, or the cluster that the settings name.

Our own use TLS with credentials that exist only in the memory of these processes; other users of the machine
are refused. Dashboards listen on loopback, on a port that is not published.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import JobError
from pipeline.generation.bulk.cluster import PART, connect, list_workers, load_security
from pipeline.runs.states import RunLane
from pipeline.settings import Settings
from pipeline.workers.dispatcher import Task
from pipeline.workers.performer import perform

if TYPE_CHECKING:
    from distributed import Client, Future, SpecCluster
    from distributed.security import Security

    from pipeline.runs.records import Run

_LOG = logging.getLogger(__name__)
_LOOPBACK = "127.0.0.1"
_PRIVATE_PORT = f"{_LOOPBACK}:0"
_CLOSE_S = 20
_KILL_S = 0.5
_RESTART_S = 10
_LOOK_S = 2.0
_RUN = "run-"
_DIED = "its worker died."


@dataclass(frozen=True)
class _Placed:
    """A task that was given to Dask, for one worker or for whichever has a place first."""

    task: Task
    future: Future
    worker: str | None


class DaskEngine:
    """Gives runs to Dask and collects what has ended; `close` ends what it has started itself."""

    def __init__(
        self,
        client: Client,
        cluster: SpecCluster | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client, self._cluster, self._clock = client, cluster, clock
        self._looked_s = clock()
        self._tasks: dict[str, _Placed] = {}

    @property
    def is_own(self) -> bool:
        """Whether scheduler and workers end with this engine."""
        return self._cluster is not None

    def submit(self, run: Run, ticket: str) -> None:
        """Have a run done on a worker of its lane; JobError where the scheduler is lost."""
        from distributed import fire_and_forget

        self._require_scheduler()
        task = Task(run.id, ticket)
        key, worker = _name_task(task), self._find_free(run.lane)
        future = self._client.submit(
            perform,
            run.id,
            ticket,
            key=key,
            resources={run.lane.value: 1},
            workers=[worker] if worker else None,
            pure=False,
        )
        if not self.is_own:
            # The cluster outlives us, and so does what it has begun.
            fire_and_forget(future)
        self._tasks[key] = _Placed(task, future, worker)

    def collect(self) -> tuple[Task, ...]:
        """The tasks that have ended since the last look; JobError where the scheduler is lost."""
        self._require_scheduler()
        ended = self._collect_stranded()
        for key, placed in list(self._tasks.items()):
            task, future = placed.task, placed.future
            if future.status == "pending":
                continue
            del self._tasks[key]
            # A task that the scheduler has lost may continue on its worker: its heartbeats will show it.
            if future.status in ("finished", "error"):
                trouble = _describe_trouble(future) if future.status == "error" else None
                ended.append(Task(task.run_id, task.ticket, trouble))
        return tuple(ended)

    def list_going(self) -> tuple[Task, ...]:
        """The tasks that wait or are done at the moment."""
        return tuple(placed.task for placed in self._tasks.values())

    def abandon(self, task: Task) -> None:
        """Forget a task whose worker sends no heartbeat, and end that worker where it can be reached."""
        key = _name_task(task)
        placed = self._tasks.pop(key, None)
        if placed is None:
            return
        silent = [address for address, keys in self._client.processing().items() if key in keys]
        # Dask itself would keep the task for a worker that may never come, or never answer.
        self._client.cancel([placed.future], force=True, reason="silent")
        if silent:
            _restart(self._client, silent)

    def close(self) -> None:
        """Let go of the scheduler, and end it and its workers where they are our own; twice is harmless."""
        try:
            if self._cluster is not None:
                # Their runs are given back: nothing is gained by waiting for them.
                self._cluster.sync(_end, tuple(self._cluster.workers.values()), callback_timeout=_CLOSE_S)
            self._client.close(timeout=_CLOSE_S)
            if self._cluster is not None:
                self._cluster.close(timeout=_CLOSE_S)
        except TimeoutError:
            _LOG.warning("Dask does not end in time; what is left of it ends with this process.")

    def _find_free(self, lane: RunLane) -> str | None:
        """The worker of a lane that has no run and the fewest parts; None where all have one.

        Left to itself, Dask goes by the time that it expects tasks to take: a training would wait for hours
        on the worker that a large table occupies.
        """
        with _translated():
            tasks = self._client.processing()
            workers = list_workers(self._client, lane.value)
        # What was submitted a moment ago is not among the tasks of its worker yet.
        taken = {placed.worker for placed in self._tasks.values()}
        free = [
            worker
            for worker in workers
            if worker not in taken and not any(str(key).startswith(_RUN) for key in tasks.get(worker, ()))
        ]
        return min(free, key=lambda worker: len(tasks.get(worker, ())), default=None)

    def _collect_stranded(self) -> list[Task]:
        """The tasks whose worker has left, which no other would take; checked every few seconds."""
        if self._clock() - self._looked_s < _LOOK_S:
            return []
        self._looked_s = self._clock()
        bound = {
            key: one for key, one in self._tasks.items() if one.worker and one.future.status == "pending"
        }
        with _translated():
            there = self._client.processing() if bound else {}
            stranded = {key: one for key, one in bound.items() if one.worker not in there}
            for key, one in stranded.items():
                self._client.cancel([one.future], force=True, reason="stranded")
                del self._tasks[key]
        return [Task(one.task.run_id, one.task.ticket, _DIED) for one in stranded.values()]

    def _require_scheduler(self) -> None:
        if self._client.status != "running":
            raise _lost()


@contextmanager
def _translated() -> Iterator[None]:
    """A scheduler that stops to answer on the way as JobError."""
    try:
        yield
    except (OSError, TimeoutError) as error:
        raise _lost() from error


def _lost() -> JobError:
    return JobError(
        "The connection to the Dask scheduler is lost.", "wait; the workbench retries every few seconds."
    )


def open_engine(settings: Settings) -> DaskEngine:
    """Connect to the configured cluster, or start one; JobError where the scheduler does not answer."""
    if settings.dask.scheduler:
        security = load_security(settings.dask)
        return DaskEngine(connect(settings.dask.scheduler, security))
    return _start_engine(settings)


def _start_engine(settings: Settings) -> DaskEngine:
    import dask
    from distributed import SpecCluster
    from distributed.security import Security

    dask.config.set(
        {
            # A worker that died is a try of its run, which the dispatcher counts: Dask repeats nothing.
            "distributed.scheduler.allowed-failures": 0,
            # Status pages ask for no credentials; here they have nothing to show.
            "distributed.scheduler.http.routes": [],
            "distributed.worker.http.routes": [],
            "distributed.nanny.http.routes": [],
        }
    )
    security = Security.temporary()
    try:
        cluster = SpecCluster(
            scheduler=_describe_scheduler(security),
            workers=_describe_workers(settings, security),
            security=security,
            silence_logs=logging.ERROR,
        )
    except RuntimeError as error:
        # A worker that is killed while it starts takes the others with it.
        raise JobError(f"The workers did not start ({error}).", "wait; the workbench tries again.") from error
    return DaskEngine(connect(cluster, security), cluster)


def _describe_scheduler(security: Security) -> dict[str, Any]:
    from distributed import Scheduler

    options = {
        "protocol": "tls://",
        "host": _LOOPBACK,
        "port": 0,
        "security": security,
        "dashboard_address": _PRIVATE_PORT,
        "dashboard": False,
    }
    return {"cls": Scheduler, "options": options}


def _describe_workers(settings: Settings, security: Security) -> dict[str, Any]:
    from distributed import Nanny

    options = {
        "protocol": "tls://",
        "host": _LOOPBACK,
        "security": security,
        "dashboard_address": _PRIVATE_PORT,
        "memory_limit": 0,
        "local_directory": str(make_scratch(settings)),
        "silence_logs": logging.ERROR,
    }
    runs = settings.runs
    counts = {
        RunLane.LONG: max(settings.dask.workers, runs.long_at_once),
        RunLane.SHORT: runs.short_at_once,
    }
    return {
        f"{lane.value}-{number}": {"cls": Nanny, "options": {**options, **describe_lane(lane)}}
        for lane, count in counts.items()
        for number in range(count)
    }


def describe_lane(lane: RunLane) -> dict[str, Any]:
    """Threads and resources of a worker of a lane: one run, and a part of a large table beside a long one."""
    if lane is RunLane.LONG:
        return {"nthreads": 2, "resources": {lane.value: 1, PART: 1}}
    return {"nthreads": 1, "resources": {lane.value: 1}}


def make_scratch(settings: Settings) -> Path:
    """A folder of the state folder for what Dask keeps on disk while it works."""
    folder = settings.state_folder / "dask"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _name_task(task: Task) -> str:
    """With the ticket: a run that comes again must not meet what became of its last task."""
    return f"{_RUN}{task.run_id}-{task.ticket}"


def _restart(client: Client, addresses: list[str]) -> None:
    """Have the processes of workers that hang ended and started again by those who watch them."""
    try:
        client.restart_workers(addresses, timeout=_RESTART_S, raise_for_error=False)
    # ValueError: they are not watched. KeyError: they have ended meanwhile.
    except (OSError, TimeoutError, ValueError, KeyError):
        _LOG.warning("An unresponsive worker could not be restarted.", exc_info=True)


async def _end(nannies: tuple[Any, ...]) -> None:
    await asyncio.gather(*(nanny.close(timeout=_KILL_S) for nanny in nannies), return_exceptions=True)


def _describe_trouble(future: Future) -> str:
    from distributed.scheduler import KilledWorker

    error = future.exception()
    if isinstance(error, KilledWorker):
        return _DIED
    if isinstance(error, RuntimeError) and "deserialization of the task graph" in str(error):
        return (
            "the Dask scheduler cannot load the package `pipeline`; start it with the same release in the "
            "project folder, as docs/operations.md says."
        )
    _LOG.error("A task ended in an error.", exc_info=error)
    return f"its task failed ({type(error).__name__})."
