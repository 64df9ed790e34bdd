"""The way into the web app and out of it, each step recorded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from pipeline.access.accounts import Account, Accounts, Actor
from pipeline.access.audit import AuditEvent, AuditLog
from pipeline.access.first_start import FirstStart
from pipeline.access.rate_limits import AddressLimit
from pipeline.access.sessions import Sessions
from pipeline.errors import AccessError, NotFoundError, WorkbenchError
from pipeline.store.database import utc_now

SURFACE = "web"


class Entrance:
    """Lets people in and out; `address` says from where they come."""

    def __init__(
        self,
        accounts: Accounts,
        sessions: Sessions,
        first_start: FirstStart,
        audit: AuditLog,
        addresses: AddressLimit,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._accounts = accounts
        self._sessions = sessions
        self._first_start = first_start
        self._audit = audit
        self._addresses = addresses
        self._now = now

    def check_password(self, name: str, password: str, address: str = "") -> Account | None:
        """The account that may log in with this password, or None; a failure is recorded.

        Where too many logins from this address have failed, the password is not checked.
        """
        attempt = self._addresses.claim(address)
        if attempt is None:
            self._record_lock(address)
            return None
        account = self._accounts.verify(name, password)
        if account is not None:
            self._addresses.forgive(attempt)
        else:
            known = self._find(name)
            # Some people type their password as their name, so unknown names are not recorded.
            subject = known.name if known else ""
            self._audit.append(SURFACE, self._find_event(known), subject, address=address)
        return account

    def set_up(self, code: str, name: str, password: str, address: str = "") -> Account:
        """Make the first administrator, as `FirstStart` does; a wrong code is recorded and counted.

        Raises AccessError without checking the code where too many tries from this address have failed.
        """
        attempt = self._addresses.claim(address)
        if attempt is None:
            self._record_lock(address)
            raise AccessError("Too many failed attempts from this address.", "try again in 15 minutes.")
        try:
            with self._audit.together():
                account = self._first_start.create_admin(code, name, password)
                self._audit.append(self._as_actor(account), AuditEvent.SETUP, account.name, address=address)
        except AccessError:
            self._audit.append_seldom(SURFACE, AuditEvent.REFUSED, "set_up", address=address)
            raise
        except WorkbenchError:
            self._addresses.forgive(attempt)
            raise
        self._addresses.forgive(attempt)
        return account

    def enter(self, name: str, user_agent: str = "", address: str = "") -> int:
        """Open a session for an account whose owner has proved who they are, and give its id."""
        with self._audit.together():
            session_id = self._sessions.start(name, user_agent, address)
            account = self._accounts.get(name)
            details = {"session": session_id}
            self._audit.append(self._as_actor(account), AuditEvent.LOGIN, account.name, details, address)
            return session_id

    def leave(self, session_id: int) -> None:
        """End a session because its user logs out; twice is harmless."""
        with self._audit.together():
            session = self._sessions.get(session_id)
            self._sessions.end(session_id)
            if session is not None:
                details = {"session": session_id}
                self._audit.append(session.actor, AuditEvent.LOGOUT, session.actor.name, details)

    def _record_lock(self, address: str) -> None:
        self._audit.append_seldom(SURFACE, AuditEvent.LOCKED_OUT, "", {"state": "address"}, address)

    def _find(self, name: str) -> Account | None:
        try:
            return self._accounts.get(name)
        except NotFoundError:
            return None

    def _find_event(self, account: Account | None) -> AuditEvent:
        is_locked = account is not None and account.locked_until and account.locked_until > self._now()
        return AuditEvent.LOCKED_OUT if is_locked else AuditEvent.LOGIN_FAILED

    def _as_actor(self, account: Account) -> Actor:
        return Actor(account.name, account.role, SURFACE)
