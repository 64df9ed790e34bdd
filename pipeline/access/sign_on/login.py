"""The way in by single sign-on: it ends in the same session as a password does, and each step is recorded."""

from __future__ import annotations

from typing import NoReturn

from pipeline.access.accounts import Account, AccountRole, Actor
from pipeline.access.audit import AuditEvent, AuditLog, Detail
from pipeline.access.rate_limits import find_network, is_shared
from pipeline.access.sessions import Sessions
from pipeline.access.sign_on.accounts import SignOnAccounts, SignOnIdentity
from pipeline.errors import AccessError
from pipeline.store.cache.turns import TokenBuckets

SURFACE = "web"
TURNS_A_MINUTE = 120
"""So many steps may come from one address: a login takes two, one to the provider and one back."""

_STATE = {"state": "single sign-on"}


class SignOnEntrance:
    """Lets in whom the provider vouches for, with the role that it gives them today."""

    def __init__(
        self, accounts: SignOnAccounts, sessions: Sessions, audit: AuditLog, turns: TokenBuckets
    ) -> None:
        self._accounts = accounts
        self._sessions = sessions
        self._audit = audit
        self._turns = turns

    def take_turn(self, address: str) -> float:
        """0 where this address may take a step now, else the seconds until it may; asks no database.

        As with passwords, addresses that many may share unknowingly are not counted: see `AddressLimit`.
        """
        network = find_network(address)
        return 0.0 if is_shared(network) else self._turns.take(network, TURNS_A_MINUTE)

    def enter(self, identity: SignOnIdentity, user_agent: str = "", address: str = "") -> str:
        """Open a session and give its token, for the browser's cookie; AccessError, recorded, if refused."""
        before = self._accounts.find(identity)
        if identity.role is None:
            self._refuse_without_role(before, address)
        try:
            with self._audit.together():
                account = self._accounts.admit(identity, identity.role)
                actor = Actor(account.name, account.role, SURFACE, address)
                self._record_changes(before, account, actor)
                session_id = self._sessions.start(account.name, user_agent, address)
                self._audit.append(actor, AuditEvent.LOGIN, account.name, {"session": session_id, **_STATE})
        except AccessError:
            self._record_refusal(before, address)
            raise
        return self._sessions.redeem(self._sessions.offer(session_id))

    def refuse(self, address: str = "") -> None:
        """Record an attempt that proved nothing."""
        self._audit.append_seldom(SURFACE, AuditEvent.REFUSED, "", _STATE, address)

    def _refuse_without_role(self, before: Account | None, address: str) -> NoReturn:
        with self._audit.together():
            if before is not None:
                self._accounts.withdraw(before)
            self._record_refusal(before, address, role="none")
        raise AccessError(
            "Single sign-on gives you no role in the workbench.",
            "ask to join one of the groups under sign_on.roles in config.yaml.",
        )

    def _record_refusal(self, account: Account | None, address: str, **details: Detail) -> None:
        subject = account.name if account else ""
        self._audit.append(SURFACE, AuditEvent.REFUSED, subject, {**_STATE, **details}, address)

    def _record_changes(self, before: Account | None, account: Account, actor: Actor) -> None:
        details: dict[str, Detail] = {**_STATE, "role": _spell(account.role)}
        if before is None:
            self._audit.append(actor, AuditEvent.ACCOUNT_CREATED, account.name, details)
        elif before.role is not account.role:
            self._audit.append(actor, AuditEvent.ACCOUNT_CHANGED, account.name, details)


def _spell(role: AccountRole) -> str:
    return role.value
