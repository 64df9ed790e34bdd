"""How often logins from one address may fail, and what counts as one address."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from ipaddress import IPv6Address, IPv6Network, ip_address

from sqlalchemy import delete, func, select

from pipeline.store.database import Database, utc_now
from pipeline.store.tables import LOGIN_FAILURES

WINDOW = timedelta(minutes=15)
_LOCK = 4_071_926
_SHARED = ("", "127.0.0.1", "::1")
_PREFIX = 64
_LOOPBACK = IPv6Address("::1")


class AddressLimit:
    """Counts failed logins by address, in SQL, so that a restart forgets none; `most` 0 counts nothing.

    An address that is not known, or the server's own, as behind a proxy that hides it, is not limited either:
    one guesser there would shut everybody out. `find_network` says which addresses count as one.
    """

    def __init__(self, database: Database, most: int, now: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._most = most
        self._now = now

    def claim(self, address: str) -> int | None:
        """Count an attempt as failed before it is checked, and give its number; None where too many failed.

        The number is 0 where nothing is counted.

        Attempts that are turned away count no further, so that the address is not locked longer for them.
        """
        network = find_network(address)
        if not self._most or is_shared(network):
            return 0
        now = self._now()
        failures = select(func.count()).select_from(LOGIN_FAILURES).where(LOGIN_FAILURES.c.address == network)
        with self._database.begin_alone(_LOCK) as connection:
            connection.execute(delete(LOGIN_FAILURES).where(LOGIN_FAILURES.c.at <= now - WINDOW))
            if (connection.scalar(failures) or 0) >= self._most:
                return None
            counted = LOGIN_FAILURES.insert().values(address=network, at=now).returning(LOGIN_FAILURES.c.id)
            return int(connection.execute(counted).scalar_one())

    def forgive(self, attempt: int) -> None:
        """Take an attempt back that was right."""
        with self._database.begin() as connection:
            connection.execute(delete(LOGIN_FAILURES).where(LOGIN_FAILURES.c.id == attempt))


def is_shared(network: str) -> bool:
    """Whether the address is unknown, or the server's own, so that many users may have it together."""
    return network in _SHARED


def find_network(address: str) -> str:
    """What limits count an address by: itself for IPv4, its /64 for IPv6, IPv4 inside IPv6 as IPv4.

    Zones are left out; the server's own `::1`, and what is no address, stay as they are.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    number = int(parsed)
    return str(_LOOPBACK) if number == int(_LOOPBACK) else str(IPv6Network((number, _PREFIX), strict=False))
