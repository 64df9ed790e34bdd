"""Tokens of the API: shown once, stored as hashes, and refused as soon as they should be."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from pipeline.access.accounts import AccountRole, Accounts, Actor
from pipeline.access.tokens import LONGEST_DAYS, PREFIX, Tokens
from pipeline.errors import AccessError, DataError, NotFoundError
from pipeline.store.database import Database
from tests.passwords import make_password
from tests.unit.clock import START, Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def accounts(database: Database) -> Accounts:
    accounts = Accounts(database, hash_rounds=4)
    for name, role in (("root", AccountRole.ADMIN), ("ada", AccountRole.ANALYST)):
        accounts.create(name, make_password(), role)
    return accounts


@pytest.fixture
def tokens(database: Database, accounts: Accounts, clock: Clock) -> Tokens:
    return Tokens(database, clock)


def test_a_token_is_found_by_its_secret_and_its_use_is_noted(tokens: Tokens, clock: Clock) -> None:
    made, secret = tokens.create("ADA", " nightly ", AccountRole.VIEWER, days=7)
    assert (made.name, made.account, made.role) == ("nightly", "ada", AccountRole.VIEWER)
    assert (made.created_at, made.expires_at) == (START, START + timedelta(days=7))
    assert (made.last_used_at, made.is_revoked) == (None, False)
    clock.now += timedelta(hours=1)
    found = tokens.find(secret)
    assert found is not None
    assert (found.id, found.last_used_at) == (made.id, clock.now)
    actor = found.act_from("10.0.0.7")
    assert (actor, actor.address) == (Actor("ada", AccountRole.VIEWER, "api"), "10.0.0.7")


def test_neither_the_database_nor_a_repr_holds_the_secret(tokens: Tokens, tmp_path: Path) -> None:
    made, secret = tokens.create("ada", "ci", AccountRole.VIEWER)
    stored = b"".join(file.read_bytes() for file in tmp_path.glob("workbench.db*"))
    assert secret.startswith(PREFIX)
    assert secret.encode() not in stored
    assert secret not in repr(made)


@pytest.mark.parametrize("forge", [lambda s: s[:-1], lambda s: s + "x", lambda s: "", str.lower])
def test_a_secret_that_is_nearly_right_finds_nothing(tokens: Tokens, forge) -> None:
    _, secret = tokens.create("ada", "ci", AccountRole.VIEWER)
    assert tokens.find(forge(secret)) is None


def test_a_token_ends_to_the_second(tokens: Tokens, clock: Clock) -> None:
    _, secret = tokens.create("ada", "ci", AccountRole.VIEWER, days=1)
    clock.now = START + timedelta(days=1) - timedelta(seconds=1)
    assert tokens.find(secret) is not None
    clock.now = START + timedelta(days=1)
    assert tokens.find(secret) is None


def test_a_revoked_token_is_refused_and_twice_is_harmless(tokens: Tokens) -> None:
    made, secret = tokens.create("ada", "ci", AccountRole.VIEWER)
    assert tokens.revoke("ci").is_revoked
    assert tokens.find(secret) is None
    assert tokens.revoke(made.id).is_revoked
    assert [token.is_revoked for token in tokens.list("ada")] == [True]


def test_a_token_made_through_a_token_ends_no_later(tokens: Tokens, clock: Clock) -> None:
    parent, _ = tokens.create("ada", "ci", AccountRole.VIEWER, days=1)
    child, secret = tokens.create("ada", "more", AccountRole.VIEWER, LONGEST_DAYS, parent.id)
    assert child.expires_at == parent.expires_at
    shorter, _ = tokens.create(
        "ada", "least", AccountRole.VIEWER, 1, tokens.create("ada", "b", child.role)[0].id
    )
    assert shorter.expires_at == START + timedelta(days=1)
    clock.now = parent.expires_at
    assert tokens.find(secret) is None


def test_a_revoked_token_takes_along_what_was_made_through_it(tokens: Tokens) -> None:
    _, kept = tokens.create("ada", "other", AccountRole.VIEWER)
    parent, _ = tokens.create("ada", "ci", AccountRole.VIEWER)
    child, of_child = tokens.create("ada", "child", AccountRole.VIEWER, parent=parent.id)
    _, of_grandchild = tokens.create("ada", "grandchild", AccountRole.VIEWER, parent=child.id)
    tokens.revoke(parent.id)
    assert [tokens.find(secret) for secret in (of_child, of_grandchild)] == [None, None]
    assert tokens.find(kept) is not None
    with pytest.raises(AccessError, match="has expired or been revoked"):
        tokens.create("ada", "late", AccountRole.VIEWER, parent=child.id)


def test_an_account_has_only_so_many_active_tokens(
    tokens: Tokens, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.access.tokens.MOST_ACTIVE", 2)
    tokens.create("ada", "short", AccountRole.VIEWER, days=1)
    tokens.create("ada", "long", AccountRole.VIEWER)
    with pytest.raises(DataError, match='"ada" has 2 active tokens already'):
        tokens.create("ada", "third", AccountRole.VIEWER)
    tokens.create("root", "own", AccountRole.VIEWER)
    tokens.revoke("long")
    tokens.create("ada", "third", AccountRole.VIEWER)
    clock.now += timedelta(days=1)
    tokens.create("ada", "fourth", AccountRole.VIEWER)


def test_disabling_an_account_revokes_its_tokens_for_good(tokens: Tokens, accounts: Accounts) -> None:
    _, secret = tokens.create("ada", "ci", AccountRole.VIEWER)
    accounts.disable("ada")
    assert tokens.find(secret) is None
    accounts.enable("ada")
    assert tokens.find(secret) is None
    assert tokens.list("ada")[0].is_revoked


def test_a_password_that_an_administrator_sets_revokes_tokens_and_ones_own_does_not(
    tokens: Tokens, accounts: Accounts
) -> None:
    _, secret = tokens.create("ada", "ci", AccountRole.VIEWER)
    accounts.reset_password("ada", make_password())
    assert tokens.find(secret) is not None
    accounts.reset_password("ada", make_password(), is_temporary=True)
    assert tokens.find(secret) is None


def test_a_token_falls_with_the_role_of_its_account(tokens: Tokens, accounts: Accounts) -> None:
    _, high = tokens.create("ada", "high", AccountRole.ANALYST)
    _, low = tokens.create("ada", "low", AccountRole.VIEWER)
    accounts.set_role("ada", AccountRole.VIEWER)
    assert tokens.find(high) is None
    assert tokens.find(low) is not None


def test_no_token_stands_above_its_account(tokens: Tokens) -> None:
    with pytest.raises(DataError, match='"ada" is analyst and cannot have a token with the role admin'):
        tokens.create("ada", "ci", AccountRole.ADMIN)
    assert tokens.list() == ()


@pytest.mark.parametrize("name", ["", "  ", "a" * 65, "a\nb"])
def test_a_name_that_nobody_can_read_is_refused(tokens: Tokens, name: str) -> None:
    with pytest.raises(DataError, match="valid token name"):
        tokens.create("ada", name, AccountRole.VIEWER)


@pytest.mark.parametrize("days", [0, -1, LONGEST_DAYS + 1, 10**12])
def test_a_token_lives_for_a_year_at_most(tokens: Tokens, days: int) -> None:
    with pytest.raises(DataError, match="cannot be valid for"):
        tokens.create("ada", "ci", AccountRole.VIEWER, days)


@pytest.mark.parametrize("account", ["nobody", "disabled"])
def test_only_active_accounts_get_tokens(tokens: Tokens, accounts: Accounts, account: str) -> None:
    accounts.create_without_password("disabled", AccountRole.VIEWER)
    accounts.disable("disabled")
    with pytest.raises(NotFoundError, match="no active account"):
        tokens.create(account, "ci", AccountRole.VIEWER)


def test_tokens_are_listed_by_account_newest_first(tokens: Tokens, clock: Clock) -> None:
    for account, name in (("ada", "old"), ("root", "other"), ("ada", "new")):
        tokens.create(account, name, AccountRole.VIEWER)
        clock.now += timedelta(seconds=1)
    assert [token.name for token in tokens.list("ADA")] == ["new", "old"]
    assert [token.name for token in tokens.list()] == ["new", "other", "old"]


def test_nobody_revokes_the_token_of_somebody_else(tokens: Tokens) -> None:
    made, secret = tokens.create("root", "ci", AccountRole.ADMIN)
    for wanted in ("ci", made.id):
        with pytest.raises(NotFoundError, match="no token"):
            tokens.revoke(wanted, account="ada")
    assert tokens.find(secret) is not None


def test_a_name_that_several_tokens_have_needs_an_id(tokens: Tokens) -> None:
    first, _ = tokens.create("ada", "ci", AccountRole.VIEWER)
    second, _ = tokens.create("root", "ci", AccountRole.VIEWER)
    with pytest.raises(DataError, match='2 tokens are named "ci"'):
        tokens.revoke("ci")
    assert tokens.revoke(first.id).account == "ada"
    assert tokens.revoke("ci").id == second.id


def test_tokens_go_with_their_account(tokens: Tokens, database: Database) -> None:
    _, secret = tokens.create("ada", "ci", AccountRole.VIEWER)
    with database.begin() as connection:
        connection.execute(text("DELETE FROM users WHERE name = 'ada'"))
    assert tokens.find(secret) is None
    assert tokens.list() == ()


def test_a_use_is_noted_once_a_minute(tokens: Tokens, clock: Clock) -> None:
    _, secret = tokens.create("ada", "ci", AccountRole.VIEWER)
    uses = []
    for seconds in (1, 30, 30, 1, 61):
        clock.move(seconds=seconds)
        tokens.find(secret)
        uses.append((tokens.list("ada")[0].last_used_at - START).total_seconds())
    assert uses == [1, 1, 61, 61, 123]
