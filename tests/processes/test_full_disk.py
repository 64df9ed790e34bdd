"""A disk that takes no more: the run says so, leaves nothing half-written, and goes on once there is room."""

from __future__ import annotations

import resource
from datetime import date
from pathlib import Path

import pytest

from pipeline.generation.orders import BulkOrder
from pipeline.runs.orders import TrainOrder
from pipeline.runs.states import RunStatus
from tests.processes.conftest import JobServerProcess, is_done, wait_for

ROWS = 80_000
# Above what the database's files need, below the one part of the table.
ROOM = 6_000_000


def _limit_files(server: JobServerProcess, size: int) -> None:
    """Have the kernel refuse the workers whatever makes a file longer."""
    if not hasattr(resource, "prlimit"):
        pytest.skip("limits of other processes can be set on Linux only")
    for worker in server.list_workers():
        resource.prlimit(worker.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def test_a_run_that_finds_no_room_fails_by_name_and_is_resumed_once_there_is(
    server: JobServerProcess, workbench, shared_home: Path
):
    recipe = workbench.models.default_recipe(synthesizer="autoregressive", epochs=1, seed=31)
    wait_for(workbench, workbench.runs.submit(TrainOrder("employee", recipe)), is_done)
    order = BulkOrder(
        "employee", ROWS, recipe=recipe, seed=5, as_of=date(2026, 1, 31), format="csv", part_rows=ROWS
    )
    _limit_files(server, ROOM)
    try:
        run = workbench.runs.submit(order)
        failed = wait_for(workbench, run, lambda one: one.status is RunStatus.FAILED)
    finally:
        _limit_files(server, resource.RLIM_INFINITY)
    assert failed.error is not None
    assert "part-00000.csv" in failed.error.message
    assert "File too large" in failed.error.message
    folder = Path(failed.order.out)
    assert [path.name for path in folder.rglob("*") if path.is_file()] == ["request.json"]
    workbench.runs.resume(run.id)
    done = wait_for(workbench, run, is_done)
    assert done.result is not None
    assert done.result.new_parts == 1
    assert (folder / "part-00000.csv").stat().st_size > ROOM
