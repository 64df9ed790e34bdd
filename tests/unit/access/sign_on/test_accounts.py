"""Accounts of single sign-on in both databases: made once, refreshed, and taken from nobody."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from pipeline.access.accounts import AccountRole
from pipeline.access.sessions import Sessions
from pipeline.access.sign_on.accounts import SignOnAccounts, SignOnIdentity
from pipeline.errors import AccessError, DataError
from pipeline.settings import SessionLimits

ADA = SignOnIdentity("https://login.bank.example", "4711", "Ada@bank.example", AccountRole.ANALYST)


@pytest.fixture
def accounts(database):
    return SignOnAccounts(database, hash_rounds=4)


def test_the_first_login_makes_the_account_and_later_ones_find_it(accounts):
    made = accounts.admit(ADA, AccountRole.ANALYST)
    assert (made.name, made.is_signed_on, made.has_password) == ("ada@bank.example", True, False)
    assert accounts.admit(replace(ADA, name="married@bank.example"), AccountRole.ANALYST) == made
    assert len(accounts.list()) == 1


def test_a_new_role_ends_the_sessions_that_carry_the_old_one(accounts, database):
    accounts.admit(ADA, AccountRole.ADMIN)
    session = Sessions(database, SessionLimits()).start("ada@bank.example")
    assert accounts.admit(ADA, AccountRole.VIEWER).role is AccountRole.VIEWER
    assert Sessions(database, SessionLimits()).get(session) is None


@pytest.mark.parametrize("change", [{"subject": "4712"}, {"issuer": "https://other.example"}])
def test_a_name_belongs_to_the_subject_that_came_first(accounts, change):
    accounts.admit(ADA, AccountRole.ANALYST)
    with pytest.raises(AccessError, match="which cannot be used here"):
        accounts.admit(replace(ADA, **change), AccountRole.ANALYST)


def test_two_first_logins_at_once_make_one_account(accounts):
    def admit(_):
        try:
            return accounts.admit(ADA, AccountRole.ANALYST).name
        except AccessError:
            return "refused"

    with ThreadPoolExecutor(2) as pool:
        assert "ada@bank.example" in set(pool.map(admit, range(2)))
    assert len(accounts.list()) == 1


def test_it_gets_no_password(accounts):
    accounts.admit(ADA, AccountRole.ANALYST)
    with pytest.raises(DataError, match="logs in by single sign-on"):
        accounts.reset_password("ada@bank.example", "four words make it long")
    assert accounts.is_empty()
