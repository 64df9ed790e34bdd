"""Who acts, what their role allows, the record of what they did, and what all may do to their own account."""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable
from functools import cached_property, wraps
from typing import Concatenate, ParamSpec, TypeVar

from pipeline.access.accounts import Account, AccountRole, Actor
from pipeline.access.audit import EVERYTHING, AuditEvent, AuditFilter, AuditLog, Detail
from pipeline.access.audited import ManagedAccounts, ManagedSessions, ManagedTokens
from pipeline.access.sessions import Session
from pipeline.access.tokens import DEFAULT_DAYS, ApiToken, check_terms
from pipeline.errors import AccessError, DataError, NotFoundError
from pipeline.settings import Settings, load_settings
from pipeline.store.database import Database, open_database

Self = TypeVar("Self", bound="Access")
Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")
UseCase = Callable[Concatenate[Self, Parameters], Result]


def local_actor() -> Actor:
    """The operating-system user, who has all rights on the command line and in a notebook."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        # Containers run under numbers that no user database knows.
        name = f"uid-{os.getuid()}"
    return Actor(name=name, role=AccountRole.ADMIN, source="local")


def needs(
    role: AccountRole,
) -> Callable[[UseCase[Self, Parameters, Result]], UseCase[Self, Parameters, Result]]:
    """Let only actors of this role or above do something; whoever else tries is refused and recorded."""

    def guard(use_case: UseCase[Self, Parameters, Result]) -> UseCase[Self, Parameters, Result]:
        @wraps(use_case)
        def guarded(self: Self, /, *args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
            self.require(role, use_case.__name__)
            return use_case(self, *args, **kwargs)

        return guarded

    return guard


class Stores:
    """The database and what lies in it, opened when first needed: mere listing waits for no database."""

    def __init__(self, settings: Settings, database: Database | None = None) -> None:
        self._settings = settings
        self._database = database

    @cached_property
    def database(self) -> Database:
        """The migrated database."""
        return self._database or open_database(self._settings)

    @cached_property
    def audit(self) -> AuditLog:
        """The audit log of that database."""
        return AuditLog(self.database, self._settings.state_folder)


class Access:
    """One actor with a role; administrators get the managers of accounts, sessions, tokens and audit log."""

    def __init__(
        self,
        settings: Settings | None = None,
        actor: Actor | None = None,
        database: Database | None = None,
    ) -> None:
        self.settings = settings or load_settings()
        self.actor = actor or local_actor()
        self._stores = Stores(self.settings, database)

    def require(self, role: AccountRole, use_case: str = "") -> None:
        """Raise AccessError, and record the attempt, unless the actor has this role or a higher one."""
        if self.actor.role.includes(role):
            return
        self._record(AuditEvent.REFUSED, use_case, role=role)
        raise AccessError(
            f"{self.actor.name} is {_name(self.actor.role)}; this needs the role {role}.",
            "ask an administrator of the workbench for that role.",
        )

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
        return self._stores.audit

    @needs(AccountRole.ADMIN)
    def export_audit(self, wanted: AuditFilter = EVERYTHING) -> bytes:
        """The audit log as CSV; that it leaves is an entry too, which the next file holds."""
        content = self._stores.audit.to_csv(wanted)
        self._record(AuditEvent.DOWNLOADED, "audit log", format="csv")
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
        return self._tokens.create(owner.name, name, role or owner.role, days, self.actor.token)

    @needs(AccountRole.VIEWER)
    def get_my_account(self) -> Account:
        """One's own account."""
        return self._accounts.get(self.actor.name)

    @needs(AccountRole.VIEWER)
    def change_password(self, current: str, new: str) -> None:
        """Change one's own password, which ends all of one's sessions.

        AccessError where `current` is wrong, DataError where `new` is the same or breaks the rules.
        """
        if self._accounts.verify(self.actor.name, current) is None:
            self._record(AuditEvent.REFUSED, "change_password")
            raise AccessError(
                "The present password is wrong, or the account is resting after too many attempts.",
                "try again, or ask an administrator for a new password.",
            )
        if new == current:
            raise DataError("The new password is the present one.", "choose another one.")
        self._accounts.reset_password(self.actor.name, new, is_temporary=False)

    @needs(AccountRole.VIEWER)
    def list_my_sessions(self) -> tuple[Session, ...]:
        """One's own living sessions, the newest first."""
        return self._sessions.list(self.actor.name)

    @needs(AccountRole.VIEWER)
    def end_my_session(self, session_id: int) -> None:
        """End one of one's own sessions; NotFoundError for anybody else's."""
        if session_id not in {session.id for session in self._sessions.list(self.actor.name)}:
            raise NotFoundError(f"You have no session {session_id}.", "reload the list: it may have ended.")
        self._sessions.end(session_id)

    @needs(AccountRole.VIEWER)
    def create_my_token(self, name: str, role: AccountRole, days: int = DEFAULT_DAYS) -> tuple[ApiToken, str]:
        """Make a token for one's own account, with a role up to one's own, and give it with its secret.

        One that a token asks for ends with it at the latest, and is revoked with it.
        """
        self.require(role, "create_my_token")
        return self._tokens.create(self.actor.name, name, role, days, self.actor.token)

    @needs(AccountRole.VIEWER)
    def list_my_tokens(self) -> tuple[ApiToken, ...]:
        """One's own tokens, revoked and expired ones included, the newest first."""
        return self._tokens.list(self.actor.name)

    @needs(AccountRole.VIEWER)
    def revoke_my_token(self, id_or_name: str) -> ApiToken:
        """Refuse one of one's own tokens from now on."""
        return self._tokens.revoke(id_or_name, self.actor.name)

    @property
    def _accounts(self) -> ManagedAccounts:
        return ManagedAccounts(self._stores.database, self._record)

    @property
    def _sessions(self) -> ManagedSessions:
        return ManagedSessions(self._stores.database, self.settings.session, self._record)

    @property
    def _tokens(self) -> ManagedTokens:
        return ManagedTokens(self._stores.database, self._record)

    def _record(self, event: AuditEvent, subject: str = "", **details: Detail) -> None:
        self._stores.audit.append(self.actor, event, subject, details)


def _name(role: AccountRole) -> str:
    return f"a {role}" if role is AccountRole.VIEWER else f"an {role}"
