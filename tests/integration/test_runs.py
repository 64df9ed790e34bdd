"""Runs that train for real, in this process: what a full disk leaves, and what is opened again."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from pipeline.jobs.performer import perform_with
from pipeline.run_orders import RunOrder
from pipeline.settings import Settings
from pipeline.store import models
from pipeline.store.database import Database, open_database
from pipeline.store.run_claims import LaneLimits, RunClaims
from pipeline.store.run_records import Run
from pipeline.store.run_states import RunKind, RunStatus
from pipeline.workbench import Workbench


@pytest.fixture
def database(tmp_path: Path):
    database = open_database(Settings(home=tmp_path))
    yield database
    database.close()


@pytest.fixture
def workbench(tmp_path: Path, database: Database) -> Workbench:
    return Workbench(Settings(home=tmp_path), database=database)


def do(workbench: Workbench, database: Database, run: Run) -> Run:
    RunClaims(database).take_tickets("t1", run.lane, LaneLimits(9, 9), run.created_at)
    perform_with(workbench, database, run.id, "t1")
    return workbench.get_run(run.id)


def test_a_full_disk_leaves_a_clear_state_and_nothing_half_written(
    workbench, database, tmp_path, monkeypatch
):
    def fill(folder: Path, _model: object) -> None:
        (folder / "arrays.npz").write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    recipe = workbench.default_recipe(synthesizer="autoregressive", epochs=1)
    run = workbench.submit(RunOrder(RunKind.GENERATE, "employee", recipe, rows=1_000, seed=7))
    with monkeypatch.context() as full:
        full.setattr(models, "_write", fill)
        failed = do(workbench, database, run)
    assert failed.status is RunStatus.FAILED
    assert failed.error is not None
    assert failed.error.message == "The disk of the workbench is full; nothing half-written was kept."
    assert list((tmp_path / "models").iterdir()) == []
    workbench.resume_run(run.id)
    done = do(workbench, database, run)
    assert (done.status, done.error, done.attempt) == (RunStatus.DONE, None, 2)
    opened = workbench.open_run(run.id)
    again = workbench.generate(RunOrder.from_plain(done.order).as_request())
    assert opened.table.equals(again.table)
    assert opened.evaluation.quality.score == done.quality == done.result["quality"]


def test_a_large_table_is_made_in_its_folder_and_tells_its_pace(workbench, database):
    recipe = workbench.default_recipe(synthesizer="autoregressive", epochs=1)
    order = RunOrder(RunKind.BULK, "pci", recipe, rows=20_000, format="csv")
    done = do(workbench, database, workbench.submit(order))
    assert (done.status, done.error) == (RunStatus.DONE, None)
    assert done.result["rows"] == 20_000
    assert 0.5 < done.quality < 1.0
    assert done.result["rows_per_second"] > 0
    assert (Path(done.result["out"]) / "manifest.json").is_file()
    assert done.result["out"] == done.order["out"]
