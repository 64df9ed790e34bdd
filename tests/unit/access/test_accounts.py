"""Accounts: what is accepted, who is let in, and when an account is locked."""

from __future__ import annotations

import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import text

from pipeline.access import passwords
from pipeline.access.accounts import AccountRole, Accounts, compute_lock
from pipeline.access.sessions import Sessions
from pipeline.errors import AccessError, DataError, NotFoundError
from pipeline.settings import SessionLimits
from tests.passwords import make_password
from tests.unit.clock import Clock

PASSWORD = make_password()
OTHER = make_password()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def accounts(database, clock):
    accounts = Accounts(database, clock, hash_rounds=4)
    accounts.create("root", PASSWORD, AccountRole.ADMIN)
    return accounts


def fail(accounts, name, times):
    return [accounts.verify(name, OTHER) for _ in range(times)]


def test_a_name_is_stored_in_lower_case_and_found_in_any(accounts, clock):
    created = accounts.create("  Ada.Lovelace ", PASSWORD, AccountRole.ANALYST)
    assert (created.name, created.role, created.created_at) == (
        "ada.lovelace",
        AccountRole.ANALYST,
        clock.now,
    )
    assert accounts.get("ADA.Lovelace") == created
    assert accounts.verify("Ada.LOVELACE", PASSWORD) == created


def test_a_second_account_of_the_same_name_is_refused(accounts):
    with pytest.raises(DataError, match='an account "root" already'):
        accounts.create("ROOT", OTHER, AccountRole.VIEWER)
    assert [account.name for account in accounts.list()] == ["root"]


@pytest.mark.parametrize("name", ["", " ", "a b", "-a", "ä", "a" * 65, "a;drop", "a\nb"])
def test_a_name_that_could_confuse_is_refused(accounts, name):
    with pytest.raises(DataError, match="is not a valid user name"):
        accounts.create(name, PASSWORD, AccountRole.VIEWER)


@pytest.mark.parametrize(
    ("password", "rule"),
    [
        ("short-1234x", "fewer than 12 characters"),
        ("aB3$" * 19, "longer than 72 bytes"),
        ("äöüß" * 10, "longer than 72 bytes"),
        ("abababababab", "fewer than 5 different"),
        ("x-Root-y-98765", "contains the user name"),
        ("Qwertyuiop123", "most common"),
        ("1qaz2wsx3edc", "most common"),
        ("tab\tin-the-middle", "non-printable characters"),
    ],
)
def test_a_weak_password_is_refused_with_the_rule(password, rule):
    with pytest.raises(DataError, match=rule) as caught:
        passwords.check_password("root", password)
    assert password not in str(caught.value)


def test_every_common_password_would_pass_the_other_rules():
    listed = passwords._load_common()
    assert len(listed) > 500
    assert min(map(len, listed)) >= passwords.MINIMUM_CHARACTERS


def test_a_password_of_72_bytes_works_and_one_more_byte_does_not_match(accounts):
    longest = (secrets.token_urlsafe(60))[:72]
    accounts.create("ada", longest, AccountRole.VIEWER)
    assert accounts.verify("ada", longest).name == "ada"
    assert accounts.verify("ada", longest + "x") is None


def test_an_accent_matches_however_the_keyboard_composed_it(accounts):
    accounts.create("ada", "caf\u00e9 am Morgen 1", AccountRole.VIEWER)
    assert accounts.verify("ada", "cafe\u0301 am Morgen 1").name == "ada"


def test_only_the_hash_of_a_password_is_stored(accounts, database):
    with database.begin() as connection:
        row = connection.execute(text("select * from users")).mappings().one()
    assert row["password_hash"].startswith("$2b$04$")
    assert PASSWORD not in map(str, row.values())


def test_wrong_password_unknown_name_and_disabled_account_answer_alike(accounts):
    accounts.create("gone", PASSWORD, AccountRole.VIEWER)
    accounts.disable("gone")
    assert accounts.verify("root", OTHER) is None
    assert accounts.verify("nobody", PASSWORD) is None
    assert accounts.verify("gone", PASSWORD) is None


def test_an_unknown_name_costs_a_hash_of_the_same_price(accounts, monkeypatch):
    checked = []
    monkeypatch.setattr("pipeline.access.accounts.is_match", lambda _, stored: checked.append(stored[:7]))
    accounts.verify("root", PASSWORD)
    accounts.verify("nobody", PASSWORD)
    assert checked == ["$2b$04$", "$2b$04$"]


def test_four_failures_do_not_lock_and_success_forgets_them(accounts):
    fail(accounts, "root", 4)
    assert accounts.get("root").failed_attempts == 4
    assert accounts.verify("root", PASSWORD).failed_attempts == 0


def test_the_fifth_failure_locks_even_the_right_password_out_for_a_minute(accounts, clock):
    fail(accounts, "root", 5)
    assert accounts.verify("root", PASSWORD) is None
    assert accounts.get("root").locked_until == clock.now + timedelta(minutes=1)
    clock.now += timedelta(minutes=1)
    assert accounts.verify("root", PASSWORD).locked_until is None


