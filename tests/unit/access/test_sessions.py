"""Sessions: handed over once, stored as hashes, and ended in every way they can end."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from pipeline.access.accounts import AccountRole, Accounts, Actor
from pipeline.access.sessions import Sessions
from pipeline.errors import AccessError
from pipeline.settings import SessionLimits
from tests.passwords import make_password
from tests.unit.clock import START, Clock


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def accounts(database):
    accounts = Accounts(database, hash_rounds=4)
    for name, role in (("root", AccountRole.ADMIN), ("ada", AccountRole.ANALYST)):
        accounts.create(name, make_password(), role)
    return accounts


@pytest.fixture
def sessions(database, accounts, clock):
    return Sessions(database, SessionLimits(inactivity_minutes=30, absolute_hours=12), clock)


def test_a_session_says_who_and_when_and_from_where(sessions):
    session = sessions.get(sessions.start("ADA", "Firefox/140", "10.0.0.7"))
    assert session.actor == Actor("ada", AccountRole.ANALYST, "web")
    assert (session.user_agent, session.address) == ("Firefox/140", "10.0.0.7")
    assert (session.created_at, session.ends_at) == (START, START + timedelta(minutes=30))


def test_a_code_gives_a_token_once(sessions):
    session_id = sessions.start("ada")
    code = sessions.offer(session_id)
    token = sessions.redeem(code)
    assert sessions.find(token).id == session_id
    with pytest.raises(AccessError, match="not valid"):
        sessions.redeem(code)


def test_a_session_knows_whether_a_browser_has_come_for_its_cookie(sessions):
    session_id = sessions.start("ada")
    assert sessions.get(session_id).has_cookie is False
    sessions.redeem(sessions.offer(session_id))
    assert sessions.get(session_id).has_cookie is True


def test_a_code_is_good_for_a_minute(sessions, clock):
    code = sessions.offer(sessions.start("ada"))
    clock.move(seconds=60)
    with pytest.raises(AccessError, match="not valid"):
        sessions.redeem(code)


def test_expired_codes_do_not_pile_up(sessions, clock, database):
    session_id = sessions.start("ada")
    for _ in range(3):
        sessions.offer(session_id)
        clock.move(minutes=2)
    with database.begin() as connection:
        assert connection.scalar(text("select count(*) from handoffs")) == 1


def test_neither_token_nor_code_is_stored(sessions, database):
    session_id = sessions.start("ada")
    spent, open_code = sessions.offer(session_id), sessions.offer(session_id)
    token = sessions.redeem(spent)
    with database.begin() as connection:
        rows = [connection.execute(text(f"select * from {name}")).all() for name in ("sessions", "handoffs")]
    assert len(rows[1]) == 1
    assert not any(secret in str(rows) for secret in (token, spent, open_code))


@pytest.mark.parametrize("token", ["", "x", "eyJhbGciOiJub25lIn0.e30.", "' or 1=1 --", "☃"])
def test_a_made_up_token_finds_nothing(sessions, token):
    sessions.start("ada")
    assert sessions.find(token) is None


def test_inactivity_ends_a_session_and_activity_prolongs_it(sessions, clock):
    session_id = sessions.start("ada")
    clock.move(minutes=29)
    assert sessions.touch(session_id).ends_at == clock.now + timedelta(minutes=30)
    clock.move(minutes=29)
    assert sessions.get(session_id).last_seen == START + timedelta(minutes=29)
    clock.move(minutes=1)
    assert sessions.get(session_id) is None
    assert sessions.touch(session_id) is None


def test_looking_does_not_prolong(sessions, clock):
    session_id = sessions.start("ada")
    clock.move(minutes=20)
    assert sessions.get(session_id).ends_at == START + timedelta(minutes=30)


def test_the_absolute_limit_ends_a_busy_session(sessions, clock):
    session_id = sessions.start("ada")
    for _ in range(35):
        clock.move(minutes=20)
        sessions.touch(session_id)
    assert sessions.get(session_id).ends_at == START + timedelta(hours=12)
    clock.move(minutes=20)
    assert sessions.get(session_id) is None


def test_end_makes_a_copied_token_useless(sessions):
    session_id = sessions.start("ada")
    token = sessions.redeem(sessions.offer(session_id))
    sessions.end(session_id)
    sessions.end(session_id)
    assert sessions.find(token) is None


def test_end_all_ends_only_the_sessions_of_that_account(sessions):
    sessions.start("ada")
    sessions.start("ada")
    kept = sessions.start("root")
    assert sessions.end_all("ADA") == 2
    assert sessions.list("ada") == ()
    assert [session.id for session in sessions.list("root")] == [kept]


def test_list_gives_the_newest_first_and_no_dead_one(sessions, clock):
    first = sessions.start("ada")
    clock.move(minutes=20)
    second, third = sessions.start("ada"), sessions.start("ada")
    assert [session.id for session in sessions.list("ada")] == [third, second, first]
    clock.move(minutes=15)
    assert [session.id for session in sessions.list("ada")] == [third, second]


def test_disabling_an_account_ends_its_sessions_for_good(sessions, accounts):
    session_id = sessions.start("ada")
    accounts.disable("ada")
    assert sessions.get(session_id) is None
    accounts.enable("ada")
    assert sessions.get(session_id) is None


@pytest.mark.parametrize("name", ["nobody", "ada"])
def test_no_session_starts_for_an_account_that_may_not_log_in(sessions, accounts, name):
    accounts.disable("ada")
    with pytest.raises(AccessError, match="cannot log in"):
        sessions.start(name)


@pytest.mark.parametrize("token", ["", "short", "a" * 42 + "/", "a" * 44])
def test_what_does_not_look_like_a_token_is_not_looked_up(sessions, monkeypatch, token):
    monkeypatch.setattr(sessions, "_database", None)
    assert sessions.find(token) is None
