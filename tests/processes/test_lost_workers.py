"""Runs outlive the processes that do them, and end with the model of an undisturbed run."""

from __future__ import annotations

import json
import shutil
import sqlite3
import threading
from pathlib import Path

import numpy as np
import psutil
import pytest

from pipeline.run_orders import RunOrder
from pipeline.store.run_states import RunKind, RunLane, RunStatus
from tests.processes.conftest import JobServerProcess, open_workbench, order_training, wait_for

EPOCHS = 10
SEED = 5


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory) -> Path:
    """The folder of the model that the same recipe gives in one piece, in this very process."""
    home = tmp_path_factory.mktemp("undisturbed")
    workbench = open_workbench(home)
    recipe = workbench.default_recipe(epochs=EPOCHS, seed=SEED, use_hma=False)
    return home / "models" / workbench.train("employee", recipe).model


def is_done(run):
    return run.status is RunStatus.DONE


def is_training(run):
    return run.status is RunStatus.RUNNING and run.epoch >= 3


def assert_same_model(home, run, undisturbed):
    assert run.model == undisturbed.name
    folder = home / "models" / run.model
    with np.load(folder / "arrays.npz") as found, np.load(undisturbed / "arrays.npz") as expected:
        assert found.files == expected.files
        assert all(np.array_equal(found[name], expected[name]) for name in found.files)
    values = [json.loads((one / "synthesizer.json").read_text()) for one in (folder, undisturbed)]
    assert values[0] == values[1]


def test_a_run_whose_worker_is_killed_goes_on_elsewhere_to_the_same_model(
    server, workbench, shared_home, undisturbed
):
    run = wait_for(workbench, order_training(workbench, EPOCHS, SEED), is_training)
    server.find_busy_worker().kill()
    done = wait_for(workbench, run, is_done)
    assert done.attempt == 2
    assert [epoch.epoch for epoch in workbench.list_epochs(run.id)] == list(range(1, EPOCHS + 1))
    assert_same_model(shared_home, done, undisturbed)
    assert list((shared_home / "checkpoints").glob("*.npz")) == []


def test_a_table_does_not_wait_behind_a_training_which_cancelling_ends_with_its_best_state(server, workbench):
    small = workbench.default_recipe(synthesizer="autoregressive", epochs=1, use_hma=False)
    wait_for(workbench, workbench.submit(RunOrder(RunKind.TRAIN, "employee", small)), is_done)
    training = wait_for(workbench, order_training(workbench, 5_000, SEED + 1), is_training)
    table = workbench.submit(RunOrder(RunKind.GENERATE, "employee", small, rows=1_000, seed=7))
    assert table.lane is RunLane.SHORT
    made = wait_for(workbench, table, is_done)
    assert made.peak_memory_mb > 100
    assert workbench.get_run(training.id).status is RunStatus.RUNNING
    workbench.cancel_run(training.id)
    reached = workbench.get_run(training.id).epoch
    ended = wait_for(workbench, training, lambda run: run.status.is_final)
    assert ended.status is RunStatus.CANCELLED
    assert ended.epoch <= reached + 2
    stopped = workbench.get_model(ended.model)
    assert (stopped.was_stopped, stopped.epochs_trained) == (True, ended.epoch)
    generation = workbench.open_run(table.id)
    again = workbench.open_run(table.id)
    assert workbench.export(generation, "csv").sha256 == workbench.export(again, "csv").sha256
    assert generation.evaluation.quality.score == made.quality


def test_a_cancelled_training_is_resumed_to_the_same_model(tmp_path, undisturbed):
    workbench = open_workbench(tmp_path)
    run = order_training(workbench, EPOCHS, SEED)
    server = JobServerProcess(tmp_path)
    try:
        wait_for(workbench, run, is_training)
        workbench.cancel_run(run.id)
        wait_for(workbench, run, lambda one: one.status is RunStatus.CANCELLED)
        server.process.kill()
        server.process.wait()
        assert workbench.resume_run(run.id).status is RunStatus.QUEUED
        server = JobServerProcess(tmp_path)
        done = wait_for(workbench, run, is_done)
        assert_same_model(tmp_path, done, undisturbed)
        assert workbench.list_epochs(run.id)[-1].epoch == EPOCHS
    finally:
        server.stop()


def test_runs_of_a_killed_server_are_found_again_and_its_workers_do_not_outlive_it(tmp_path, undisturbed):
    workbench = open_workbench(tmp_path)
    server = JobServerProcess(tmp_path)
    run = wait_for(workbench, order_training(workbench, EPOCHS, SEED), is_training)
    workers = server.list_workers()
    server.process.kill()
    server.process.wait()
    assert psutil.wait_procs(workers, timeout=30)[1] == []
    assert workbench.get_run(run.id).status is RunStatus.RUNNING
    server = JobServerProcess(tmp_path)
    try:
        done = wait_for(workbench, run, is_done)
    finally:
        server.stop()
    assert done.attempt == 2
    assert_same_model(tmp_path, done, undisturbed)


def test_a_server_that_is_stopped_gives_its_runs_back_and_a_locked_database_only_delays_it(tmp_path):
    workbench = open_workbench(tmp_path)
    server = JobServerProcess(tmp_path)
    run = wait_for(workbench, order_training(workbench, 5_000, SEED), is_training)
    with _locked(tmp_path / "workbench.db", seconds=3):
        reached = workbench.get_run(run.id).epoch
    going = wait_for(workbench, run, lambda one: one.epoch > reached)
    assert (going.attempt, going.status) == (1, RunStatus.RUNNING)
    assert server.stop() == 0
    waiting = workbench.get_run(run.id)
    assert (waiting.status, waiting.position) == (RunStatus.QUEUED, 1)
    shutil.rmtree(tmp_path / "dask", ignore_errors=True)


class _locked:
    """Nobody else writes to an SQLite file for some seconds; the block begins as soon as it is locked."""

    def __init__(self, file: Path, seconds: float) -> None:
        self._connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        self._timer = threading.Timer(seconds, self._connection.close)

    def __enter__(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        self._timer.join()
