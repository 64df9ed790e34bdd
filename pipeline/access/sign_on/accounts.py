"""Accounts whose owners prove who they are to a provider of single sign-on: without a password here."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from pipeline.access.accounts import Account, AccountRole, Accounts, normalize_name
from pipeline.errors import AccessError, DataError
from pipeline.store.tables import USERS


@dataclass(frozen=True)
class SignOnIdentity:
    """Whom a provider vouches for; `subject` never changes, name and role may. No role: no access."""

    issuer: str
    subject: str
    name: str
    role: AccountRole | None

    @property
    def id(self) -> str:
        """What the account is found by: names are given away again, subjects are not."""
        return hashlib.sha256(f"{self.issuer}\n{self.subject}".encode()).hexdigest()


class SignOnAccounts(Accounts):
    """Makes and refreshes the accounts of single sign-on."""

    def find(self, identity: SignOnIdentity) -> Account | None:
        """The account of an identity, or None where it has never logged in."""
        with self._database.read() as connection:
            row = _find(connection, identity)
        return self.get(row.name) if row else None

    def admit(self, identity: SignOnIdentity, role: AccountRole) -> Account:
        """The identity's account with this role, made at the first login.

        Raises AccessError for a disabled account, and where the name belongs to an account that logs in
        another way: an equal name elsewhere gives no access to a local account.
        """
        known = self.find(identity)
        if known is None:
            return self._add(identity, role)
        if not known.is_active:
            raise AccessError(f'The account "{known.name}" is disabled.', "ask an administrator.")
        if known.role is not role:
            with self._database.begin() as connection:
                # The provider decides, even over the last administrator; the command line makes another.
                self._change_role(connection, known.name, role)
        return self.get(known.name)

    def withdraw(self, account: Account) -> None:
        """End sessions, runs and tokens of an account that its provider gives no role any more."""
        with self._database.begin() as connection:
            self._change_role(connection, account.name, AccountRole.VIEWER)
            self._revoke_tokens(connection, account.name)

    def _add(self, identity: SignOnIdentity, role: AccountRole) -> Account:
        try:
            return self._insert(identity.name, role, password=None, sign_on_id=identity.id)
        except DataError as error:
            raise AccessError(
                f'Single sign-on sent the name "{normalize_name(identity.name)}", which cannot be used here. '
                f"{error.message}",
                "ask an administrator of the workbench.",
            ) from error


def _find(connection: Connection, identity: SignOnIdentity) -> Row[Any] | None:
    return connection.execute(select(USERS).where(USERS.c.sign_on_id == identity.id)).one_or_none()
