"""Runs in SQL: handed to workers, fenced, taken back and resumed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pipeline.errors import Superseded
from pipeline.runs.claims import LaneLimits
from pipeline.runs.records import RunEpoch, TrainSummary
from pipeline.runs.states import RunEvent, RunLane, RunPlace, RunStatus
from tests.unit.runs.run_cases import NOON, ONE, Clock, add, order, resume, start

DATABASES = ("sqlite",)


@pytest.fixture
def clock():
    return Clock()


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
    claims.end(
        run.id, 2, RunEvent.FINISH, model="3f2a9c41d07b", quality=0.93, result={"model": "3f2a9c41d07b"}
    )
    done = store.get(run.id)
    assert (done.status, done.model, done.quality, done.share) == ("done", "3f2a9c41d07b", 0.93, 1.0)
    assert (done.result, done.error) == (TrainSummary("3f2a9c41d07b"), None)


def test_a_task_is_not_repeated_for_ever(store, claims):
    run = start(store, claims)
    assert claims.claim(run.id, "t1", attempts=2).attempt == 2
    assert claims.claim(run.id, "t1", attempts=2) is None


def test_a_lost_run_waits_again_and_fails_after_the_last_try(store, claims, clock):
    run = start(store, claims)
    assert claims.list_lost(run.heartbeat_at) == ()
    assert claims.list_lost(clock()) == ((run.id, "t1"),)
    assert claims.requeue_lost(run.id, "t1", attempts=2, reason="worker gone.") is RunStatus.QUEUED
    assert claims.requeue_lost(run.id, "t1", attempts=2, reason="worker gone.") is None
    claims.take_tickets("t2", RunLane.LONG, ONE, NOON)
    claims.claim(run.id, "t2", attempts=2)
    with pytest.raises(Superseded, match="Another worker has taken over"):
        claims.beat(run.id, 1)
    assert claims.requeue_lost(run.id, "t2", attempts=2, reason="worker gone.") is RunStatus.FAILED
    assert store.get(run.id).error.message == "The run lost its worker too many times: worker gone."


def test_a_task_that_dies_before_it_claims_its_run_is_not_repeated_for_ever(store, claims):
    (run,) = add(store, order())
    for status in (RunStatus.QUEUED, RunStatus.FAILED):
        claims.take_tickets("t1", RunLane.LONG, ONE, NOON)
        assert claims.requeue_lost(run.id, "t1", attempts=2, reason="no module.") is status


def test_a_run_whose_engine_was_stopped_on_purpose_loses_no_try(store, claims):
    run = start(store, claims)
    claims.requeue_stopped(run.id, "t1")
    assert store.get(run.id).status is RunStatus.QUEUED
    claims.take_tickets("t2", RunLane.LONG, ONE, NOON)
    assert claims.claim(run.id, "t2", attempts=1).attempt == 2


def test_a_lost_run_that_was_to_be_cancelled_is_not_done_again_and_says_how_to_go_on(store, claims):
    run = start(store, claims)
    store.cancel(run.id)
    assert claims.requeue_lost(run.id, "t1", attempts=2, reason="worker gone.") is RunStatus.CANCELLED
    ended = store.get(run.id)
    assert ended.ended_at is not None
    assert ended.error.message == "Its worker stopped before it could store the result."
    assert ended.error.hint.startswith("resume the run: it continues from its last saved state")
    assert resume(store, run).error is None


def test_a_run_that_was_to_be_cancelled_ends_with_an_engine_that_is_stopped(store, claims):
    run = start(store, claims)
    store.cancel(run.id)
    claims.requeue_stopped(run.id, "t1")
    assert store.get(run.id).status is RunStatus.CANCELLED
    store.delete(run.id)


@pytest.mark.parametrize("ticket", [None, ""])
def test_a_waiting_run_is_not_claimed_without_a_ticket(store, claims, ticket):
    (run,) = add(store, order())
    assert claims.claim(run.id, ticket, attempts=3) is None
    assert store.get(run.id).status is RunStatus.QUEUED


def test_a_local_run_whose_process_died_is_marked_and_never_queued(store, claims, clock):
    run = store.add_local(order())
    assert (run.status, run.place, run.attempt) == ("running", RunPlace.LOCAL, 1)
    assert store.fail_stale_local_runs(run.heartbeat_at) == 0
    assert claims.list_lost(clock()) == ()
    assert store.fail_stale_local_runs(clock()) == 1
    buried = store.get(run.id)
    assert (buried.status, buried.error.code) == ("failed", "job")
    assert "ended before the run was complete" in buried.error.message
