"""Runs outlive the processes that do them, and end with the model of an undisturbed run."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from pipeline.generation.orders import GenerateOrder
from pipeline.runs.orders import TrainOrder
from pipeline.runs.states import RunLane, RunStatus
from tests.processes.conftest import (
    JobServerProcess,
    assert_same_model,
    is_done,
    is_training,
    learn_undisturbed,
    open_workbench,
    order_training,
    wait_for,
)

# Long enough for what happens to a training to happen before its end, on a busy machine too.
EPOCHS = 60
SEED = 5


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory) -> Path:
    return learn_undisturbed(tmp_path_factory.mktemp("undisturbed"), EPOCHS, SEED)


def test_a_run_whose_worker_is_killed_goes_on_elsewhere_to_the_same_model(
    server, workbench, shared_home, undisturbed
):
    run = wait_for(workbench, order_training(workbench, EPOCHS, SEED), is_training)
    server.find_busy_worker().kill()
    done = wait_for(workbench, run, is_done)
    assert done.attempt == 2
    assert [epoch.epoch for epoch in workbench.runs.list_epochs(run.id)] == list(range(1, EPOCHS + 1))
    assert_same_model(shared_home, done, undisturbed)
    assert list((shared_home / "checkpoints").glob(f"{done.model}*.npz")) == []


def test_a_run_whose_worker_hangs_goes_on_in_a_new_process_of_it(server, workbench, shared_home):
    run = wait_for(workbench, order_training(workbench, EPOCHS, SEED + 4), is_training)
    hung = server.find_busy_worker()
    hung.suspend()
    done = wait_for(workbench, run, is_done)
    assert done.attempt == 2
    assert psutil.wait_procs([hung], timeout=60)[1] == []


def test_a_table_does_not_wait_behind_a_training(server, workbench):
    small = workbench.models.default_recipe(synthesizer="autoregressive", epochs=1, use_hma=False)
    wait_for(workbench, workbench.runs.submit(TrainOrder("employee", small)), is_done)
    training = wait_for(workbench, order_training(workbench, 5_000, SEED + 1), is_training)
    table = workbench.runs.submit(GenerateOrder("employee", 1_000, small, seed=7))
    assert table.lane is RunLane.SHORT
    made = wait_for(workbench, table, is_done)
    assert workbench.runs.get(training.id).status is RunStatus.RUNNING
    workbench.runs.cancel(training.id)
    wait_for(workbench, training, lambda run: run.status is RunStatus.CANCELLED)
    opened = workbench.runs.open(table.id)
    assert opened.evaluation.quality.score == made.quality
    assert made.peak_memory_mb > 100


def test_a_cancelled_training_ends_within_an_epoch_with_a_model_and_is_resumed_to_the_whole_one(
    server, workbench, shared_home, tmp_path
):
    seed = SEED + 2
    run = wait_for(workbench, order_training(workbench, EPOCHS, seed), is_training)
    workbench.runs.cancel(run.id)
    reached = workbench.runs.get(run.id).epoch
    ended = wait_for(workbench, run, lambda one: one.status is RunStatus.CANCELLED)
    # One epoch may have ended between the request and the look.
    assert ended.epoch <= reached + 1
    stopped = workbench.models.get(ended.model)
    assert (stopped.was_stopped, stopped.epochs_trained) == (True, ended.epoch)
    assert workbench.runs.resume(run.id).status is RunStatus.QUEUED
    done = wait_for(workbench, run, is_done)
    assert_same_model(shared_home, done, learn_undisturbed(tmp_path, EPOCHS, seed))


def test_runs_of_a_killed_server_are_found_again_and_those_of_a_stopped_one_given_back(tmp_path, undisturbed):
    workbench = open_workbench(tmp_path)
    first = JobServerProcess(tmp_path)
    run = wait_for(workbench, order_training(workbench, EPOCHS, SEED), is_training)
    workers = first.list_workers()
    first.kill()
    assert psutil.wait_procs(workers, timeout=300)[1] == []
    assert workbench.runs.get(run.id).status is RunStatus.RUNNING
    second = JobServerProcess(tmp_path)
    try:
        done = wait_for(workbench, run, is_done)
        assert done.attempt == 2
        assert_same_model(tmp_path, done, undisturbed)
        run = wait_for(workbench, order_training(workbench, 5_000, SEED), is_training)
        with _locked(tmp_path / "workbench.db", seconds=3):
            reached = workbench.runs.get(run.id).epoch
        going = wait_for(workbench, run, lambda one: one.epoch > reached)
        assert (going.attempt, going.status) == (1, RunStatus.RUNNING)
    finally:
        assert second.stop() == 0, second.read_log()
    given_back = workbench.runs.get(run.id)
    assert (given_back.status, given_back.position) == (RunStatus.QUEUED, 1)


@contextmanager
def _locked(file: Path, seconds: float) -> Iterator[None]:
    """Nobody else writes to an SQLite file for some seconds; the block begins as soon as it is locked."""
    connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    connection.execute("BEGIN IMMEDIATE")
    timer = threading.Timer(seconds, connection.close)
    timer.start()
    yield
    timer.join()
