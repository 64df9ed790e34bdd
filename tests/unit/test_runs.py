"""Runs in SQL: ordered, found, cancelled, resumed, handed to workers and taken back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pipeline.errors import JobError, NotFoundError, Superseded
from pipeline.settings import Settings
from pipeline.store.database import open_database
from pipeline.store.run_claims import LaneLimits, RunClaims
from pipeline.store.run_records import NewRun, RunEpoch, RunError, RunFilter
from pipeline.store.run_states import RunEvent, RunKind, RunLane, RunPlace, RunStatus
from pipeline.store.runs import RunStore

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANYBODY = RunFilter()
ONE = LaneLimits(at_once=1, per_user=1)


class Clock:
    """A clock that goes on by a second with every look."""

    def __init__(self):
        self.now = NOON

    def __call__(self):
        self.now += timedelta(seconds=1)
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def database(tmp_path):
    database = open_database(Settings(home=tmp_path))
    yield database
    database.close()


@pytest.fixture
def store(database, clock):
    return RunStore(database, clock)


@pytest.fixture
def claims(database, clock):
    return RunClaims(database, clock)


def order(owner="ada", lane=RunLane.LONG, **changes):
    values = {"kind": RunKind.TRAIN, "dataset": "staff", "source": "web", "order": {"seed": 7}, "epochs": 70}
    return NewRun(owner=owner, lane=lane, **{**values, **changes})


def add(store, *orders):
    return [store.add([one], most_waiting=10, most_waiting_per_user=10)[0] for one in orders]


def resume(store, run, most_waiting=9, **changes):
    return store.resume(run.id, order(**changes), most_waiting, most_waiting_per_user=9)


def start(store, claims, ticket="t1"):
    (run,) = add(store, order())
    claims.take_tickets(ticket, RunLane.LONG, ONE, NOON)
    return claims.claim(run.id, ticket, attempts=3)


def test_a_new_run_waits_and_knows_its_place(store):
    first, second, short = add(store, order(), order("bo", group="g1"), order(lane=RunLane.SHORT))
    assert (first.status, first.position, first.order, first.epochs) == ("queued", 1, {"seed": 7}, 70)
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


def test_a_full_queue_takes_nothing_of_an_order(store):
    add(store, order(), order("bo"))
    with pytest.raises(JobError, match="2 runs are waiting already, of 3 that may"):
        store.add([order(), order()], most_waiting=3, most_waiting_per_user=9)
    with pytest.raises(JobError, match="1 runs of yours are waiting already, of 1 that may"):
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


def test_a_ticket_is_given_to_one_dispatcher(store, claims):
    (run,) = add(store, order())
    assert [one.id for one in claims.take_tickets("t1", RunLane.LONG, ONE, NOON)] == [run.id]
    assert claims.take_tickets("t2", RunLane.LONG, LaneLimits(9, 9), NOON) == ()
    assert claims.claim(run.id, "t2", attempts=3) is None
    assert claims.claim(run.id, "t1", attempts=3).attempt == 1


def test_a_ticket_that_nobody_uses_grows_stale_unless_renewed(store, claims, clock):
    (run,) = add(store, order())
    claims.take_tickets("t1", RunLane.LONG, ONE, NOON)
    issued = clock.now
    clock.now += timedelta(minutes=1)
    claims.renew_tickets("t1", (run.id,))
    assert claims.take_tickets("t2", RunLane.LONG, ONE, issued + timedelta(seconds=1)) == ()
    assert [one.id for one in claims.take_tickets("t2", RunLane.LONG, ONE, clock())] == [run.id]
    assert claims.claim(run.id, "t1", attempts=3) is None


def test_lanes_do_not_wait_for_each_other_and_limits_count_what_runs(store, claims):
    long, other, short = add(store, order(), order(), order(lane=RunLane.SHORT))
    assert [run.id for run in claims.take_tickets("t1", RunLane.LONG, ONE, NOON)] == [long.id]
    assert claims.take_tickets("t1", RunLane.LONG, ONE, NOON) == ()
    assert [run.id for run in claims.take_tickets("t1", RunLane.SHORT, ONE, NOON)] == [short.id]
    claims.claim(long.id, "t1", attempts=3)
    assert claims.take_tickets("t1", RunLane.LONG, ONE, NOON) == ()
    claims.end(long.id, 1, RunEvent.FINISH)
    assert [run.id for run in claims.take_tickets("t1", RunLane.LONG, ONE, NOON)] == [other.id]


def test_nobody_takes_more_than_their_share(store, claims):
    mine, _second, theirs = add(store, order(), order(), order("bo"))
    taken = claims.take_tickets("t1", RunLane.LONG, LaneLimits(at_once=3, per_user=1), NOON)
    assert [run.id for run in taken] == [mine.id, theirs.id]


def test_a_cancelled_run_is_not_claimed(store, claims):
    (run,) = add(store, order())
    claims.take_tickets("t1", RunLane.LONG, ONE, NOON)
    store.cancel(run.id)
    assert claims.claim(run.id, "t1", attempts=3) is None


def test_a_repeated_task_gets_the_next_attempt_and_fences_the_first(store, claims):
    run = start(store, claims)
    again = claims.claim(run.id, "t1", attempts=3)
    assert (run.attempt, again.attempt, again.status) == (1, 2, "running")
    assert again.started_at == run.started_at
    with pytest.raises(Superseded, match="Another worker has taken over"):
        claims.beat(run.id, 1, share=0.9)
    with pytest.raises(Superseded, match="Another worker has taken over"):
        claims.add_epoch(run.id, 1, RunEpoch(1, 1.0), epoch=1)
    with pytest.raises(Superseded, match="Another worker has taken over"):
        claims.end(run.id, 1, RunEvent.FINISH, model="stale")
    assert store.list_epochs(run.id) == ()
    claims.end(run.id, 2, RunEvent.FINISH, model="3f2a9c41d07b", quality=0.93, result={"rows": 5})
    done = store.get(run.id)
    assert (done.status, done.model, done.quality, done.share) == ("done", "3f2a9c41d07b", 0.93, 1.0)
    assert (done.result, done.error) == ({"rows": 5}, None)


def test_a_task_is_not_repeated_for_ever(store, claims):
    run = start(store, claims)
    assert claims.claim(run.id, "t1", attempts=2).attempt == 2
    assert claims.claim(run.id, "t1", attempts=2) is None


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
    with pytest.raises(JobError, match="1 runs are waiting already, of 1 that may"):
        resume(store, run, most_waiting=1)
    taken_over = resume(store, run, lane=RunLane.SHORT, owner="bo", source="local")
    assert (taken_over.lane, taken_over.owner, taken_over.source) == (RunLane.SHORT, "bo", "local")


def test_a_run_that_is_done_cannot_be_resumed(store, claims):
    run = start(store, claims)
    claims.end(run.id, 1, RunEvent.FINISH)
    with pytest.raises(JobError, match="A run that is done cannot resume"):
        resume(store, run)


def test_a_lost_run_waits_again_and_fails_after_the_last_try(store, claims, clock):
    run = start(store, claims)
    assert claims.list_lost(run.heartbeat_at) == ()
    assert claims.list_lost(clock()) == ((run.id, "t1"),)
    assert claims.take_back(run.id, "t1", attempts=2, reason="worker gone.") is RunStatus.QUEUED
    assert claims.take_back(run.id, "t1", attempts=2, reason="worker gone.") is None
    claims.take_tickets("t2", RunLane.LONG, ONE, NOON)
    claims.claim(run.id, "t2", attempts=2)
    with pytest.raises(Superseded, match="Another worker has taken over"):
        claims.beat(run.id, 1)
    assert claims.take_back(run.id, "t2", attempts=2, reason="worker gone.") is RunStatus.FAILED
    assert store.get(run.id).error.message == "The run lost its worker too often: worker gone."


def test_a_task_that_dies_before_it_claims_its_run_is_not_repeated_for_ever(store, claims):
    (run,) = add(store, order())
    for status in (RunStatus.QUEUED, RunStatus.FAILED):
        claims.take_tickets("t1", RunLane.LONG, ONE, NOON)
        assert claims.take_back(run.id, "t1", attempts=2, reason="no module.") is status


def test_a_run_whose_engine_was_stopped_on_purpose_loses_no_try(store, claims):
    run = start(store, claims)
    claims.give_back(run.id, "t1")
    assert store.get(run.id).status is RunStatus.QUEUED
    claims.take_tickets("t2", RunLane.LONG, ONE, NOON)
    assert claims.claim(run.id, "t2", attempts=1).attempt == 2


def test_a_lost_run_that_was_to_be_cancelled_is_not_done_again_and_says_how_to_go_on(store, claims):
    run = start(store, claims)
    store.cancel(run.id)
    assert claims.take_back(run.id, "t1", attempts=2, reason="worker gone.") is RunStatus.CANCELLED
    ended = store.get(run.id)
    assert ended.ended_at is not None
    assert ended.error.message == "Its worker was gone before it could keep what it had made."
    assert ended.error.hint.startswith("resume the run: it goes on from its last saved state")
    assert resume(store, run).error is None


def test_a_run_that_was_to_be_cancelled_ends_with_an_engine_that_is_stopped(store, claims):
    run = start(store, claims)
    store.cancel(run.id)
    claims.give_back(run.id, "t1")
    assert store.get(run.id).status is RunStatus.CANCELLED
    store.delete(run.id)


@pytest.mark.parametrize("ticket", [None, ""])
def test_a_waiting_run_is_not_claimed_without_a_ticket(store, claims, ticket):
    (run,) = add(store, order())
    assert claims.claim(run.id, ticket, attempts=3) is None
    assert store.get(run.id).status is RunStatus.QUEUED


def test_only_what_is_over_is_deleted_and_its_epochs_with_it(store, claims):
    run = start(store, claims)
    claims.add_epoch(run.id, 1, RunEpoch(1, 1.0))
    with pytest.raises(JobError, match="is running"):
        store.delete(run.id)
    claims.end(run.id, 1, RunEvent.FINISH)
    store.delete(run.id)
    assert store.list(ANYBODY) == ()
    assert store.list_epochs(run.id) == ()


def test_a_local_run_whose_process_died_is_marked_and_never_queued(store, claims, clock):
    run = store.add_local(order())
    assert (run.status, run.place, run.attempt) == ("running", RunPlace.LOCAL, 1)
    assert store.bury_local(run.heartbeat_at) == 0
    assert claims.list_lost(clock()) == ()
    assert store.bury_local(clock()) == 1
    buried = store.get(run.id)
    assert (buried.status, buried.error.code) == ("failed", "job")
    assert "has ended before the run did" in buried.error.message
