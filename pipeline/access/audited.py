"""Accounts, sessions and tokens as an administrator changes them: every change leaves an audit entry."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from pipeline.access.accounts import Account, AccountRole, Accounts, normalize_name
from pipeline.access.audit import AuditEvent, Detail
from pipeline.access.sessions import Sessions
from pipeline.access.tokens import DEFAULT_DAYS, ApiToken, Tokens
from pipeline.settings import SessionLimits
from pipeline.store.database import Database, utc_now


class Record(Protocol):
    """Writes an audit entry in the name of the acting user."""

    def __call__(self, event: AuditEvent, subject: str = "", **details: Detail) -> None:
        """Write the entry; StoreError where it cannot be written."""


class ManagedAccounts(Accounts):
    """Accounts whose changes are recorded."""

    def __init__(
        self,
        database: Database,
        record: Record,
        now: Callable[[], datetime] = utc_now,
        hash_rounds: int = 12,
    ) -> None:
        super().__init__(database, now, hash_rounds)
        self._record = record

    def create(self, name: str, password: str, role: AccountRole, is_temporary: bool = True) -> Account:
        """Add an account, as `Accounts` does; the very first one's password is its owner's own."""
        with self._database.together():
            account = super().create(name, password, role, is_temporary and not self.is_empty())
            self._record(AuditEvent.ACCOUNT_CREATED, account.name, role=account.role)
            return account

    def create_without_password(self, name: str, role: AccountRole) -> Account:
        """Add an account without a password, as `Accounts` does."""
        with self._database.together():
            account = super().create_without_password(name, role)
            self._record(AuditEvent.ACCOUNT_CREATED, account.name, role=account.role, state="no password")
            return account

    def set_role(self, name: str, role: AccountRole) -> None:
        """Change what an account may do, as `Accounts` does."""
        with self._database.together():
            super().set_role(name, role)
            self._record(AuditEvent.ACCOUNT_CHANGED, normalize_name(name), role=role)

    def set_reviewer(self, name: str, is_reviewer: bool) -> None:
        """Name an account reviewer or take that back, as `Accounts` does."""
        with self._database.together():
            super().set_reviewer(name, is_reviewer)
            state = "reviewer" if is_reviewer else "no reviewer"
            self._record(AuditEvent.ACCOUNT_CHANGED, normalize_name(name), state=state)

    def disable(self, name: str) -> None:
        """Refuse an account from now on, as `Accounts` does."""
        with self._database.together():
            super().disable(name)
            self._record(AuditEvent.ACCOUNT_CHANGED, normalize_name(name), state="disabled")

    def enable(self, name: str) -> None:
        """Let an account in again, as `Accounts` does."""
        with self._database.together():
            super().enable(name)
            self._record(AuditEvent.ACCOUNT_CHANGED, normalize_name(name), state="active")

    def reset_password(self, name: str, password: str, is_temporary: bool = True) -> None:
        """Give an account a new password, as `Accounts` does."""
        with self._database.together():
            super().reset_password(name, password, is_temporary)
            details = {"state": "temporary"} if is_temporary else {}
            self._record(AuditEvent.PASSWORD_CHANGED, normalize_name(name), **details)


class ManagedSessions(Sessions):
    """Sessions whose ends are recorded."""

    def __init__(
        self,
        database: Database,
        limits: SessionLimits,
        record: Record,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        super().__init__(database, limits, now)
        self._record = record

    def end(self, session_id: int) -> None:
        """End a session, as `Sessions` does."""
        with self._database.together():
            ended = self.get(session_id)
            super().end(session_id)
            if ended is not None:
                self._record(AuditEvent.SESSION_ENDED, ended.actor.name, session=session_id)

    def end_all(self, name: str) -> int:
        """End every session of an account, as `Sessions` does."""
        with self._database.together():
            count = super().end_all(name)
            self._record(AuditEvent.SESSION_ENDED, normalize_name(name))
            return count


class ManagedTokens(Tokens):
    """Tokens whose making and end are recorded."""

    def __init__(self, database: Database, record: Record, now: Callable[[], datetime] = utc_now) -> None:
        super().__init__(database, now)
        self._record = record

    def create(
        self, account: str, name: str, role: AccountRole, days: int = DEFAULT_DAYS, parent: str = ""
    ) -> tuple[ApiToken, str]:
        """Make a token, as `Tokens` does."""
        with self._database.together():
            token, secret = super().create(account, name, role, days, parent)
            self._record(
                AuditEvent.TOKEN_CREATED,
                token.name,
                account=token.account,
                role=token.role,
                days=days,
                token=token.id,
                **({"parent": parent} if parent else {}),
            )
            return token, secret

    def revoke(self, id_or_name: str, account: str | None = None) -> ApiToken:
        """Refuse a token from now on, as `Tokens` does."""
        with self._database.together():
            token = super().revoke(id_or_name, account)
            self._record(AuditEvent.TOKEN_REVOKED, token.name, account=token.account, token=token.id)
            return token
