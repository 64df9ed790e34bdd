"""Runs outlive the processes that do them, and end with the model of an undisturbed run."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from pipeline.evaluation.headline import compute_figure
from pipeline.generation.orders import GenerateOrder
from pipeline.runs.orders import TrainOrder
from pipeline.runs.records import Run
from pipeline.runs.states import RunLane, RunStatus
from tests.processes.conftest import (
    PATIENCE_S,
    JobServerProcess,
    assert_same_model,
    disturb,
    is_cancelled,
    is_done,
    is_training,
    learn_undisturbed,
    open_workbench,
    order_training,
    wait_for,
)

# Long enough for most of what happens to a training to happen before its end.
EPOCHS = 60
SEED = 5


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory) -> Path:
    return learn_undisturbed(tmp_path_factory.mktemp("undisturbed"), EPOCHS, SEED)


def test_a_run_whose_worker_is_killed_goes_on_elsewhere_to_the_same_model(
    server, workbench, shared_home, undisturbed
):
    run = disturb(
        workbench,
        lambda _: order_training(workbench, EPOCHS, SEED),
        is_training,
        lambda _: server.find_busy_worker().kill(),
    )
    done = wait_for(workbench, run, is_done)
    assert [epoch.epoch for epoch in workbench.runs.list_epochs(run.id)] == list(range(1, EPOCHS + 1))
    assert_same_model(shared_home, done, undisturbed)
    assert list((shared_home / "checkpoints").glob(f"{done.model}*.npz")) == []


def test_a_run_whose_worker_hangs_goes_on_in_a_new_process_of_it(server, workbench, shared_home):
    hung = []

    def suspend_worker(_run: Run) -> None:
        hung.append(server.find_busy_worker())
        hung[-1].suspend()

    run = disturb(
        workbench, lambda _: order_training(workbench, EPOCHS, SEED + 4), is_training, suspend_worker
    )
    wait_for(workbench, run, is_done)
    assert psutil.wait_procs(hung, timeout=PATIENCE_S)[1] == []


def test_a_table_does_not_wait_behind_a_training(server, workbench):
    small = workbench.models.default_recipe(synthesizer="autoregressive", epochs=1, use_hma=False)
    wait_for(workbench, workbench.runs.submit(TrainOrder("employee", small)), is_done)
    training = wait_for(workbench, order_training(workbench, 5_000, SEED + 1), is_training)
    table = workbench.runs.submit(GenerateOrder("employee", 1_000, small, seed=7))
    assert table.lane is RunLane.SHORT
    made = wait_for(workbench, table, is_done)
    assert not workbench.runs.get(training.id).status.is_final
    workbench.runs.cancel(training.id)
    wait_for(workbench, training, lambda run: run.status is RunStatus.CANCELLED)
    opened = workbench.runs.open(table.id)
    assert compute_figure(opened.evaluation).score == made.quality
    assert made.peak_memory_mb > 100


def test_a_cancelled_training_ends_within_an_epoch_with_a_model_and_is_resumed_to_the_whole_one(
    server, workbench, shared_home, tmp_path
):
    seed = SEED + 2
    reached = []

    def cancel(run: Run) -> None:
        workbench.runs.cancel(run.id)
        reached.append(workbench.runs.get(run.id).epoch)

    ended = disturb(
        workbench, lambda _: order_training(workbench, EPOCHS, seed), is_training, cancel, is_cancelled
    )
    # One epoch may have ended between the request and the look.
    assert ended.epoch <= reached[-1] + 1
    stopped = workbench.models.get(ended.model)
    assert (stopped.was_stopped, stopped.epochs_trained) == (True, ended.epoch)
    assert workbench.runs.resume(ended.id).status is RunStatus.QUEUED
    done = wait_for(workbench, ended, is_done)
    assert_same_model(shared_home, done, learn_undisturbed(tmp_path, EPOCHS, seed))


def test_runs_of_a_killed_server_are_found_again_and_those_of_a_stopped_one_given_back(tmp_path, undisturbed):
    workbench = open_workbench(tmp_path)
    servers = [JobServerProcess(tmp_path)]

    def replace_server(_run: Run) -> None:
        workers = servers[-1].list_workers()
        servers[-1].kill()
        assert psutil.wait_procs(workers, timeout=PATIENCE_S)[1] == []
        servers.append(JobServerProcess(tmp_path))

    try:
        run = disturb(
            workbench, lambda _: order_training(workbench, EPOCHS, SEED), is_training, replace_server
        )
        done = wait_for(workbench, run, is_done)
        assert_same_model(tmp_path, done, undisturbed)
        run = wait_for(workbench, order_training(workbench, 5_000, SEED), is_training)
        with _locked(tmp_path / "workbench.db", seconds=3):
            reached = workbench.runs.get(run.id).epoch
        going = wait_for(workbench, run, lambda one: one.epoch > reached)
        assert going.error is None
        # A worker that a busy machine has held up gives its run to another attempt, and the log says so.
        assert going.attempt == 1 or "no heartbeat" in servers[-1].read_log()
    finally:
        assert servers[-1].stop() == 0, servers[-1].read_log()
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
