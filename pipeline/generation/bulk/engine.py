"""Who makes the parts: this process, or the workers of a Dask cluster, a few parts at a time."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from queue import Empty, Queue
from typing import TYPE_CHECKING, Any

from pipeline.errors import ClusterLost
from pipeline.generation.bulk.cluster import connect, find_part_resources, load_security
from pipeline.generation.bulk.folder import Folder
from pipeline.generation.bulk.manifest import PartRecord
from pipeline.generation.bulk.part import MadePart, make_part, make_part_anywhere
from pipeline.generation.bulk.part_context import PartContext
from pipeline.generation.bulk.plan import Job, plan_parts
from pipeline.generation.bulk.watch import TableWatch
from pipeline.progress import OnProgress, RowProgress, Stage, tell

if TYPE_CHECKING:
    from distributed import Client, Future

    from pipeline.generation.bulk.orders import BulkPlan
    from pipeline.generation.orders import BulkOrder
    from pipeline.settings import Settings

_IN_FLIGHT = 2
"""Parts queued for each worker thread: one that it makes and one that waits, of any number in all."""

_TICK_S = 0.5
_WAIT_FOR_WORKERS_S = 60


@dataclass
class _Tally:
    """The parts so far, and how long they took."""

    job: Job
    on_progress: OnProgress | None
    watch: TableWatch | None
    started: float = field(default_factory=time.perf_counter)
    records: list[PartRecord] = field(default_factory=list)
    rows: int = 0
    new_rows: int = 0

    def is_noted(self, index: int) -> bool:
        return self.watch is not None and self.watch.is_noted(index)

    def add(self, made: MadePart) -> None:
        # The callback may end the job, so what was written is recorded before it is called.
        if self.watch is not None:
            self.watch.note(made)
        record = made.record
        self.records.append(record)
        self.rows += record.rows
        self.new_rows += record.rows if record.is_new else 0
        self.report()

    def report(self) -> None:
        """Report how far the table is; JobCancelled where the answer is STOP."""
        seconds = time.perf_counter() - self.started
        progress = RowProgress(
            Stage.SAMPLE,
            seconds=round(seconds, 3),
            rows=self.rows,
            total_rows=self.job.rows,
            rows_per_second=round(self.new_rows / seconds, 1) if seconds else 0.0,
            parts=len(self.records),
            total_parts=self.job.parts,
        )
        tell(self.on_progress, progress, "complete parts are found again")


def open_client(
    order: BulkOrder, plan: BulkPlan, settings: Settings, client: Client | None
) -> AbstractContextManager[Client | None]:
    """The client that makes the parts: a given one, a cluster, local processes; None is this process."""
    is_spread = _is_reached(plan.folder, settings)
    if client is not None:
        return nullcontext(client if is_spread else None)
    if order.scheduler is not None and is_spread:
        return connect(order.scheduler, load_security(settings.dask, order.scheduler))
    if order.workers == 1:
        return nullcontext()
    return local_cluster(min(order.workers, plan.job.parts), settings.state_folder)


def _is_reached(folder: Folder, settings: Settings) -> bool:
    """Whether the workers of a cluster write to the same folder as this process, as far as is known."""
    # A configured store means that the machines have separate disks.
    return folder.local_path is None or not settings.store.url


def make_parts(
    client: Client | None,
    context: PartContext,
    job: Job,
    folder: Folder,
    on_progress: OnProgress | None,
    watch: TableWatch,
) -> list[PartRecord]:
    """Make every part on the workers of `client`, in this process where there is none."""
    if client is None:
        return run_here(context, job, folder, on_progress, watch)
    return run_on(client, job, folder, on_progress, watch)


def run_here(
    context: PartContext,
    job: Job,
    folder: Folder,
    on_progress: OnProgress | None = None,
    watch: TableWatch | None = None,
) -> list[PartRecord]:
    """Make every part in this process, one after another; `watch` notes what each one repeats."""
    tally = _Tally(job, on_progress, watch)
    tally.report()
    for part in plan_parts(job):
        tally.add(make_part(context, job, part, folder, tally.is_noted(part.index)))
    return tally.records


def run_on(
    client: Client,
    job: Job,
    folder: Folder,
    on_progress: OnProgress | None = None,
    watch: TableWatch | None = None,
) -> list[PartRecord]:
    """Make every part on a cluster's workers; a part whose worker dies is made by another.

    `watch` notes here what each part repeats: workers need no database for it. Raises ClusterLost where
    the cluster is lost or no worker survives a part. Parts that are complete stay.
    """
    tally = _Tally(job, on_progress, watch)
    tally.report()
    with _translated():
        client.wait_for_workers(1, timeout=_WAIT_FOR_WORKERS_S)
        _submit_all(client, job, folder, tally)
    return sorted(tally.records, key=lambda record: record.index)


def _submit_all(client: Client, job: Job, folder: Folder, tally: _Tally) -> None:
    tasks, running, finished = _tasks(client, job, folder, tally), set[Any](), Queue[Any]()
    try:
        while True:
            limit = _IN_FLIGHT * max(1, sum(client.nthreads().values()))
            for future in islice(tasks, max(0, limit - len(running))):
                running.add(future)
                future.add_done_callback(finished.put)
            if not running:
                return
            future = _next(finished, tally, client)
            if future is not None:
                running.discard(future)
                tally.add(future.result())
    finally:
        client.cancel(list(running))


def _next(finished: Queue[Any], tally: _Tally, client: Client) -> Any:
    """A part that has ended, None where none has for a while."""
    try:
        return finished.get(timeout=_TICK_S)
    except Empty:
        if client.status == "closed":
            raise ConnectionError("the scheduler is gone") from None
        tally.report()
        return None


def _tasks(client: Client, job: Job, folder: Folder, tally: _Tally) -> Iterator[Future]:
    values, resources = job.as_dict(), find_part_resources(client)
    # Of this call alone: a job that comes again must not meet what became of its earlier tasks.
    prefix = f"bulk-{job.id}-{secrets.token_hex(4)}"
    for part in plan_parts(job):
        yield client.submit(
            make_part_anywhere,
            values,
            part.as_dict(),
            folder.address,
            tally.is_noted(part.index),
            key=f"{prefix}-{part.index}",
            resources=resources or None,
            # A run that waits on the same worker goes first.
            priority=-1,
            pure=False,
        )


@contextmanager
def local_cluster(workers: int, home: Path) -> Iterator[Client]:
    """Processes of this machine, one thread each, not reachable from other machines and closed afterwards."""
    from distributed import Client, LocalCluster

    environment: Mapping[str, str] = {"WORKBENCH_HOME": str(home)}
    with (
        LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            # Dask's own choice, 8787, may be taken.
            dashboard_address="127.0.0.1:0",
            worker_dashboard_address="127.0.0.1:0",
            security=True,
            env=environment,
        ) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        yield client


@contextmanager
def _translated() -> Iterator[None]:
    """Failures of the cluster as JobError; errors of parts pass as they are."""
    from distributed import CancelledError, KilledWorker
    from distributed.comm import CommClosedError

    try:
        yield
    except KilledWorker as error:
        raise ClusterLost(
            "Workers died repeatedly while making one part.",
            "check their log, memory first; complete parts are reused.",
        ) from error
    except (CancelledError, CommClosedError, OSError, TimeoutError) as error:
        raise ClusterLost(
            f"The cluster was lost: {error or type(error).__name__}.",
            "check the scheduler and its workers, and repeat the request: complete parts are reused.",
        ) from error
