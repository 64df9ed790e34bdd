"""Failed logins by address: counted before they are checked, forgotten after a while, stored in a table."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from pipeline.access.rate_limits import WINDOW, AddressLimit
from tests.unit.clock import Clock


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def limit(database, clock):
    return AddressLimit(database, most=3, now=clock)


def test_the_fourth_failure_of_an_address_is_turned_away_and_others_are_not(limit):
    assert None not in [limit.claim("10.0.0.9") for _ in range(3)]
    assert limit.claim("10.0.0.9") is None
    assert limit.claim("10.0.0.7") is not None


def test_a_login_that_was_right_does_not_count(limit):
    for _ in range(9):
        limit.forgive(limit.claim("10.0.0.7"))
    assert limit.claim("10.0.0.7") is not None


def test_attempts_that_are_turned_away_do_not_prolong_the_rest(limit, clock):
    for _ in range(3):
        limit.claim("10.0.0.9")
    clock.now += WINDOW - timedelta(seconds=1)
    assert limit.claim("10.0.0.9") is None
    clock.now += timedelta(seconds=1)
    assert limit.claim("10.0.0.9") is not None


def test_a_restart_forgets_nothing(limit, database, clock):
    for _ in range(3):
        limit.claim("10.0.0.9")
    assert AddressLimit(database, most=3, now=clock).claim("10.0.0.9") is None


def test_parallel_attempts_cannot_outrun_the_limit(limit):
    with ThreadPoolExecutor(4) as pool:
        attempts = list(pool.map(lambda _: limit.claim("10.0.0.9"), range(12)))
    assert sum(attempt is not None for attempt in attempts) == 3


def test_zero_switches_the_limit_off(database, clock):
    limit = AddressLimit(database, most=0, now=clock)
    assert [limit.claim("10.0.0.9") for _ in range(5)] == [0] * 5


def test_an_address_that_is_not_known_is_not_limited(limit):
    assert [limit.claim("") for _ in range(5)] == [0] * 5
