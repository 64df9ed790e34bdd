"""Logins that live on the server: opaque tokens of which only the hash is stored, ended at any time."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, delete, select, true, update

from pipeline.access.accounts import AccountRole, Actor, normalize_name
from pipeline.errors import AccessError, StoreError
from pipeline.settings import SessionLimits
from pipeline.store.database import Database, utc_now
from pipeline.store.tables import HANDOFFS, SESSIONS, USERS

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
HANDOFF_LIFETIME = timedelta(seconds=60)
_SEEN_PARTS = 60  # of the time of inactivity: how exactly it is known when a session was last used


@dataclass(frozen=True)
class Session:
    """An active login; `ends_at` is when it ends by itself if nothing more is done.

    `has_cookie` says whether a browser has come for its token.
    """

    id: int
    actor: Actor
    created_at: datetime
    last_seen: datetime
    ends_at: datetime
    user_agent: str
    address: str
    must_change_password: bool = False
    has_cookie: bool = False


class Sessions:
    """The sessions of a database, within limits of inactivity and age."""

    def __init__(
        self, database: Database, limits: SessionLimits, now: Callable[[], datetime] = utc_now
    ) -> None:
        self._database = database
        self._inactivity = timedelta(minutes=limits.inactivity_minutes)
        self._lifetime = timedelta(hours=limits.absolute_hours)
        self._now = now

    def start(self, name: str, user_agent: str = "", address: str = "") -> int:
        """Open a session and give its id; AccessError unless the account is there and active."""
        now = self._now()
        with self._database.begin() as connection:
            account = select(USERS.c.id).where(USERS.c.name == normalize_name(name), USERS.c.is_active)
            user_id = connection.scalar(account)
            if user_id is None:
                raise AccessError("This account cannot log in.", "ask an administrator.")
            values = {"user_id": user_id, "created_at": now, "last_seen": now}
            origin = {"user_agent": user_agent[:256], "address": address[:64]}
            created = connection.execute(
                SESSIONS.insert().values(**values, **origin).returning(SESSIONS.c.id)
            )
            return int(created.scalar_one())

    def offer(self, session_id: int) -> str:
        """A one-time code, good for a minute, for which a browser gets the session's token."""
        code, now = secrets.token_urlsafe(32), self._now()
        values = {"code_hash": _hash(code), "session_id": session_id, "expires_at": now + HANDOFF_LIFETIME}
        with self._database.begin() as connection:
            connection.execute(delete(HANDOFFS).where(HANDOFFS.c.expires_at <= now))
            connection.execute(HANDOFFS.insert().values(values))
        return code

    def redeem(self, code: str) -> str:
        """The new token of the session offered under `code`; AccessError for a code that is not good."""
        token = secrets.token_urlsafe(32)
        spent = delete(HANDOFFS).where(
            HANDOFFS.c.code_hash == _hash(code), HANDOFFS.c.expires_at > self._now()
        )
        with self._database.begin() as connection:
            session_id = connection.scalar(spent.returning(HANDOFFS.c.session_id))
            if session_id is None:
                raise AccessError("This hand-over code is not valid.", "log in again.")
            changed = update(SESSIONS).where(SESSIONS.c.id == session_id).values(token_hash=_hash(token))
            connection.execute(changed)
        return token

    def find(self, token: str) -> Session | None:
        """The active session of a token, or None; what does not look like a token is not looked up."""
        if not _TOKEN.fullmatch(token):
            return None
        return self._select(SESSIONS.c.token_hash == _hash(token))

    def get(self, session_id: int) -> Session | None:
        """An active session, or None; looking does not prolong it."""
        return self._select(SESSIONS.c.id == session_id)

    def touch(self, session_id: int) -> Session | None:
        """An active session, prolonged because its user did something, or None.

        It is prolonged once in a sixtieth of the time of inactivity, since most of what users do only
        reads. A database that cannot be written to at this moment does not keep them from that.
        """
        session, now = self.get(session_id), self._now()
        if session is None or session.last_seen > now - self._inactivity / _SEEN_PARTS:
            return session
        active = and_(SESSIONS.c.id == session_id, self._is_active())
        with suppress(StoreError):
            with self._database.begin_at_once() as connection:
                connection.execute(update(SESSIONS).where(active).values(last_seen=now))
            return self.get(session_id)
        return session

    def list(self, name: str | None = None) -> tuple[Session, ...]:
        """The active sessions of an account, or of all, the newest first."""
        is_wanted = true() if name is None else USERS.c.name == normalize_name(name)
        with self._database.read() as connection:
            active = self._query().where(is_wanted, self._is_active())
            rows = connection.execute(
                active.order_by(SESSIONS.c.created_at.desc(), SESSIONS.c.id.desc())
            ).all()
        return tuple(self._read(row) for row in rows)

    def end(self, session_id: int) -> None:
        """End a session; ending it twice is harmless."""
        self._end(SESSIONS.c.id == session_id)

    def end_all(self, name: str) -> int:
        """End every session of an account and give how many there were."""
        owner = select(USERS.c.id).where(USERS.c.name == normalize_name(name)).scalar_subquery()
        return self._end(SESSIONS.c.user_id == owner)

    def _end(self, condition: ColumnElement[bool]) -> int:
        ended = update(SESSIONS).where(condition, SESSIONS.c.ended_at.is_(None)).values(ended_at=self._now())
        with self._database.begin() as connection:
            return connection.execute(ended).rowcount

    def _select(self, condition: ColumnElement[bool]) -> Session | None:
        with self._database.read() as connection:
            row = connection.execute(self._query().where(condition, self._is_active())).one_or_none()
        return self._read(row) if row else None

    def _query(self) -> Any:
        return select(SESSIONS, USERS.c.name, USERS.c.role, USERS.c.must_change_password).join(USERS)

    def _is_active(self) -> ColumnElement[bool]:
        now = self._now()
        return and_(
            SESSIONS.c.ended_at.is_(None),
            SESSIONS.c.last_seen > now - self._inactivity,
            SESSIONS.c.created_at > now - self._lifetime,
            SESSIONS.c.user_id.in_(select(USERS.c.id).where(USERS.c.is_active)),
        )

    def _read(self, row: Row[Any]) -> Session:
        return Session(
            id=row.id,
            actor=Actor(name=row.name, role=AccountRole(row.role), source="web", address=row.address),
            created_at=row.created_at,
            last_seen=row.last_seen,
            ends_at=min(row.last_seen + self._inactivity, row.created_at + self._lifetime),
            user_agent=row.user_agent,
            address=row.address,
            must_change_password=row.must_change_password,
            has_cookie=row.token_hash is not None,
        )


def _hash(secret: str) -> str:
    # Tokens and codes hold 256 random bits, so that a plain hash cannot be searched.
    return hashlib.sha256(secret.encode()).hexdigest()
