"""Addresses as limits count them: nobody gets more tries from an IPv6 network than from one address."""

from __future__ import annotations

import pytest

from pipeline.access.audit import AuditEvent, AuditLog
from pipeline.access.rate_limits import AddressLimit, find_network


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
