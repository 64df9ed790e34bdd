"""Who else may look at a run: accounts by name, and everybody with a role or a higher one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, delete, false, or_, select

from pipeline.access.accounts import LOCAL, AccountRole, Actor
from pipeline.errors import NotFoundError
from pipeline.store.database import Database, utc_now
from pipeline.store.tables import RUN_SHARES, RUNS


class GranteeKind(StrEnum):
    """With whom a run is shared."""

    ACCOUNT = "account"
    ROLE = "role"


@dataclass(frozen=True)
class Grantee:
    """An account by its name, or everybody with a role or a higher one."""

    kind: GranteeKind
    name: str

    def __str__(self) -> str:
        return (
            self.name if self.kind is GranteeKind.ACCOUNT else f"everybody with the role {self.name} or above"
        )


@dataclass(frozen=True)
class RunShare:
    """That a run may be looked at, and who allowed it when."""

    run_id: str
    grantee: Grantee
    given_by: str
    given_at: datetime


class RunShares:
    """The shares of a database; they end with their run."""

    def __init__(self, database: Database, now: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._now = now

    def add(self, run_id: str, grantee: Grantee, given_by: str) -> bool:
        """Let a grantee look at a run; False where they may already."""
        mine = _is_share(run_id, grantee)
        values = {"kind": grantee.kind.value, "grantee": grantee.name, "given_by": given_by}
        with self._database.begin() as connection:
            if connection.execute(select(RUN_SHARES.c.run_id).where(mine)).first():
                return False
            connection.execute(RUN_SHARES.insert().values(run_id=run_id, given_at=self._now(), **values))
            return True

    def remove(self, run_id: str, grantee: Grantee) -> None:
        """Take a share back; NotFoundError where there is none."""
        with self._database.begin() as connection:
            removed = connection.execute(delete(RUN_SHARES).where(_is_share(run_id, grantee))).rowcount
        if not removed:
            raise NotFoundError(
                f"Run {run_id} is not shared with {grantee}.",
                "look at the list of those whom it is shared with.",
            )

    def list(self, run_id: str) -> tuple[RunShare, ...]:
        """With whom a run is shared, the oldest share first."""
        query = select(RUN_SHARES).where(RUN_SHARES.c.run_id == run_id)
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(RUN_SHARES.c.given_at, RUN_SHARES.c.grantee)).all()
        return tuple(
            RunShare(row.run_id, Grantee(GranteeKind(row.kind), row.grantee), row.given_by, row.given_at)
            for row in rows
        )

    def is_shared(self, run_id: str, actor: Actor) -> bool:
        """Whether a run is shared with an actor."""
        query = select(RUN_SHARES.c.run_id).where(RUN_SHARES.c.run_id == run_id, _is_given_to(actor))
        with self._database.read() as connection:
            return connection.execute(query).first() is not None


def is_seen_by(actor: Actor) -> ColumnElement[bool]:
    """The condition that an actor ordered a run, or that it is shared with them."""
    is_own = (RUNS.c.owner == actor.name) & ((RUNS.c.source == LOCAL) == actor.is_local)
    return or_(is_own, RUNS.c.id.in_(select(RUN_SHARES.c.run_id).where(_is_given_to(actor))))


def _is_given_to(actor: Actor) -> ColumnElement[bool]:
    # A user of the machine is not the account of that name, and has no role among the accounts.
    if actor.is_local:
        return false()
    kind, grantee = RUN_SHARES.c.kind, RUN_SHARES.c.grantee
    roles = [role.value for role in AccountRole if actor.role.includes(role)]
    return or_(
        (kind == GranteeKind.ACCOUNT.value) & (grantee == actor.name),
        (kind == GranteeKind.ROLE.value) & grantee.in_(roles),
    )


def _is_share(run_id: str, grantee: Grantee) -> ColumnElement[bool]:
    columns = RUN_SHARES.c
    return (
        (columns.run_id == run_id) & (columns.kind == grantee.kind.value) & (columns.grantee == grantee.name)
    )
