"""An audit log with a few entries, and somebody who owns its database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from pipeline.access.accounts import AccountRole, Actor
from pipeline.store.database import Database

ADA = Actor("ada", AccountRole.ANALYST, "web", "10.0.0.7")
START = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Clock:
    """Moves on by a minute each time it is read."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now


def tamper(database: Database, *statements: str) -> None:
    """Change the log as somebody would who owns the database: the triggers go first."""
    triggers = {
        "sqlite": ("audit_no_update", "audit_no_delete"),
        "postgresql": ("audit_no_change ON audit",),
    }
    with database.begin() as connection:
        for trigger in triggers[connection.dialect.name]:
            connection.execute(text(f"DROP TRIGGER IF EXISTS {trigger}"))
        for statement in statements:
            connection.execute(text(statement))
