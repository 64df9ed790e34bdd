"""Runs in SQL: ordered, found, followed, cancelled, resumed and deleted."""

from __future__ import annotations

from datetime import UTC

import pytest

from pipeline.errors import JobError, NotFoundError, Superseded
from pipeline.runs.orders import TrainOrder
from pipeline.runs.records import RunEpoch, RunError
from pipeline.runs.states import RunEvent, RunKind, RunLane, RunStatus
from pipeline.runs.store import RunFilter
from pipeline.synthesizers.recipe import Recipe
from tests.unit.runs.run_cases import NOON, ONE, Clock, add, order, resume, start

ANYBODY = RunFilter()

DATABASES = ("sqlite",)


@pytest.fixture
def clock():
    return Clock()


def test_a_new_run_waits_and_knows_its_place(store):
    first, second, short = add(store, order(), order("bo", group="g1"), order(lane=RunLane.SHORT))
    assert (first.status, first.position, first.order, first.epochs) == (
        "queued",
        1,
        TrainOrder("staff", Recipe(seed=7)),
        70,
    )
    assert (second.position, second.group, second.created_at.tzinfo) == (2, "g1", UTC)
    assert short.position == 1
    assert store.get(second.id) == second


def test_positions_move_up(store):
    first, second = add(store, order(), order())
    store.cancel(first.id)
    assert (store.get(first.id).position, store.get(second.id).position) == (None, 1)


def test_runs_are_listed_the_newest_first_and_filtered(store):
    first, second = add(store, order(), order("bo", kind=RunKind.GENERATE, group="g1"))
    assert [run.id for run in store.list(ANYBODY)] == [second.id, first.id]
    assert [run.id for run in store.list(ANYBODY, limit=1)] == [second.id]
    for wanted in (RunFilter(owner="bo"), RunFilter(kind=RunKind.GENERATE), RunFilter(group="g1")):
        assert [run.id for run in store.list(wanted)] == [second.id]
    assert store.list(RunFilter(status=RunStatus.DONE)) == ()
    assert store.list(RunFilter(dataset="cards")) == ()


def test_runs_of_one_order_are_listed_and_wait_in_its_order(store):
    ordered = [run.id for run in store.add([order() for _ in range(8)], 20, 20)]
    assert [run.id for run in store.list(ANYBODY)] == ordered[::-1]
    assert [store.get(run_id).position for run_id in ordered] == list(range(1, 9))


def test_a_full_queue_takes_nothing_of_an_order(store):
    add(store, order(), order("bo"))
    with pytest.raises(JobError, match="2 runs are waiting, of at most 3"):
        store.add([order(), order()], most_waiting=3, most_waiting_per_user=9)
    with pytest.raises(JobError, match="1 runs of yours are waiting, of at most 1"):
        store.add([order()], most_waiting=9, most_waiting_per_user=1)
    assert len(store.list(ANYBODY)) == 2
    assert store.add([order("cy")], most_waiting=9, most_waiting_per_user=1)[0].position == 3


def test_a_run_that_is_not_there_is_named(store):
    with pytest.raises(NotFoundError, match='There is no run "0000"'):
        store.get("0000")


def test_cancelling_a_waiting_run_ends_it_and_twice_is_harmless(store):
    (run,) = add(store, order())
    for _ in range(2):
        assert store.cancel(run.id).status is RunStatus.CANCELLED
    assert not store.get(run.id).is_cancel_requested


def test_cancelling_a_running_run_asks_its_worker(store, claims):
    run = start(store, claims)
    assert store.cancel(run.id).status is RunStatus.RUNNING
    assert claims.beat(run.id, 1) is True


def test_epochs_are_noted_once_and_hold_no_nan(store, claims):
    run = start(store, claims)
    claims.add_epoch(run.id, 1, RunEpoch(1, 1.0, {"loss": float("nan")}), epoch=1, share=0.2)
    claims.add_epoch(run.id, 1, RunEpoch(2, 2.0, {"loss": 0.5}, 0.8), epoch=2)
    claims.add_epoch(run.id, 1, RunEpoch(1, 1.5, {"loss": 0.7}), epoch=1)
    assert store.list_epochs(run.id) == (
        RunEpoch(1, 1.5, {"loss": 0.7}),
        RunEpoch(2, 2.0, {"loss": 0.5}, 0.8),
    )
    assert store.get(run.id).share == 0.2


def test_a_failed_run_says_why_and_can_be_resumed(store, claims):
    run = start(store, claims)
    claims.end(run.id, 1, RunEvent.FAIL, error=RunError("Disk full.", "free some.", "store"))
    failed = store.get(run.id)
    assert (failed.status, failed.error) == ("failed", RunError("Disk full.", "free some.", "store"))
    resumed = resume(store, run)
    assert (resumed.status, resumed.error, resumed.position, resumed.attempt) == ("queued", None, 1, 1)
    claims.take_tickets("t2", RunLane.LONG, ONE, NOON)
    assert claims.claim(run.id, "t2", attempts=1).attempt == 2


def test_a_full_queue_takes_no_resumed_run(store, claims):
    run = start(store, claims)
    claims.end(run.id, 1, RunEvent.CANCEL)
    add(store, order("bo"))
    with pytest.raises(JobError, match="1 runs are waiting, of at most 1"):
        resume(store, run, most_waiting=1)
    taken_over = resume(store, run, lane=RunLane.SHORT, owner="bo", source="local")
    assert (taken_over.lane, taken_over.owner, taken_over.source) == (RunLane.SHORT, "bo", "local")


def test_a_run_that_is_done_cannot_be_resumed(store, claims):
    run = start(store, claims)
    claims.end(run.id, 1, RunEvent.FINISH)
    with pytest.raises(JobError, match="A run that is done cannot resume"):
        resume(store, run)


def test_evidence_is_that_of_the_last_attempt_and_of_none_that_is_fenced(store, claims):
    run = start(store, claims)
    claims.claim(run.id, "t1", attempts=3)
    with pytest.raises(Superseded, match="Another worker has taken over"):
        claims.end(run.id, 1, RunEvent.FINISH, evidence="stale")
    assert store.find_evidence(run.id) is None
    claims.end(run.id, 2, RunEvent.FINISH, evidence='{"rows": 5}')
    assert store.find_evidence(run.id) == '{"rows": 5}'


def test_only_what_is_over_is_deleted_with_its_epochs_and_evidence(store, claims):
    run = start(store, claims)
    claims.add_epoch(run.id, 1, RunEpoch(1, 1.0))
    with pytest.raises(JobError, match="is running"):
        store.delete(run.id)
    claims.end(run.id, 1, RunEvent.FINISH, evidence="{}")
    store.delete(run.id)
    assert store.list(ANYBODY) == ()
    assert store.list_epochs(run.id) == ()
    assert store.find_evidence(run.id) is None
