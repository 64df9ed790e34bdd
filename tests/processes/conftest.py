"""A real job server with its own workers, on a fresh state folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest

from pipeline.runs.orders import TrainOrder
from pipeline.runs.records import Run
from pipeline.runs.states import RunKind, RunStatus
from pipeline.settings import RunLimits, Settings
from pipeline.workbench.workbench import Workbench

ROOT = Path(__file__).resolve().parents[2]
# A worker that is silent for three times as long has lost its run: a busy machine may hold one up.
HEARTBEAT_S = 5.0
PATIENCE_S = 600
TRIES = 5


class JobServerProcess:
    """`python -m pipeline.workers.server` for a state folder, and what it has started."""

    def __init__(self, home: Path, **environment: str) -> None:
        self._log = home / "server.log"
        home.mkdir(parents=True, exist_ok=True)
        known = {
            "WORKBENCH_HOME": str(home),
            "WORKBENCH_RUNS__HEARTBEAT_S": str(HEARTBEAT_S),
            "OMP_NUM_THREADS": "1",
            "WORKBENCH_RUNS__NICE": "0",
        }
        with self._log.open("a") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "pipeline.workers.server"],
                cwd=ROOT,
                env={**os.environ, **known, **environment},
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
            )

    def list_workers(self) -> list[psutil.Process]:
        """The processes that do runs."""
        children = psutil.Process(self.process.pid).children(recursive=True)
        return [child for child in children if any("spawn_main" in part for part in child.cmdline())]

    def find_busy_worker(self) -> psutil.Process:
        """The worker that has used most processor time."""
        return max(self.list_workers(), key=lambda worker: sum(worker.cpu_times()[:2]))

    def read_log(self) -> str:
        """What the server and its workers have printed."""
        return self._log.read_text(encoding="utf-8")

    def kill(self) -> None:
        """End the server without a warning."""
        self.process.kill()
        self.process.wait()
        if self.process.stdin:
            self.process.stdin.close()

    def stop(self) -> int:
        """End the server as the end of the app would."""
        if self.process.stdin and not self.process.stdin.closed:
            self.process.stdin.close()
        return self.process.wait(timeout=PATIENCE_S)


def open_workbench(home: Path) -> Workbench:
    """A workbench beside a job server."""
    return Workbench(Settings(home=home, runs=RunLimits(heartbeat_s=HEARTBEAT_S)))


def order_training(workbench: Workbench, epochs: int, seed: int) -> Run:
    """Order a training of small steps."""
    recipe = workbench.models.default_recipe(epochs=epochs, seed=seed, use_hma=False)
    return workbench.runs.submit(TrainOrder("employee", recipe))


def wait_for(workbench: Workbench, run: Run, is_reached: Callable[[Run], bool]) -> Run:
    """Follow a run until something is reached; fails where it ends, or patience does, before."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        run = workbench.runs.get(run.id)
        if is_reached(run):
            return run
        if run.status.is_final:
            break
        time.sleep(0.05)
    raise AssertionError(f"not reached: {run}")


def is_taken_over(run: Run) -> bool:
    """Whether a run was begun again, in another process."""
    return run.attempt > 1


def disturb(
    workbench: Workbench,
    order: Callable[[int], Run],
    is_reached: Callable[[Run], bool],
    act: Callable[[Run], None],
    is_disturbed: Callable[[Run], bool] = is_taken_over,
) -> Run:
    """Act on a run on its way; gives it once it is disturbed.

    Where a run ends before that, `order` is asked for another one, with the number of the try.
    """
    for number in range(TRIES):
        run = wait_for(workbench, order(number), lambda one: is_reached(one) or is_done(one))
        if is_reached(run):
            act(run)
        run = wait_for(workbench, run, lambda one: is_done(one) or is_disturbed(one))
        if is_disturbed(run):
            return run
        if run.kind is RunKind.TRAIN:
            # The next try would find it, and train nothing.
            workbench.models.delete(run.model)
    raise AssertionError(f"each of {TRIES} runs ended before it was disturbed")


def learn_undisturbed(home: Path, epochs: int, seed: int) -> Path:
    """The folder of the model that the recipe of `order_training` gives in one piece, in this process."""
    workbench = open_workbench(home)
    recipe = workbench.models.default_recipe(epochs=epochs, seed=seed, use_hma=False)
    return home / "models" / workbench.train("employee", recipe).model


def assert_same_model(home: Path, run: Run, undisturbed: Path) -> None:
    """The model of a run holds the arrays and values of another one."""
    assert run.model == undisturbed.name
    folder = home / "models" / undisturbed.name
    with np.load(folder / "arrays.npz") as found, np.load(undisturbed / "arrays.npz") as expected:
        assert found.files == expected.files
        assert all(np.array_equal(found[name], expected[name]) for name in found.files)
    values = [json.loads((one / "synthesizer.json").read_text()) for one in (folder, undisturbed)]
    assert values[0] == values[1]


def is_done(run: Run) -> bool:
    """Whether a run ended well."""
    return run.status is RunStatus.DONE


def is_cancelled(run: Run) -> bool:
    """Whether a run was ended by a user."""
    return run.status is RunStatus.CANCELLED


def is_training(run: Run) -> bool:
    """Whether a run has some epochs behind it and goes on."""
    return run.status is RunStatus.RUNNING and run.epoch >= 3


@pytest.fixture(scope="session")
def shared_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("shared")


@pytest.fixture(scope="session")
def server(shared_home: Path) -> Iterator[JobServerProcess]:
    """One server for the tests that leave it whole."""
    server = JobServerProcess(shared_home)
    yield server
    assert server.stop() == 0, server.read_log()


@pytest.fixture
def workbench(shared_home: Path) -> Workbench:
    return open_workbench(shared_home)
