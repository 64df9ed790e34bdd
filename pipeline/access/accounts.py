"""Accounts in SQL, with their roles; wrong names and wrong passwords get one answer, after equal times."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, or_, select, update
from sqlalchemy.exc import IntegrityError

from pipeline.access.passwords import check_password, compute_hash, is_match
from pipeline.access.token_families import descend_from
from pipeline.errors import AccessError, DataError, NotFoundError
from pipeline.store.database import Database, utc_now
from pipeline.store.tables import RUNS, SESSIONS, TOKENS, USERS

LOCAL = "local"
"""The source of an actor who is a user of the machine and has no account."""
FREE_ATTEMPTS = 5
FIRST_LOCK = timedelta(minutes=1)
LONGEST_LOCK = timedelta(hours=1)
_LOCK = 4_071_925
_NO_PASSWORD = ""
_HAS_PASSWORD = USERS.c.password_hash != _NO_PASSWORD
_NAME = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")


class AccountRole(StrEnum):
    """What an account may do: look, make tables, or manage everything."""

    VIEWER = "viewer"
    ANALYST = "analyst"
    ADMIN = "admin"

    def includes(self, other: AccountRole) -> bool:
        """Whether this role may do everything that the other one may."""
        order = tuple(AccountRole)
        return order.index(self) >= order.index(other)


@dataclass(frozen=True)
class Actor:
    """The caller: an account or a local user; `source` says from which surface, `address` from where.

    `token` is the id of the API token that was shown, empty where there was none.
    """

    name: str
    role: AccountRole
    source: str
    address: str = field(default="", compare=False)
    token: str = field(default="", compare=False)

    @property
    def is_local(self) -> bool:
        """Whether this is a user of the machine."""
        return self.source == LOCAL

    def is_same(self, name: str, source: str) -> bool:
        """Whether a name with the surface that it came from means this actor.

        A user of the machine and an account of that name are two persons.
        """
        return self.name == name and self.is_local == (source == LOCAL)


@dataclass(frozen=True)
class Account:
    """An account as lists show it; `locked_until` is the end of a lock-out after failed logins.

    `is_signed_on` says that its owner logs in through the provider of single sign-on, `is_reviewer` that they
    may release tables for which others ask.
    """

    name: str
    role: AccountRole
    is_active: bool
    failed_attempts: int
    locked_until: datetime | None
    created_at: datetime
    has_password: bool = True
    must_change_password: bool = False
    is_signed_on: bool = False
    is_reviewer: bool = False


class Accounts:
    """The accounts of a database; `hash_rounds` is bcrypt's cost as a power of two."""

    def __init__(
        self, database: Database, now: Callable[[], datetime] = utc_now, hash_rounds: int = 12
    ) -> None:
        self._database = database
        self._now = now
        self._hash_rounds = hash_rounds

    def is_empty(self) -> bool:
        """Whether no account with a password exists yet."""
        with self._database.read() as connection:
            return _is_empty(connection)

    def create(self, name: str, password: str, role: AccountRole, is_temporary: bool = False) -> Account:
        """Add an account; DataError where the name or the password cannot be used.

        A temporary password, which another person knows, must be changed after the first login.
        """
        return self._insert(name, role, password, must_change_password=is_temporary)

    def create_without_password(self, name: str, role: AccountRole) -> Account:
        """Add an account that can only use tokens, until an administrator gives it a password."""
        return self._insert(name, role, password=None)

    def create_first(self, name: str, password: str) -> Account:
        """Add the first administrator; AccessError where an account exists already."""
        return self._insert(name, AccountRole.ADMIN, password, must_be_first=True)

    def list(self) -> tuple[Account, ...]:
        """Every account by name."""
        with self._database.read() as connection:
            rows = connection.execute(select(USERS).order_by(USERS.c.name)).all()
        return tuple(_read_account(row) for row in rows)

    def get(self, name: str) -> Account:
        """One account; NotFoundError where there is none."""
        with self._database.read() as connection:
            return _read_account(_find(connection, name))

    def set_role(self, name: str, role: AccountRole) -> None:
        """Change what an account may do, and revoke its tokens above that permanently.

        The last active administrator stays one: AccessError.
        """
        with self._database.begin_alone(_LOCK) as connection:
            if role is not AccountRole.ADMIN:
                _refuse_last_admin(connection, name)
            self._change_role(connection, name, role)

    def set_reviewer(self, name: str, is_reviewer: bool) -> None:
        """Let an account release tables for which others ask, or take that back."""
        with self._database.begin() as connection:
            self._change(connection, name, is_reviewer=is_reviewer)

    def disable(self, name: str) -> None:
        """Refuse an account from now on, end its sessions and revoke its tokens.

        The last active administrator stays: AccessError.
        """
        with self._database.begin_alone(_LOCK) as connection:
            _refuse_last_admin(connection, name)
            self._change(connection, name, is_active=False)
            self._revoke_tokens(connection, name)
            _stop_runs(connection, name)

    def enable(self, name: str) -> None:
        """Let an account in again, lock-out lifted."""
        with self._database.begin() as connection:
            self._change(connection, name, is_active=True, failed_attempts=0, locked_until=None)

    def reset_password(self, name: str, password: str, is_temporary: bool = False) -> None:
        """Give an account a new password, end its sessions and lift a lock-out.

        A temporary password, which another person knows, must be changed after the next login; it also
        revokes the account's tokens, since a stolen password may mean stolen tokens too.
        Raises DataError for an account of single sign-on.
        """
        values = {
            "password_hash": self._hash(normalize_name(name), password),
            "must_change_password": is_temporary,
        }
        with self._database.begin() as connection:
            _refuse_signed_on(_find(connection, name))
            self._change(connection, name, **values, failed_attempts=0, locked_until=None)
            if is_temporary:
                self._revoke_tokens(connection, name)

    def verify(self, name: str, password: str) -> Account | None:
        """The account that may log in with this password, or None without saying why.

        The attempt is counted before the password is looked at, so that parallel guesses cannot
        outrun the lock-out; an unknown name costs the same hash as a known one.
        """
        row = self._claim_attempt(normalize_name(name))
        has_password = is_match(password, row.password_hash if row else self._dummy_hash)
        if row is None or not has_password:
            return None
        with self._database.begin() as connection:
            unlocked = update(USERS).where(USERS.c.id == row.id).values(failed_attempts=0, locked_until=None)
            connection.execute(unlocked)
            return _read_account(_find(connection, row.name))

    @cached_property
    def _dummy_hash(self) -> str:
        return compute_hash(secrets.token_urlsafe(), self._hash_rounds)

    def _claim_attempt(self, name: str) -> Row[Any] | None:
        self._dummy_hash  # noqa: B018 - made before it is needed, or the first unknown name would take longer
        now = self._now()
        may_try = or_(USERS.c.locked_until.is_(None), USERS.c.locked_until <= now)
        counted = (
            update(USERS)
            .where(USERS.c.name == name, USERS.c.is_active, _HAS_PASSWORD, may_try)
            .values(failed_attempts=USERS.c.failed_attempts + 1)
            .returning(USERS.c.id, USERS.c.name, USERS.c.password_hash, USERS.c.failed_attempts)
        )
        with self._database.begin() as connection:
            row = connection.execute(counted).one_or_none()
            until = now + compute_lock(row.failed_attempts) if row else now
            connection.execute(
                update(USERS).where(USERS.c.id == (row.id if row else None)).values(locked_until=until)
            )
        return row

    def _insert(
        self, name: str, role: AccountRole, password: str | None, must_be_first: bool = False, **columns: Any
    ) -> Account:
        name = _check_name(name)
        values = {
            "name": name,
            "password_hash": _NO_PASSWORD if password is None else self._hash(name, password),
            "role": role.value,
            "is_active": True,
            "failed_attempts": 0,
            "created_at": self._now(),
            **columns,
        }
        with self._database.begin_alone(_LOCK) as connection:
            if must_be_first and not _is_empty(connection):
                raise AccessError("The first account exists already.", "log in with it.")
            try:
                connection.execute(USERS.insert().values(values))
            except IntegrityError as error:
                raise DataError(f'There is an account "{name}" already.', "choose another name.") from error
            return _read_account(_find(connection, name))

    def _hash(self, name: str, password: str) -> str:
        check_password(name, password)
        return compute_hash(password, self._hash_rounds)

    def _change(self, connection: Connection, name: str, **values: Any) -> None:
        user = _find(connection, name)
        connection.execute(update(USERS).where(USERS.c.id == user.id).values(values))
        ended = update(SESSIONS).where(SESSIONS.c.user_id == user.id, SESSIONS.c.ended_at.is_(None))
        connection.execute(ended.values(ended_at=self._now()))

    def _change_role(self, connection: Connection, name: str, role: AccountRole) -> None:
        self._change(connection, name, role=role.value)
        if not role.includes(AccountRole.ANALYST):
            _stop_runs(connection, name)
        above = [other.value for other in AccountRole if not role.includes(other)]
        self._revoke_tokens(connection, name, TOKENS.c.role.in_(above))

    def _revoke_tokens(self, connection: Connection, name: str, *which: ColumnElement[bool]) -> None:
        owned = TOKENS.c.user_id == _find(connection, name).id
        unrevoked = update(TOKENS).where(descend_from(and_(owned, *which)), TOKENS.c.revoked_at.is_(None))
        connection.execute(unrevoked.values(revoked_at=self._now()))


