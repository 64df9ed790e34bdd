"""Runs handed to an engine, settled when their tasks end, and taken back when nobody looks after them."""

from __future__ import annotations

import sys
import threading

import pytest

from pipeline.errors import JobError, StoreError
from pipeline.jobs.dispatcher import Dispatcher, Task
from pipeline.jobs.server import JobServer
from pipeline.jobs.supervisor import Supervisor
from pipeline.settings import RunLimits, Settings
from pipeline.store.database import open_database
from pipeline.store.run_claims import RunClaims
from pipeline.store.run_records import NewRun
from pipeline.store.run_states import RunEvent, RunKind, RunLane, RunStatus
from pipeline.store.runs import RunStore

LIMITS = RunLimits(heartbeat_s=0.1, attempts=2)


class NoEngine:
    """Takes tasks and lets the test say how they end."""

    is_own = True

    def __init__(self):
        self.going, self.ended, self.is_closed = [], [], False

    def submit(self, run, ticket):
        self.going.append(Task(run.id, ticket))

    def collect(self):
        ended, self.ended = self.ended, []
        return tuple(ended)

    def list_going(self):
        return tuple(self.going)

    def close(self):
        self.is_closed = True

    def end(self, trouble=None):
        task = self.going.pop()
        self.ended.append(Task(task.run_id, task.ticket, trouble))


@pytest.fixture
def database(tmp_path):
    database = open_database(Settings(home=tmp_path))
    yield database
    database.close()


@pytest.fixture
def store(database):
    return RunStore(database)


@pytest.fixture
def claims(database):
    return RunClaims(database)


@pytest.fixture
def engine():
    return NoEngine()


def add(store, lane=RunLane.LONG):
    return store.add([NewRun(RunKind.TRAIN, "staff", "ada", "web", lane, {})], 10, 10)[0]


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
    assert failed.error.message == "The run lost its worker too often: its worker died."


def test_a_silent_run_is_taken_back_only_where_no_task_of_ours_does_it(database, store, claims, engine):
    run = add(store)
    ours, other = Dispatcher(database, LIMITS), Dispatcher(database, LIMITS)
    ours.tick(engine)
    claims.claim(run.id, engine.going[0].ticket, 2)
    threading.Event().wait(3 * LIMITS.heartbeat_s + 0.05)
    ours.tick(engine)
    assert store.get(run.id).status is RunStatus.RUNNING
    elsewhere = NoEngine()
    other.tick(elsewhere)
    assert [task.run_id for task in elsewhere.going] == [run.id]
    assert store.get(run.id).status is RunStatus.QUEUED


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
    monkeypatch.setattr("pipeline.jobs.server._FIRST_PAUSE_S", 0.01)
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
        _await(lambda: note.exists() and note.read_text() == "x")
        first = supervisor.child_pid
        supervisor._child.kill()
        _await(lambda: note.read_text() == "xx")
        assert supervisor.child_pid != first
    finally:
        for _ in range(2):
            supervisor.stop()
    assert supervisor._child.returncode == 0
    assert note.read_text() == "xx"


def _await(is_reached):
    for _ in range(2_000):
        if is_reached():
            return
        threading.Event().wait(0.01)
    raise AssertionError("not reached")
