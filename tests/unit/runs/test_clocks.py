"""Machines whose clocks differ do runs for one server: its own clock says who was silent for how long."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pipeline.runs.claims import RunClaims
from pipeline.runs.states import RunStatus
from pipeline.runs.store import RunStore
from pipeline.settings import RunLimits
from pipeline.store import database as database_module
from pipeline.store.database import utc_now
from pipeline.workers.dispatcher import Dispatcher
from tests.unit.runs.run_cases import order
from tests.unit.workers.test_dispatcher import NoEngine

DATABASES = ("postgresql",)
LIMITS = RunLimits(heartbeat_s=60)


@pytest.mark.parametrize("minutes", [-30, 30])
def test_a_worker_whose_clock_is_wrong_is_not_taken_for_a_silent_one(database, monkeypatch, minutes):
    engine, others = NoEngine(), NoEngine()
    (run,) = RunStore(database).add([order()], 9, 9)
    Dispatcher(database, LIMITS).tick(engine)
    with monkeypatch.context() as patched:
        patched.setattr(database_module, "utc_now", lambda: utc_now() + timedelta(minutes=minutes))
        claimed = RunClaims(database).claim(run.id, engine.going[0].ticket, 3)
        RunClaims(database).beat(run.id, claimed.attempt)
    Dispatcher(database, LIMITS).tick(others)
    assert others.going == []
    going = RunStore(database).get(run.id)
    assert (going.status, going.attempt) == (RunStatus.RUNNING, 1)
    assert abs(going.heartbeat_at - database.now()) < timedelta(minutes=5)
