"""Tasks of Dask: what is let go of, and what is told of one that failed."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from distributed.comm import CommClosedError

from pipeline.errors import JobError
from pipeline.runs.states import RunLane
from pipeline.settings import Settings
from pipeline.workers.dispatcher import Task
from pipeline.workers.engine import DaskEngine, open_engine

FIRST, SECOND = "tls://127.0.0.1:9001", "tls://127.0.0.1:9002"


class Client:
    """A client of a cluster of two workers for long runs, or of none."""

    status = "running"

    def __init__(self, has_worker=True, is_watched=True):
        self.cancelled, self.restarted, self.asked = [], [], []
        self.tasks = {FIRST: [], SECOND: []} if has_worker else {}
        self._is_watched = is_watched

    def submit(self, *_, key, workers, resources, **__):
        self.asked.append((workers, resources))
        if workers:
            self.tasks[workers[0]].append(key)
        return SimpleNamespace(status="pending")

    def processing(self):
        return {worker: tuple(keys) for worker, keys in self.tasks.items()}

    def scheduler_info(self):
        return {"workers": {worker: {"resources": {"long": 1.0}} for worker in self.tasks}}

    def cancel(self, futures, force, reason):
        assert (len(futures), force) == (1, True)
        self.cancelled.append(reason)

    def restart_workers(self, addresses, **_):
        if not self._is_watched:
            raise ValueError("Restarting workers requires a nanny to be used.")
        self.restarted += addresses


RUN = SimpleNamespace(id="r1", lane=RunLane.LONG)
TASK = Task("r1", "t1")


def submit(client, clock=(0.0,)):
    engine = DaskEngine(client, SimpleNamespace(), lambda: clock[0])
    engine.submit(RUN, "t1")
    return engine


def test_a_silent_task_is_let_go_of_and_its_worker_started_again():
    client = Client()
    engine = submit(client)
    for _ in range(2):
        engine.abandon(TASK)
    assert engine.list_going() == ()
    assert (client.cancelled, client.restarted) == (["silent"], [FIRST])


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
    future = engine._tasks["run-r1-t1"].future
    future.status, future.exception = "error", lambda: error
    (ended,) = engine.collect()
    assert ended.trouble.startswith(trouble)


def test_a_run_goes_to_a_worker_without_one_however_many_parts_that_has():
    client = Client()
    client.tasks = {FIRST: ["run-r0-t0"], SECOND: ["bulk-1-0", "bulk-1-1"]}
    submit(client)
    assert client.asked == [([SECOND], {"long": 1})]


def test_runs_given_out_together_go_to_workers_of_their_own_and_the_next_one_to_the_first_free_worker():
    client = Client()
    client.processing = lambda: {FIRST: (), SECOND: ()}
    engine = submit(client)
    for ticket in ("t2", "t3"):
        engine.submit(RUN, ticket)
    assert [workers for workers, _ in client.asked] == [[FIRST], [SECOND], None]


def test_a_run_whose_worker_has_left_is_lost_at_once_and_not_kept_for_that_worker():
    client, clock = Client(), [0.0]
    engine = submit(client, clock)
    del client.tasks[FIRST]
    assert engine.collect() == ()
    clock[0] = 10.0
    (lost,) = engine.collect()
    assert (lost.run_id, lost.trouble, client.cancelled) == ("r1", "its worker died.", ["stranded"])
    assert engine.list_going() == engine.collect() == ()


def test_a_scheduler_that_is_lost_on_the_way_is_told_as_one():
    client, clock = Client(), [0.0]
    engine = submit(client, clock)

    def lose():
        raise CommClosedError("in <TLS>: Stream is closed")

    client.processing, clock[0] = lose, 10.0
    with pytest.raises(JobError, match="connection to the Dask scheduler is lost"):
        engine.collect()
    with pytest.raises(JobError, match="connection to the Dask scheduler is lost"):
        engine.submit(RUN, "t2")
    assert engine.list_going() == (TASK,)


def test_workers_that_are_killed_while_they_start_are_tried_again(monkeypatch, tmp_path):
    def fail(**_):
        raise RuntimeError("Nanny failed to start.")

    monkeypatch.setattr("distributed.SpecCluster", fail)
    with pytest.raises(JobError, match=r"did not start \(Nanny failed to start"):
        open_engine(Settings(home=tmp_path))