def test_a_lock_out_is_held_by_the_database_not_by_the_process(accounts, database, clock):
    fail(accounts, "root", 5)
    assert Accounts(database, clock, hash_rounds=4).verify("root", PASSWORD) is None


def test_guesses_during_a_lock_out_do_not_prolong_it(accounts, clock):
    fail(accounts, "root", 5)
    until = accounts.get("root").locked_until
    clock.now += timedelta(seconds=30)
    fail(accounts, "root", 3)
    assert accounts.get("root").locked_until == until


def test_the_next_failure_after_a_lock_out_locks_for_longer(accounts, clock):
    fail(accounts, "root", 5)
    clock.now += timedelta(minutes=1)
    fail(accounts, "root", 1)
    assert accounts.get("root").locked_until == clock.now + timedelta(minutes=2)


@pytest.mark.parametrize(
    ("failures", "minutes"), [(0, 0), (4, 0), (5, 1), (6, 2), (8, 8), (11, 60), (900, 60)]
)
def test_the_delay_doubles_up_to_an_hour(failures, minutes):
    assert compute_lock(failures) == timedelta(minutes=minutes)


def test_parallel_guesses_cannot_outrun_the_lock_out(accounts, monkeypatch):
    looked = []

    def count(password, stored):
        looked.append(stored)
        time.sleep(0.05)
        return False

    real_hash = accounts._dummy_hash
    monkeypatch.setattr("pipeline.access.accounts.is_match", count)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: accounts.verify("root", OTHER), range(8)))
    assert sum(stored != real_hash for stored in looked) == 5


def test_two_administrators_who_disable_each_other_leave_one(accounts):
    accounts.create("second", PASSWORD, AccountRole.ADMIN)

    def disable(name):
        try:
            accounts.disable(name)
        except AccessError as error:
            return "last active administrator" in str(error)
        return False

    with ThreadPoolExecutor(2) as pool:
        refused = sorted(pool.map(disable, ["root", "second"]))
    assert refused == [False, True]
    assert [account.is_active for account in accounts.list()].count(True) == 1


def test_two_first_administrators_at_once_become_one(database):
    accounts = Accounts(database, hash_rounds=4)

    def create(name):
        try:
            return accounts.create_first(name, PASSWORD).name
        except AccessError as error:
            return "exists already" in str(error)

    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(create, ["ada", "bob"]))
    assert made.count(True) == 1
    assert len(accounts.list()) == 1


@pytest.mark.parametrize("name", ["ro\0ot", "root\0", "\0"])
def test_a_name_that_no_database_takes_is_an_unknown_one(accounts, name):
    assert accounts.verify(name, PASSWORD) is None
    with pytest.raises(NotFoundError, match="no account"):
        accounts.get(name)
    with pytest.raises(DataError, match="is not a valid user name"):
        accounts.create(name, PASSWORD, AccountRole.VIEWER)


def test_a_temporary_password_must_be_changed_and_ones_own_need_not(accounts):
    assert accounts.create("ada", PASSWORD, AccountRole.VIEWER, is_temporary=True).must_change_password
    accounts.reset_password("ada", OTHER)
    assert not accounts.get("ada").must_change_password
    accounts.reset_password("ada", PASSWORD, is_temporary=True)
    assert accounts.verify("ada", PASSWORD).must_change_password


def test_enable_lifts_a_lock_out(accounts):
    fail(accounts, "root", 5)
    accounts.enable("root")
    assert accounts.verify("root", PASSWORD).name == "root"


def test_reset_replaces_the_password_and_ends_every_session(accounts, database, clock):
    sessions = Sessions(database, SessionLimits(), clock)
    session = sessions.start("root")
    accounts.reset_password("root", OTHER)
    assert sessions.get(session) is None
    assert accounts.verify("root", PASSWORD) is None
    assert accounts.verify("root", OTHER).name == "root"


def test_reset_refuses_a_weak_password_and_keeps_the_old_one(accounts):
    with pytest.raises(DataError, match="fewer than 12"):
        accounts.reset_password("root", "short")
    assert accounts.verify("root", PASSWORD).name == "root"


@pytest.mark.parametrize("change", ["disable", "demote"])
def test_the_last_active_administrator_stays(accounts, change):
    accounts.create("second", PASSWORD, AccountRole.ADMIN)
    accounts.disable("second")
    with pytest.raises(AccessError, match="last active administrator"):
        accounts.disable("root") if change == "disable" else accounts.set_role("root", AccountRole.VIEWER)
    assert accounts.get("root").role is AccountRole.ADMIN


def test_set_role_ends_the_sessions_that_carry_the_old_role(accounts, database, clock):
    accounts.create("ada", PASSWORD, AccountRole.ANALYST)
    sessions = Sessions(database, SessionLimits(), clock)
    session = sessions.start("ada")
    accounts.set_role("ada", AccountRole.VIEWER)
    assert sessions.get(session) is None
    assert accounts.get("ada").role is AccountRole.VIEWER


@pytest.mark.parametrize("change", ["get", "disable", "enable"])
def test_an_unknown_account_is_not_found(accounts, change):
    with pytest.raises(NotFoundError, match='no account "nobody"'):
        getattr(accounts, change)("nobody")
