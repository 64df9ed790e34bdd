"""Runs handed to an engine, settled when their tasks end, and taken back when nobody looks after them."""

from __future__ import annotations

import sys
import threading
from datetime import timedelta

import pytest

from pipeline.errors import JobError, StoreError
from pipeline.runs.claims import RunClaims
from pipeline.runs.orders import TrainOrder
from pipeline.runs.records import NewRun
from pipeline.runs.states import RunEvent, RunKind, RunLane, RunStatus
from pipeline.runs.store import RunStore
from pipeline.settings import RunLimits, Settings
from pipeline.store.database import utc_now
from pipeline.workers.dispatcher import Dispatcher, Task
from pipeline.workers.server import JobServer
from pipeline.workers.supervisor import Supervisor

DATABASES = ("sqlite",)
LIMITS = RunLimits(heartbeat_s=0.1, attempts=2)


class NoEngine:
    """Takes tasks and lets the test say how they end."""

    is_own = True

    def __init__(self):
        self.going, self.ended, self.abandoned, self.is_closed = [], [], [], False

    def submit(self, run, ticket):
        self.going.append(Task(run.id, ticket))

    def collect(self):
        ended, self.ended = self.ended, []
        return tuple(ended)

    def list_going(self):
        return tuple(self.going)

    def abandon(self, task):
        self.going.remove(task)
        self.abandoned.append(task)

    def close(self):
        self.is_closed = True

    def end(self, trouble=None):
        task = self.going.pop()
        self.ended.append(Task(task.run_id, task.ticket, trouble))


@pytest.fixture
def engine():
    return NoEngine()


def add(store, lane=RunLane.LONG):
    return store.add([NewRun(RunKind.TRAIN, "staff", "ada", "web", lane, TrainOrder("staff"))], 10, 10)[0]


def test_each_lane_gets_what_it_can_do_at_a_time(database, store, engine):
    long, _waits, short = add(store), add(store), add(store, RunLane.SHORT)
    Dispatcher(database, LIMITS).tick(engine)
    assert [task.run_id for task in engine.going] == [long.id, short.id]


def test_two_dispatchers_hand_out_a_run_once(database, store, engine):
    add(store)
    others = NoEngine()
    for _ in range(2):
        Dispatcher(database, LIMITS).tick(engine)
        Dispatcher(database, LIMITS).tick(others)
    assert (len(engine.going), len(others.going)) == (1, 0)


def test_a_task_that_ended_with_its_run_is_settled(database, store, claims, engine):
    run = add(store)
    dispatcher = Dispatcher(database, LIMITS)
    dispatcher.tick(engine)
    claimed = claims.claim(run.id, engine.going[0].ticket, 2)
    claims.end(run.id, claimed.attempt, RunEvent.FINISH)
    engine.end()
    dispatcher.tick(engine)
    assert (store.get(run.id).status, engine.going) == (RunStatus.DONE, [])


def test_a_run_whose_task_died_is_handed_out_again_and_given_up_after_the_last_try(
    database, store, claims, engine
):
    run = add(store)
    dispatcher = Dispatcher(database, LIMITS)
    for _ in range(2):
        dispatcher.tick(engine)
        assert claims.claim(run.id, engine.going[0].ticket, 2) is not None
        engine.end("its worker died.")
    dispatcher.tick(engine)
    failed = store.get(run.id)
    assert (failed.status, failed.attempt) == (RunStatus.FAILED, 2)
    assert failed.error.message == "The run lost its worker too many times: its worker died."


class Clock:
    """Wall clock and ticking clock of a machine, both moved by the test."""

    def __init__(self):
        self.start, self.passed_s = utc_now(), 0.0

    def now(self):
        return self.start + timedelta(seconds=self.passed_s)

    def ticking(self):
        return self.passed_s


@pytest.fixture
def clocks():
    return Clock()


@pytest.fixture
def dispatcher(database, clocks):
    return Dispatcher(database, LIMITS, clocks.now)


def go_on(dispatcher, engine, clocks, heartbeats):
    """Let time pass with a look of the dispatcher at every heartbeat."""
    for _ in range(heartbeats):
        clocks.passed_s += 1.1 * LIMITS.heartbeat_s
        dispatcher.tick(engine, clocks.ticking)


@pytest.fixture
def silent(database, store, dispatcher, engine, clocks):
    """A run that a worker of ours has begun and does not go on with."""
    run = add(store)
    dispatcher.tick(engine, clocks.ticking)
    RunClaims(database, clocks.now).claim(run.id, engine.going[0].ticket, 2)
    return run


def test_a_run_of_ours_whose_worker_is_silent_is_abandoned_and_handed_out_again(
    store, dispatcher, engine, clocks, silent
):
    first = engine.going[0]
    go_on(dispatcher, engine, clocks, heartbeats=2)
    assert (engine.abandoned, store.get(silent.id).status) == ([], RunStatus.RUNNING)
    go_on(dispatcher, engine, clocks, heartbeats=1)
    assert engine.abandoned == [first]
    assert store.get(silent.id).status is RunStatus.QUEUED
    (second,) = engine.going
    assert second.run_id == silent.id
    assert second.ticket != first.ticket