def _stop_runs(connection: Connection, name: str) -> None:
    """Have the runs of an account end at their next step; those of the machine's user of that name do not."""
    owner = _find(connection, name).name
    going = (RUNS.c.owner == owner, RUNS.c.source != LOCAL, RUNS.c.status == "running")
    connection.execute(update(RUNS).where(*going).values(is_cancel_requested=True))


def normalize_name(name: str) -> str:
    """A user name as it is stored and compared: lower case, nothing around it."""
    # PostgreSQL takes no NUL in a text; what stands for it here is in no name.
    return name.strip().lower().replace("\0", "\N{REPLACEMENT CHARACTER}")


def compute_lock(failures: int) -> timedelta:
    """How long an account is locked after consecutive failures: not after 4, then doubling up to an hour."""
    if failures < FREE_ATTEMPTS:
        return timedelta(0)
    return min(FIRST_LOCK * 2 ** min(failures - FREE_ATTEMPTS, 16), LONGEST_LOCK)


def _check_name(name: str) -> str:
    normalized = normalize_name(name)
    if not _NAME.fullmatch(normalized):
        raise DataError(
            f'"{name}" is not a valid user name.',
            "use 1 to 64 of a-z, 0-9, dot, hyphen, underscore and @, beginning with a letter or digit.",
        )
    return normalized


