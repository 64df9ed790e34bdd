"""A machine that joins the configured cluster: `python -m pipeline worker`."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from typing import TYPE_CHECKING

from pipeline.errors import ConfigError
from pipeline.generation.bulk.cluster import load_security
from pipeline.runs.states import RunLane
from pipeline.settings import Settings
from pipeline.store.database import open_database
from pipeline.workers.engine import describe_lane, make_scratch

if TYPE_CHECKING:
    from distributed import Nanny

_PAUSE_S = 5.0
_CONNECT_S = 30


def serve(settings: Settings, long: int, short: int) -> None:
    """Do runs for the cluster until interrupted or terminated; joins again when its scheduler comes back.

    Raises ConfigError where no scheduler is configured, StoreError where the database cannot be opened.
    """
    if not settings.dask.scheduler:
        raise ConfigError(
            "dask.scheduler names no scheduler.",
            "set it in config.yaml or as WORKBENCH_DASK__SCHEDULER; without one the app has its own workers.",
        )
    if long + short == 0:
        raise ConfigError("This worker has no capacity.", "set --long or --short to 1 or more.")
    os.environ.setdefault("DASK_LOGGING__DISTRIBUTED", "error")
    # What is missing in the environment shows now, and not in every run.
    open_database(settings).close()
    lanes = [RunLane.LONG] * long + [RunLane.SHORT] * short
    asyncio.run(_serve(settings, lanes))


async def _serve(settings: Settings, lanes: list[RunLane]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    while not stop.is_set():
        nannies = [_create_nanny(settings, lane) for lane in lanes]
        try:
            await asyncio.gather(*nannies)
            print(f"Working for {settings.dask.scheduler}.", file=sys.stderr, flush=True)
            await _wait_for_any(stop, nannies)
        except (OSError, TimeoutError) as error:
            logging.getLogger(__name__).warning("The scheduler does not answer: %s", error)
        finally:
            await asyncio.gather(*(nanny.close(timeout=5) for nanny in nannies), return_exceptions=True)
        await _pause(stop)


async def _wait_for_any(stop: asyncio.Event, nannies: list[Nanny]) -> None:
    """Wait for a request to stop, or until a nanny gives up because its scheduler has gone."""
    waiting = [asyncio.create_task(stop.wait())]
    waiting += [asyncio.create_task(nanny.finished()) for nanny in nannies]
    _, pending = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()


async def _pause(stop: asyncio.Event) -> None:
    try:
        await asyncio.wait_for(stop.wait(), _PAUSE_S)
    except TimeoutError:
        return


def _create_nanny(settings: Settings, lane: RunLane) -> Nanny:
    from distributed import Nanny

    return Nanny(
        settings.dask.scheduler,
        security=load_security(settings.dask),
        memory_limit=0,
        dashboard_address="127.0.0.1:0",
        local_directory=str(make_scratch(settings)),
        death_timeout=_CONNECT_S,
        **describe_lane(lane),
    )
