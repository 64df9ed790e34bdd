"""Tasks of a job on the workers of a Dask cluster, a few at a time, and the way to these workers."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from itertools import islice
from pathlib import Path
from queue import Empty, Queue
from typing import TYPE_CHECKING, Any

from pipeline.errors import ClusterLost
from pipeline.generation.bulk.cluster import connect, find_part_resources, load_security

if TYPE_CHECKING:
    from distributed import Client, Future

    from pipeline.settings import Settings

    PartTask = tuple[int, Callable[..., Any], tuple[Any, ...]]
    Take = Callable[[int, Any], None]

_IN_FLIGHT = 2
"""Parts queued for each worker thread: one that it makes and one that waits, of any number in all."""

_TICK_S = 0.5
_WAIT_FOR_WORKERS_S = 60


def open_client(
    workers: int, scheduler: str | None, settings: Settings, client: Client | None, is_reached: bool
) -> AbstractContextManager[Client | None]:
    """The client that makes the parts: a given one, a cluster, local processes; None is this process.

    `is_reached` says whether the workers of a cluster find the same folders as this process.
    """
    if client is not None:
        return nullcontext(client if is_reached else None)
    if scheduler is not None and is_reached:
        return connect(scheduler, load_security(settings.dask, scheduler))
    if workers == 1:
        return nullcontext()
    return local_cluster(workers, settings.state_folder)


def spread(
    client: Client, name: str, tasks: Iterator[PartTask], take: Take, report: Callable[[], None]
) -> None:
    """Have a cluster's workers do tasks; each result goes to `take` with the task's number as it comes.

    `report` is called about twice a second meanwhile; what either raises ends the job. A task whose worker
    dies is done by another. Raises ClusterLost where the cluster is lost or no worker survives a task.
    """
    with _translated():
        client.wait_for_workers(1, timeout=_WAIT_FOR_WORKERS_S)
        _submit_all(client, _submit(client, name, tasks), take, report)


def _submit_all(
    client: Client, tasks: Iterator[tuple[int, Future]], take: Take, report: Callable[[], None]
) -> None:
    running, finished = dict[Any, int](), Queue[Any]()
    try:
        while True:
            limit = _IN_FLIGHT * max(1, sum(client.nthreads().values()))
            for number, future in islice(tasks, max(0, limit - len(running))):
                running[future] = number
                future.add_done_callback(finished.put)
            if not running:
                return
            future = _next(finished, client)
            if future is None:
                report()
            else:
                take(running.pop(future), future.result())
    finally:
        client.cancel(list(running))


def _next(finished: Queue[Any], client: Client) -> Any:
    """A task that has ended, None where none has for a while."""
    try:
        return finished.get(timeout=_TICK_S)
    except Empty:
        if client.status == "closed":
            raise ConnectionError("the scheduler is gone") from None
        return None


def _submit(client: Client, name: str, tasks: Iterator[PartTask]) -> Iterator[tuple[int, Future]]:
    resources = find_part_resources(client)
    # Of this call alone: a job that comes again must not meet what became of its earlier tasks.
    prefix = f"bulk-{name}-{secrets.token_hex(4)}"
    for number, function, arguments in tasks:
        future = client.submit(
            function,
            *arguments,
            key=f"{prefix}-{number}",
            resources=resources or None,
            # A run that waits on the same worker goes first.
            priority=-1,
            pure=False,
        )
        yield number, future


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
