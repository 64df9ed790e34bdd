"""Tasks of Dask: what is let go of, and what is told of one that failed."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from pipeline.jobs.dispatcher import Task
from pipeline.jobs.engine import DaskEngine
from pipeline.store.run_states import RunLane


class Client:
    """A client of a cluster on which one worker has whatever was submitted, or nobody has."""

    status = "running"

    def __init__(self, has_worker=True, is_watched=True):
        self.keys, self.cancelled, self.restarted = [], [], []
        self._has_worker, self._is_watched = has_worker, is_watched
        self.future = SimpleNamespace(status="pending")

    def submit(self, *_, key, **__):
        self.keys.append(key)
        return self.future

    def processing(self):
        return (
            {"tls://127.0.0.1:9001": tuple(self.keys), "tls://127.0.0.1:9002": ()} if self._has_worker else {}
        )

    def cancel(self, futures, force, reason):
        assert (futures, force) == ([self.future], True)
        self.cancelled.append(reason)

    def restart_workers(self, addresses, **_):
        if not self._is_watched:
            raise ValueError("Restarting workers requires a nanny to be used.")
        self.restarted += addresses


RUN = SimpleNamespace(id="r1", lane=RunLane.LONG)
TASK = Task("r1", "t1")


def submit(client):
    engine = DaskEngine(client, cluster=SimpleNamespace())
    engine.submit(RUN, "t1")
    return engine


def test_a_silent_task_is_let_go_of_and_its_worker_started_again():
    client = Client()
    engine = submit(client)
    for _ in range(2):
        engine.abandon(TASK)
    assert engine.list_going() == ()
    assert (client.cancelled, client.restarted) == (["silent"], ["tls://127.0.0.1:9001"])


def test_a_task_that_waits_for_a_worker_that_left_is_let_go_of():
    client = Client(has_worker=False)
    engine = submit(client)
    engine.abandon(TASK)
    assert (engine.list_going(), client.cancelled, client.restarted) == ((), ["silent"], [])


def test_a_worker_that_nobody_watches_is_named_in_the_log(caplog):
    engine = submit(Client(is_watched=False))
    engine.abandon(TASK)
    assert "could not be restarted" in caplog.text
    assert engine.list_going() == ()


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        (
            RuntimeError("Error during deserialization of the task graph. This frequently\noccurs if"),
            "the Dask scheduler cannot load the package `pipeline`",
        ),
        (RuntimeError("/srv/secret"), "its task failed (RuntimeError)."),
    ],
)
def test_a_task_that_failed_says_what_can_be_mended(error, trouble):
    client = Client()
    engine = submit(client)
    client.future = None
    (_, future) = engine._tasks["r1-t1"]
    future.status, future.exception = "error", lambda: error
    (ended,) = engine.collect()
    assert ended.trouble.startswith(trouble)
