"""Tokens above a role that fell: revoked with what was made through them, and dead when it rises again."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pipeline.access.accounts import AccountRole, Accounts
from pipeline.access.sign_on.accounts import SignOnAccounts, SignOnIdentity
from pipeline.access.tokens import Tokens
from pipeline.store.database import Database
from tests.passwords import make_password

SetRole = Callable[[AccountRole], object]


@pytest.fixture
def tokens(database: Database) -> Tokens:
    return Tokens(database)


@pytest.fixture(params=["an administrator", "the provider"])
def set_role(request: pytest.FixtureRequest, database: Database) -> SetRole:
    """Gives the account `ada` a role: by an administrator, or at a login by single sign-on."""
    if request.param == "an administrator":
        accounts = Accounts(database, hash_rounds=4)
        for name in ("root", "ada"):
            accounts.create(name, make_password(), AccountRole.ADMIN)
        return lambda role: accounts.set_role("ada", role)
    signed_on = SignOnAccounts(database, hash_rounds=4)
    identity = SignOnIdentity("https://login.bank.example", "4711", "ada", None)
    signed_on.admit(identity, AccountRole.ADMIN)
    return lambda role: signed_on.admit(identity, role)


def test_a_role_that_rises_again_revives_no_token(tokens: Tokens, set_role: SetRole) -> None:
    secrets = [tokens.create("ada", role.value, role)[1] for role in AccountRole]
    set_role(AccountRole.ANALYST)
    set_role(AccountRole.ADMIN)
    assert [tokens.find(secret) is not None for secret in secrets] == [True, True, False]
    assert {token.name for token in tokens.list("ada") if token.is_revoked} == {"admin"}


def test_what_was_made_through_a_token_above_falls_with_it(tokens: Tokens, set_role: SetRole) -> None:
    above, _ = tokens.create("ada", "above", AccountRole.ADMIN)
    child, _ = tokens.create("ada", "child", AccountRole.VIEWER, parent=above.id)
    _, grandchild = tokens.create("ada", "grandchild", AccountRole.VIEWER, parent=child.id)
    _, other = tokens.create("ada", "other", AccountRole.VIEWER)
    set_role(AccountRole.VIEWER)
    assert tokens.find(grandchild) is None
    assert tokens.find(other) is not None


def test_a_role_that_rises_revokes_nothing(tokens: Tokens, set_role: SetRole) -> None:
    set_role(AccountRole.VIEWER)
    _, secret = tokens.create("ada", "ci", AccountRole.VIEWER)
    set_role(AccountRole.ADMIN)
    assert tokens.find(secret) is not None
