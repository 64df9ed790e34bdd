"""Limits on tries: failed logins are counted by address, and an IPv6 network counts as one address."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from pipeline.access.audit import AuditEvent, AuditLog
from pipeline.access.rate_limits import WINDOW, AddressLimit, find_network
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


def test_attempts_that_are_turned_away_do_not_extend_the_lock(limit, clock):
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


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("10.0.0.7", "10.0.0.7"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("::ffff:10.0.0.7", "10.0.0.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::1"),
        ("::1%lo", "::1"),
        ("", ""),
        ("testclient", "testclient"),
    ],
)
def test_an_address_counts_as_its_network(address, network):
    assert find_network(address) == network


def test_failed_logins_from_one_ipv6_network_count_together(database):
    limit = AddressLimit(database, most=3)
    assert None not in [limit.claim(f"2001:db8:1:2::{number}") for number in range(3)]
    assert limit.claim("2001:db8:1:2:aaaa::9") is None
    assert limit.claim("2001:db8:1:3::9") is not None


def test_an_ipv4_address_written_as_ipv6_gets_no_tries_of_its_own(database):
    limit = AddressLimit(database, most=1)
    assert limit.claim("10.0.0.9") is not None
    assert limit.claim("::ffff:10.0.0.9") is None
    assert [limit.claim("::ffff:127.0.0.1") for _ in range(3)] == [0, 0, 0]


def test_strangers_of_one_ipv6_network_fill_no_log_and_their_whole_addresses_stand_in_it(database, tmp_path):
    log = AuditLog(database, tmp_path)
    for number in range(15):
        log.append_seldom("api", AuditEvent.REFUSED, "token", address=f"2001:db8:1:2::{number:x}")
    assert [entry.address for entry in log.list()] == [
        f"2001:db8:1:2::{number:x}" for number in range(9, -1, -1)
    ]
