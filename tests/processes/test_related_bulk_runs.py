"""Several large tables as runs: made by the workers that do runs, complete also after a death."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from pipeline.generation.orders import RelatedBulkOrder
from pipeline.runs.records import Run
from pipeline.runs.states import RunLane, RunStatus
from tests.processes.conftest import is_done, wait_for
from tests.small_bank import write_small_bank

PARTS = 8


@pytest.fixture
def order(workbench, tmp_path) -> RelatedBulkOrder:
    workbench.related.add("killed_shop", write_small_bank(tmp_path / "in"))
    recipe, as_of = workbench.related_tables.default_recipe(epochs=1), date(2026, 5, 17)
    return RelatedBulkOrder("killed_shop", None, PARTS, recipe, seed=5, as_of=as_of, part_roots=40)


def has_files(run: Run) -> bool:
    """Whether a run has written some of its rows and goes on."""
    return run.status is RunStatus.RUNNING and run.result is not None and run.result.rows > 0


def read_files(folder: str) -> dict[str, str]:
    paths = [path for path in Path(folder).rglob("*") if path.is_file() and path.parent.name != "_parts"]
    return {str(one.relative_to(folder)): hashlib.sha256(one.read_bytes()).hexdigest() for one in paths}


def test_a_run_whose_worker_is_killed_ends_with_the_bytes_of_one_process(
    server, workbench, shared_home, order, tmp_path
):
    # A busy machine may show the first files when all of them are there.
    for seed in range(5, 9):
        ordered = replace(order, seed=seed)
        run = wait_for(workbench, workbench.runs.submit(ordered), has_files)
        assert (run.lane, Path(run.order.out).parent) == (RunLane.LONG, shared_home / "exports")
        worker = server.find_busy_worker()
        worker.kill()
        worker.wait()
        done = wait_for(workbench, run, is_done)
        if done.attempt > 1:
            break
    assert (done.attempt, done.result.parts) == (2, PARTS)
    assert done.result.new_parts < PARTS
    alone = workbench.related_bulk.make(replace(ordered, out=str(tmp_path / "alone")))
    assert read_files(run.order.out) == read_files(alone.out)
    assert (done.result.sha256, done.result.tables) == (alone.sha256, alone.rows)
