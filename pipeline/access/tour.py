"""Whether an account has yet to be shown around, which is asked once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select, update

from pipeline.access.accounts import normalize_name
from pipeline.store.database import Database, utc_now
from pipeline.store.tables import USERS


class Tour:
    """The tour of the accounts of a database."""

    def __init__(self, database: Database, now: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._now = now

    def is_due(self, name: str) -> bool:
        """Whether an account has not ended the tour yet; False where there is no such account."""
        query = select(USERS.c.id).where(
            USERS.c.name == normalize_name(name), USERS.c.tour_ended_at.is_(None)
        )
        with self._database.read() as connection:
            return connection.execute(query).one_or_none() is not None

    def end(self, name: str) -> None:
        """Show the tour no more; harmless where it was ended before, or there is no such account."""
        ended = update(USERS).where(USERS.c.name == normalize_name(name), USERS.c.tour_ended_at.is_(None))
        with self._database.begin() as connection:
            connection.execute(ended.values(tour_ended_at=self._now()))
