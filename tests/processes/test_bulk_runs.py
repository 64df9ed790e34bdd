"""Large tables as runs: made by the workers that do runs, complete also after a death or a cancel."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from pipeline.errors import JobError
from pipeline.generation.orders import BulkOrder
from pipeline.runs.orders import TrainOrder
from pipeline.runs.records import Run
from pipeline.runs.states import RunLane, RunStatus
from pipeline.workbench.workbench import Workbench
from tests.processes.conftest import (
    JobServerProcess,
    disturb,
    is_cancelled,
    is_done,
    open_workbench,
    wait_for,
)

ROWS, PART_ROWS = 6_000, 150
PARTS = ROWS // PART_ROWS


@pytest.fixture
def order(workbench) -> BulkOrder:
    recipe = workbench.models.default_recipe(synthesizer="autoregressive", epochs=1)
    as_of = date(2026, 1, 31)
    return BulkOrder(
        "employee", ROWS, recipe=recipe, seed=5, as_of=as_of, format="parquet", part_rows=PART_ROWS
    )


def has_parts(run: Run) -> bool:
    """Whether a run has made some of its rows and goes on."""
    return run.status is RunStatus.RUNNING and run.result is not None and run.result.rows >= 5 * PART_ROWS


def order_another(workbench: Workbench, order: BulkOrder, number: int) -> Run:
    """Order a large table that no earlier try has made."""
    return workbench.runs.submit(replace(order, seed=order.seed + number))


def read_parts(folder: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in Path(folder).iterdir() if path.is_file()}


def note_complete_parts(folder: str) -> dict[Path, int]:
    """When each part was written that is remembered as complete."""
    records = Path(folder, "_parts").glob("part-*.json")
    files = [Path(folder, f"{record.stem}.parquet") for record in records]
    return {file: file.stat().st_mtime_ns for file in files}


def assert_untouched(parts: dict[Path, int]) -> None:
    assert parts
    assert {file: file.stat().st_mtime_ns for file in parts} == parts


def test_a_bulk_run_whose_worker_is_killed_ends_with_the_bytes_of_one_process(
    server, workbench, shared_home, order, tmp_path
):
    found = {}

    def kill_worker(run: Run) -> None:
        assert (run.lane, Path(run.order.out).parent) == (RunLane.LONG, shared_home / "exports")
        assert (run.stage, 0 < run.share < 1) == ("sample", True)
        assert run.result.rows_per_second > 0
        worker = server.find_busy_worker()
        worker.kill()
        worker.wait()
        found[run.id] = note_complete_parts(run.order.out)

    run = disturb(workbench, lambda number: order_another(workbench, order, number), has_parts, kill_worker)
    done, folder = wait_for(workbench, run, is_done), run.order.out
    assert_untouched(found[run.id])
    # The next attempt may have begun before the parts were counted.
    assert PARTS - len(found[run.id]) <= done.result.new_parts < PARTS
    alone = workbench.bulk.make(replace(run.order, out=str(tmp_path / "alone")))
    assert read_parts(folder) == read_parts(alone.out)
    assert (done.result.sha256, done.result.out, done.quality) == (alone.sha256, folder, alone.quality)


def test_a_cancelled_bulk_run_keeps_its_parts_and_is_resumed_to_the_whole_table(server, workbench, order):
    run = disturb(
        workbench,
        lambda number: order_another(workbench, order, 100 + number),
        has_parts,
        lambda one: workbench.runs.cancel(one.id),
        is_cancelled,
    )
    found = note_complete_parts(run.order.out)
    assert len(found) < PARTS
    with pytest.raises(JobError, match="has no table"):
        workbench.runs.open(run.id)
    workbench.runs.resume(run.id)
    done = wait_for(workbench, run, is_done)
    assert (done.result.parts, done.result.rows) == (PARTS, ROWS)
    assert done.result.new_parts <= PARTS - len(found)
    assert_untouched(found)


def test_a_training_takes_the_free_place_beside_a_large_table(order, tmp_path):
    workbench, server = open_workbench(tmp_path), JobServerProcess(tmp_path, WORKBENCH_RUNS__LONG_AT_ONCE="2")
    try:
        wait_for(workbench, workbench.runs.submit(TrainOrder("employee", order.recipe)), is_done)
        # More than a busy machine makes while it trains.
        large = workbench.runs.submit(replace(order, rows=2_000_000, part_rows=2_000))
        wait_for(workbench, large, has_parts)
        trained = workbench.runs.submit(TrainOrder("employee", replace(order.recipe, seed=6)))
        wait_for(workbench, trained, is_done)
        assert not workbench.runs.get(large.id).status.is_final
        workbench.runs.cancel(large.id)
        wait_for(workbench, large, is_cancelled)
    finally:
        assert server.stop() == 0, server.read_log()
