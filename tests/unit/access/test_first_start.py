"""The first administrator: only who reads the terminal, and only once."""

from __future__ import annotations

import pytest

from pipeline.access.accounts import AccountRole, Accounts
from pipeline.access.first_start import FirstStart
from pipeline.errors import AccessError, DataError
from tests.passwords import make_password

PASSWORD = make_password()


@pytest.fixture
def announced():
    return []


@pytest.fixture
def first_start(tmp_path, database, announced):
    return FirstStart(tmp_path, Accounts(database, hash_rounds=4), announced.append)


def test_first_start_shows_a_code_that_makes_the_administrator_once(first_start, announced, tmp_path):
    assert first_start.prepare() is True
    file = tmp_path / "secrets" / "setup_code"
    assert file.stat().st_mode & 0o777 == 0o600
    assert first_start.create_admin(announced[0].lower(), "root", PASSWORD).role is AccountRole.ADMIN
    assert not file.exists()
    assert first_start.prepare() is False


def test_a_code_survives_a_restart(first_start, announced):
    first_start.prepare()
    first_start.prepare()
    assert announced[0] == announced[1]


def test_a_wrong_code_is_refused(first_start, database):
    first_start.prepare()
    with pytest.raises(AccessError, match="not the set-up code"):
        first_start.create_admin("AAAA-AAAA-AAAA-AAAA", "root", PASSWORD)
    assert Accounts(database).is_empty()


def test_wrong_codes_do_not_replace_the_code_under_its_owners_hands(first_start, announced):
    first_start.prepare()
    for _ in range(20):
        with pytest.raises(AccessError, match="not the set-up code"):
            first_start.create_admin("", "root", PASSWORD)
    assert len(announced) == 1
    assert first_start.create_admin(announced[0], "root", PASSWORD).name == "root"


def test_a_refused_password_does_not_spend_the_code(first_start, announced):
    first_start.prepare()
    with pytest.raises(DataError, match="fewer than 12"):
        first_start.create_admin(announced[0], "root", "short")
    assert first_start.create_admin(announced[0], "root", PASSWORD).name == "root"


def test_a_code_cannot_add_a_second_first_administrator(first_start, announced, database):
    first_start.prepare()
    Accounts(database, hash_rounds=4).create("root", PASSWORD, AccountRole.ADMIN)
    with pytest.raises(AccessError, match="exists already"):
        first_start.create_admin(announced[0], "intruder", PASSWORD)
