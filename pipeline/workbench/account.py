"""Accounts, sessions, tokens and the audit log for administrators; one's own account for everybody."""

from __future__ import annotations

from pipeline.access.accounts import Account, AccountRole
from pipeline.access.audit import EVERYTHING, AuditEvent, AuditFilter, AuditLog
from pipeline.access.audited import ManagedAccounts, ManagedSessions, ManagedTokens
from pipeline.access.sessions import Session
from pipeline.access.tokens import DEFAULT_DAYS, ApiToken, check_terms
from pipeline.access.tour import Tour
from pipeline.errors import AccessError, DataError, NotFoundError
from pipeline.workbench.context import Context, needs

__all__ = ["AccountService", "ManagedAccounts"]


class AccountService:
    """One's own account, and everybody's for administrators."""

    def __init__(self, context: Context) -> None:
        self.context = context

    @property
    @needs(AccountRole.ADMIN)
    def accounts(self) -> ManagedAccounts:
        """Everybody's account."""
        return self._accounts

    @property
    @needs(AccountRole.ADMIN)
    def sessions(self) -> ManagedSessions:
        """Everybody's sessions."""
        return self._sessions

    @property
    @needs(AccountRole.ADMIN)
    def tokens(self) -> ManagedTokens:
        """Everybody's tokens."""
        return self._tokens

    @property
    @needs(AccountRole.ADMIN)
    def audit(self) -> AuditLog:
        """The audit log."""
        return self.context.stores.audit

    @needs(AccountRole.ADMIN)
    def export_audit(self, wanted: AuditFilter = EVERYTHING) -> bytes:
        """The audit log as CSV; that it leaves is an entry too, which the next file holds."""
        content = self.context.stores.audit.to_csv(wanted)
        self.context.record(AuditEvent.DOWNLOADED, "audit log", format="csv")
        return content

    @needs(AccountRole.ADMIN)
    def create_token(
        self,
        name: str,
        role: AccountRole | None = None,
        days: int = DEFAULT_DAYS,
        account: str | None = None,
    ) -> tuple[ApiToken, str]:
        """Make a token, with the account's role unless `role` says a lower one, and give it with its secret.

        Without `account`, the token belongs to the account of the same name; where there is none, one is
        made (analyst unless `role` says otherwise) that has no password and can only use tokens.
        """
        check_terms(name, days)
        try:
            owner = self._accounts.get(account or name)
        except NotFoundError:
            if account:
                raise
            owner = self._accounts.create_without_password(name, role or AccountRole.ANALYST)
        return self._tokens.create(owner.name, name, role or owner.role, days, self.context.actor.token)

    @needs(AccountRole.VIEWER)
    def get_my_account(self) -> Account:
        """One's own account."""
        return self._accounts.get(self.context.actor.name)

    @needs(AccountRole.VIEWER)
    def is_tour_due(self) -> bool:
        """Whether one's own account has not ended the tour of the first login yet."""
        return Tour(self.context.stores.database).is_due(self.context.actor.name)

    @needs(AccountRole.VIEWER)
    def end_tour(self) -> None:
        """Show the tour to one's own account no more."""
        Tour(self.context.stores.database).end(self.context.actor.name)

    @needs(AccountRole.VIEWER)
    def change_password(self, current: str, new: str) -> None:
        """Change one's own password, which ends all of one's sessions.

        AccessError where `current` is wrong, DataError where `new` is the same or breaks the rules.
        """
        if self._accounts.verify(self.context.actor.name, current) is None:
            self.context.record(AuditEvent.REFUSED, "account.change_password")
            raise AccessError(
                "The current password is wrong, or the account is temporarily locked after failed attempts.",
                "try again, or ask an administrator for a new password.",
            )
        if new == current:
            raise DataError("The new password equals the current one.", "choose another one.")
        self._accounts.reset_password(self.context.actor.name, new, is_temporary=False)

    @needs(AccountRole.VIEWER)
    def list_my_sessions(self) -> tuple[Session, ...]:
        """One's own active sessions, the newest first."""
        return self._sessions.list(self.context.actor.name)

    @needs(AccountRole.VIEWER)
    def end_my_session(self, session_id: int) -> None:
        """End one of one's own sessions; NotFoundError for another account's."""
        if session_id not in {session.id for session in self._sessions.list(self.context.actor.name)}:
            raise NotFoundError(f"You have no session {session_id}.", "reload the list: it may have ended.")
        self._sessions.end(session_id)

    @needs(AccountRole.VIEWER)
    def create_my_token(self, name: str, role: AccountRole, days: int = DEFAULT_DAYS) -> tuple[ApiToken, str]:
        """Make a token for one's own account, with a role up to one's own, and give it with its secret.

        One that a token asks for ends with it at the latest, and is revoked with it.
        """
        self.context.require(role, "account.create_my_token")
        return self._tokens.create(self.context.actor.name, name, role, days, self.context.actor.token)

    @needs(AccountRole.VIEWER)
    def list_my_tokens(self) -> tuple[ApiToken, ...]:
        """One's own tokens, revoked and expired ones included, the newest first."""
        return self._tokens.list(self.context.actor.name)

    @needs(AccountRole.VIEWER)
    def revoke_my_token(self, id_or_name: str) -> ApiToken:
        """Refuse one of one's own tokens from now on."""
        return self._tokens.revoke(id_or_name, self.context.actor.name)

    @property
    def _accounts(self) -> ManagedAccounts:
        return ManagedAccounts(self.context.stores.database, self.context.record)

    @property
    def _sessions(self) -> ManagedSessions:
        return ManagedSessions(
            self.context.stores.database, self.context.settings.session, self.context.record
        )

    @property
    def _tokens(self) -> ManagedTokens:
        return ManagedTokens(self.context.stores.database, self.context.record)
