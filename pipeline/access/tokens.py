"""Tokens of the API: bearer secrets of which only the hash is stored, with a role, an end and a last use."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, func, or_, select, true, update

from pipeline.access.accounts import AccountRole, Actor, normalize_name
from pipeline.access.token_families import descend_from
from pipeline.errors import AccessError, DataError, NotFoundError, StoreError
from pipeline.store.database import Database, utc_now
from pipeline.store.tables import TOKENS, USERS

PREFIX = "sdw_"
"""Lets a scanner for leaked secrets recognise a token."""
DEFAULT_DAYS = 90
LONGEST_DAYS = 366
MOST_ACTIVE = 50
"""Active tokens of one account."""
USE_NOTED_EVERY = timedelta(minutes=1)
"""How exactly the last use of a token is known: each note is a write, and most requests only read."""
_LOCK = 4_071_927
_LONGEST_NAME = 64


@dataclass(frozen=True)
class ApiToken:
    """A token as lists show it; the secret itself is known to its owner alone."""

    id: str
    name: str
    account: str
    role: AccountRole
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    is_revoked: bool

    def act_from(self, address: str) -> Actor:
        """The caller behind this token: its account, with the token's role."""
        return Actor(self.account, self.role, "api", address, self.id)


class Tokens:
    """The tokens of a database."""

    def __init__(self, database: Database, now: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._now = now

    def create(
        self, account: str, name: str, role: AccountRole, days: int = DEFAULT_DAYS, parent: str = ""
    ) -> tuple[ApiToken, str]:
        """Make a token for an account and give it with its secret, which is shown this once only.

        `parent` is the id of the token that asks, if one does: the new one ends with it at the latest.
        Raises AccessError for a parent that has expired or been revoked, DataError where an account has too
        many tokens.
        """
        check_terms(name, days)
        secret, now = PREFIX + secrets.token_urlsafe(32), self._now()
        values = {
            "id": secrets.token_hex(8),
            "name": name.strip(),
            "role": role.value,
            "secret_hash": _hash(secret),
            "created_at": now,
            "parent_id": parent or None,
        }
        with self._database.begin_alone(_LOCK) as connection:
            owner = _find_owner(connection, account, role)
            _refuse_crowd(connection, owner, now)
            ends_at = min(now + timedelta(days=days), _find_end(connection, parent, now))
            connection.execute(TOKENS.insert().values(**values, expires_at=ends_at, user_id=owner.id))
            created = connection.execute(_query().where(TOKENS.c.id == values["id"])).one()
        return _read(created), secret

    def list(self, account: str | None = None) -> tuple[ApiToken, ...]:
        """The tokens of an account, or of all, revoked and expired ones included, the newest first."""
        newest = _query().where(_is_of(account)).order_by(TOKENS.c.created_at.desc(), TOKENS.c.id)
        with self._database.read() as connection:
            return tuple(_read(row) for row in connection.execute(newest).all())

    def revoke(self, id_or_name: str, account: str | None = None) -> ApiToken:
        """Refuse a token, and all that were made through it, from now on; NotFoundError where there is none.

        Twice is harmless.
        """
        is_meant = or_(TOKENS.c.id == id_or_name, TOKENS.c.name == id_or_name.strip())
        found = _query().where(is_meant, _is_of(account)).order_by(TOKENS.c.created_at.desc())
        with self._database.begin_alone(_LOCK) as connection:
            token = _choose([_read(row) for row in connection.execute(found).all()], id_or_name)
            unrevoked = update(TOKENS).where(
                descend_from(TOKENS.c.id == token.id), TOKENS.c.revoked_at.is_(None)
            )
            connection.execute(unrevoked.values(revoked_at=self._now()))
            return _read(connection.execute(_query().where(TOKENS.c.id == token.id)).one())

    def find(self, secret: str) -> ApiToken | None:
        """The active token of a secret, or None.

        None too where its account is disabled, or has a role below the token's. Its use is noted once a
        minute, unless the database cannot be written to at this moment.
        """
        now = self._now()
        is_alive = (*_is_active(now), USERS.c.is_active)
        query = _query().where(TOKENS.c.secret_hash == _hash(secret), *is_alive)
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        if row is None or not AccountRole(row.account_role).includes(AccountRole(row.role)):
            return None
        token = _read(row)
        is_noted = token.last_used_at is not None and token.last_used_at > now - USE_NOTED_EVERY
        return token if is_noted else self._note_use(token, now)

    def _note_use(self, token: ApiToken, now: datetime) -> ApiToken:
        # A database that is locked or full must not stand in the way of a request that only reads.
        with suppress(StoreError):
            with self._database.begin_at_once() as connection:
                connection.execute(update(TOKENS).where(TOKENS.c.id == token.id).values(last_used_at=now))
            return replace(token, last_used_at=now)
        return token


def check_terms(name: str, days: int) -> None:
    """Raise DataError unless a token may have this name and be valid for so many days."""
    text = name.strip()
    if not text or len(text) > _LONGEST_NAME or not text.isprintable():
        raise DataError("This is not a valid token name.", f"use 1 to {_LONGEST_NAME} printable characters.")
    if not 1 <= days <= LONGEST_DAYS:
        raise DataError(
            f"A token cannot be valid for {days:,} days.", f"ask for a number from 1 to {LONGEST_DAYS}."
        )


def _query() -> Select[Any]:
    return select(TOKENS, USERS.c.name.label("account"), USERS.c.role.label("account_role")).join(USERS)


def _is_of(account: str | None) -> ColumnElement[bool]:
    return true() if account is None else USERS.c.name == normalize_name(account)


def _find_owner(connection: Connection, account: str, role: AccountRole) -> Row[Any]:
    name = normalize_name(account)
    owner = connection.execute(select(USERS).where(USERS.c.name == name, USERS.c.is_active)).one_or_none()
    if owner is None:
        raise NotFoundError(f'There is no active account "{name}".', "list the accounts with `user list`.")
    if not AccountRole(owner.role).includes(role):
        raise DataError(
            f'"{owner.name}" is {owner.role} and cannot have a token with the role {role}.',
            f"ask for the role {owner.role} or a lower one.",
        )
    return owner


def _refuse_crowd(connection: Connection, owner: Row[Any], now: datetime) -> None:
    active = select(func.count()).where(TOKENS.c.user_id == owner.id, *_is_active(now))
    if (connection.scalar(active) or 0) >= MOST_ACTIVE:
        raise DataError(f'"{owner.name}" has {MOST_ACTIVE} active tokens already.', "revoke unused ones.")


def _find_end(connection: Connection, parent: str, now: datetime) -> datetime:
    if not parent:
        return datetime.max.replace(tzinfo=UTC)
    active = select(TOKENS.c.expires_at).where(TOKENS.c.id == parent, *_is_active(now))
    end = connection.scalar(active)
    if end is None:
        raise AccessError(
            "The token that asks for another has expired or been revoked.", "use an active token."
        )
    return end


def _is_active(now: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return TOKENS.c.revoked_at.is_(None), TOKENS.c.expires_at > now


def _choose(tokens: list[ApiToken], id_or_name: str) -> ApiToken:
    exact = [token for token in tokens if token.id == id_or_name]
    active = exact or [token for token in tokens if not token.is_revoked]
    if len(active) > 1:
        raise DataError(f'{len(active)} tokens are named "{id_or_name}".', "use the token's id.")
    if not tokens:
        raise NotFoundError(
            f'There is no token "{id_or_name}".', "list the tokens to see their names and ids."
        )
    return (active or tokens)[0]


def _read(row: Row[Any]) -> ApiToken:
    return ApiToken(
        id=row.id,
        name=row.name,
        account=row.account,
        role=AccountRole(row.role),
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        is_revoked=row.revoked_at is not None,
    )


def _hash(secret: str) -> str:
    # A secret holds 256 random bits, so that a plain hash cannot be searched.
    return hashlib.sha256(secret.encode()).hexdigest()
