"""Two processes that change one run at the same moment: neither change gets lost."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from pipeline.errors import NotFoundError
from pipeline.runs.claims import LaneLimits, RunClaims
from pipeline.runs.orders import TrainOrder
from pipeline.runs.records import NewRun
from pipeline.runs.states import RunKind, RunLane, RunStatus
from pipeline.runs.store import RunStore
from pipeline.store.database import open_database

ORDER = NewRun(RunKind.TRAIN, "staff", "ada", "web", RunLane.LONG, TrainOrder("staff"))
_PAUSE_S = 0.3


@pytest.fixture
def elsewhere(settings):
    database = open_database(settings)
    yield database
    database.close()


@pytest.fixture
def run(store):
    return store.add([ORDER], 9, 9)[0]


@contextmanager
def _meanwhile(database, statement: str, change: Callable[[], object]) -> Iterator[list[object]]:
    """Have somebody else make a change right after the first such statement; give what came of it."""
    results: list[object] = []
    other = threading.Thread(target=lambda: results.append(change()))

    def interrupt(_connection, _cursor, executed, *_):
        if executed.lstrip().startswith(statement) and other.ident is None:
            other.start()
            # Long enough for the change, unless it has to wait for the transaction that goes on here.
            other.join(_PAUSE_S)

    event.listen(database._engine, "after_cursor_execute", interrupt)
    yield results
    event.remove(database._engine, "after_cursor_execute", interrupt)
    other.join()


@pytest.mark.parametrize("statement", ["SELECT runs", "UPDATE runs"])
def test_a_run_that_is_claimed_while_it_is_cancelled_does_not_go_on(
    store, database, elsewhere, run, statement
):
    claims = RunClaims(elsewhere)
    claims.take_tickets("t1", RunLane.LONG, LaneLimits(1, 1), run.created_at)
    with _meanwhile(database, statement, lambda: claims.claim(run.id, "t1", 3)) as claimed:
        store.cancel(run.id)
    found = store.get(run.id)
    assert claimed == [None]
    assert found.status is RunStatus.CANCELLED


def test_a_run_that_is_resumed_while_it_is_deleted_is_gone_and_not_resumed(store, database, elsewhere, run):
    store.cancel(run.id)

    def resume():
        try:
            return RunStore(elsewhere).resume(run.id, ORDER, 9, 9).status
        except NotFoundError as error:
            return error.code

    with _meanwhile(database, "SELECT runs", resume) as resumed:
        store.delete(run.id)
    assert resumed == ["not_found"]


def test_a_run_that_is_cancelled_while_it_is_taken_back_does_not_wait_again(store, database, elsewhere, run):
    claims = RunClaims(database)
    claims.take_tickets("t1", RunLane.LONG, LaneLimits(1, 1), run.created_at)
    claims.claim(run.id, "t1", 3)
    with _meanwhile(database, "SELECT runs", lambda: RunStore(elsewhere).cancel(run.id).status) as cancelled:
        assert claims.requeue_lost(run.id, "t1", 3, "its worker died.") is RunStatus.QUEUED
    assert cancelled == [RunStatus.CANCELLED]
    assert store.get(run.id).status is RunStatus.CANCELLED