def _is_empty(connection: Connection) -> bool:
    return not connection.scalar(select(func.count()).select_from(USERS).where(_HAS_PASSWORD))


def _find(connection: Connection, name: str) -> Row[Any]:
    row = connection.execute(select(USERS).where(USERS.c.name == normalize_name(name))).one_or_none()
    if row is None:
        raise NotFoundError(
            f'There is no account "{normalize_name(name)}".',
            "check the spelling; an administrator sees all accounts (Administration page, `user list`).",
        )
    return row


def _refuse_signed_on(row: Row[Any]) -> None:
    if row.sign_on_id is not None:
        raise DataError(
            f'"{row.name}" logs in by single sign-on and has no password here.',
            "change the password at the single sign-on provider.",
        )


def _refuse_last_admin(connection: Connection, name: str) -> None:
    admins = select(USERS.c.name).where(USERS.c.role == AccountRole.ADMIN.value, USERS.c.is_active)
    if connection.scalars(admins).all() == [normalize_name(name)]:
        raise AccessError(
            f'"{normalize_name(name)}" is the last active administrator.',
            "make another account administrator first.",
        )


def _read_account(row: Row[Any]) -> Account:
    return Account(
        name=row.name,
        role=AccountRole(row.role),
        is_active=row.is_active,
        failed_attempts=row.failed_attempts,
        locked_until=row.locked_until,
        created_at=row.created_at,
        has_password=row.password_hash != _NO_PASSWORD,
        must_change_password=row.must_change_password,
        is_signed_on=row.sign_on_id is not None,
        is_reviewer=row.is_reviewer,
    )
