"""Runs to order, and a clock to order them by."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pipeline.runs.claims import LaneLimits
from pipeline.runs.orders import TrainOrder
from pipeline.runs.records import NewRun
from pipeline.runs.states import RunKind, RunLane
from pipeline.synthesizers.recipe import Recipe

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ONE = LaneLimits(at_once=1, per_user=1)


class Clock:
    """A clock that goes on by a second with every look."""

    def __init__(self):
        self.now = NOON

    def __call__(self):
        self.now += timedelta(seconds=1)
        return self.now


def order(owner="ada", lane=RunLane.LONG, **changes):
    values = {
        "kind": RunKind.TRAIN,
        "dataset": "staff",
        "source": "web",
        "order": TrainOrder("staff", Recipe(seed=7)),
        "epochs": 70,
    }
    return NewRun(owner=owner, lane=lane, **{**values, **changes})


def add(store, *orders):
    return [store.add([one], most_waiting=10, most_waiting_per_user=10)[0] for one in orders]


def resume(store, run, most_waiting=9, **changes):
    return store.resume(run.id, order(**changes), most_waiting, most_waiting_per_user=9)


def start(store, claims, ticket="t1"):
    (run,) = add(store, order())
    claims.take_tickets(ticket, RunLane.LONG, ONE, NOON)
    return claims.claim(run.id, ticket, attempts=3)
