"""How many logins from one address may fail: one guess at each of many accounts is guessing too."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select

from pipeline.access.networks import find_network
from pipeline.store.database import Database, utc_now
from pipeline.store.tables import LOGIN_FAILURES

WINDOW = timedelta(minutes=15)
_LOCK = 4_071_926
_SHARED = ("", "127.0.0.1", "::1")


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
        """Count an attempt as failed before it is judged, and give its number; None where too many failed.

        The number is 0 where nothing is counted.

        Attempts that are turned away count no further, so that the address rests no longer for them.
        """
        network = find_network(address)
        if not self._most or network in _SHARED:
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