def test_a_cancelled_run_of_a_silent_worker_ends(store, dispatcher, engine, clocks, silent):
    store.cancel(silent.id)
    go_on(dispatcher, engine, clocks, heartbeats=3)
    assert store.get(silent.id).status is RunStatus.CANCELLED
    assert engine.going == []
    store.delete(silent.id)


def test_a_run_of_silent_workers_fails_after_the_last_try(
    database, store, dispatcher, engine, clocks, silent
):
    go_on(dispatcher, engine, clocks, heartbeats=3)
    RunClaims(database, clocks.now).claim(silent.id, engine.going[0].ticket, 2)
    go_on(dispatcher, engine, clocks, heartbeats=4)
    failed = store.get(silent.id)
    assert failed.status is RunStatus.FAILED
    assert failed.error.message.endswith("its worker sent no heartbeat.")


def test_a_run_outlives_the_sleep_of_its_machine(database, store, dispatcher, engine, clocks, silent):
    go_on(dispatcher, engine, clocks, heartbeats=1)
    # The ticking clock stands still while a machine sleeps.
    clocks.start += timedelta(hours=8)
    go_on(dispatcher, engine, clocks, heartbeats=1)
    RunClaims(database, clocks.now).beat(silent.id, 1)
    go_on(dispatcher, engine, clocks, heartbeats=2)
    assert engine.abandoned == []
    assert store.get(silent.id).status is RunStatus.RUNNING


def test_a_command_outlives_the_sleep_of_its_machine_and_its_silence_is_noticed(
    database, dispatcher, engine, clocks
):
    store, claims = RunStore(database, clocks.now), RunClaims(database, clocks.now)
    run = store.add_local(NewRun(RunKind.TRAIN, "staff", "root", "local", RunLane.LONG, TrainOrder("staff")))
    for _ in range(4):
        claims.beat(run.id, 1)
        go_on(dispatcher, engine, clocks, heartbeats=1)
    clocks.start += timedelta(hours=8)
    go_on(dispatcher, engine, clocks, heartbeats=1)
    claims.beat(run.id, 1)
    go_on(dispatcher, engine, clocks, heartbeats=2)
    assert store.get(run.id).status is RunStatus.RUNNING
    go_on(dispatcher, engine, clocks, heartbeats=3)
    assert store.get(run.id).status is RunStatus.FAILED


def test_a_silent_run_that_is_no_task_of_ours_is_taken_back_at_once(database, store, clocks, silent):
    clocks.passed_s += 4 * LIMITS.heartbeat_s
    elsewhere = NoEngine()
    Dispatcher(database, LIMITS, clocks.now).tick(elsewhere)
    assert [task.run_id for task in elsewhere.going] == [silent.id]
    assert (store.get(silent.id).status, elsewhere.abandoned) == (RunStatus.QUEUED, [])


def test_a_server_that_is_told_to_stop_closes_its_engine_and_gives_runs_back(database, store, claims, engine):
    run = add(store)
    stop = threading.Event()

    def submit(task, ticket):
        claims.claim(task.id, ticket, 2)
        engine.going.append(Task(task.id, ticket))
        stop.set()

    engine.submit = submit
    JobServer(Settings(), Dispatcher(database, LIMITS), stop, lambda _: engine).run()
    assert engine.is_closed
    assert store.get(run.id).status is RunStatus.QUEUED


def test_a_server_looks_for_another_engine_where_one_is_lost(database, store, engine):
    stop, opened = threading.Event(), []

    class LostEngine(NoEngine):
        def collect(self):
            raise JobError("The connection to the Dask scheduler is lost.")

    def open_next(_):
        opened.append(LostEngine() if not opened else engine)
        if len(opened) == 2:
            stop.set()
        return opened[-1]

    JobServer(Settings(), Dispatcher(database, LIMITS), stop, open_next).run()
    assert [one.is_closed for one in opened] == [True, True]


def test_a_queue_that_cannot_be_read_for_a_while_stops_no_server(database, store, engine, monkeypatch):
    monkeypatch.setattr("pipeline.workers.server._FIRST_PAUSE_S", 0.01)
    run, stop, looks = add(store), threading.Event(), []

    def collect():
        looks.append(None)
        if len(looks) == 1:
            raise StoreError("The database failed: database is locked.")
        if len(looks) == 3:
            stop.set()
        return ()

    engine.collect = collect
    JobServer(Settings(), Dispatcher(database, LIMITS), stop, lambda _: engine).run()
    assert [task.run_id for task in engine.going] == [run.id]


def test_a_job_server_that_dies_is_started_again_and_ends_when_told(tmp_path):
    note = tmp_path / "starts"
    code = f"import sys; open({str(note)!r}, 'a').write('x'); sys.stdin.read()"
    supervisor = Supervisor((sys.executable, "-c", code), first_pause_s=0.01)
    supervisor.start()
    try:
        # A new process may write before its supervisor knows it.
        _await(lambda: supervisor._child is not None and note.exists() and note.read_text() == "x")
        first = supervisor._child
        first.kill()
        _await(lambda: note.read_text() == "xx" and supervisor._child is not first)
    finally:
        for _ in range(2):
            supervisor.stop()
    assert supervisor._child.returncode == 0
    assert note.read_text() == "xx"


def _await(is_reached):
    for _ in range(30_000):
        if is_reached():
            return
        threading.Event().wait(0.01)
    raise AssertionError("not reached")
