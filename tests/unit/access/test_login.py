"""The way in and out: what each step leaves in the audit log."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.access.accounts import FREE_ATTEMPTS, AccountRole, Accounts
from pipeline.access.audit import AuditLog
from pipeline.access.first_start import FirstStart
from pipeline.access.login import Entrance
from pipeline.access.rate_limits import AddressLimit
from pipeline.access.sessions import Sessions
from pipeline.errors import AccessError
from pipeline.settings import Settings
from pipeline.store.database import Database
from tests.passwords import make_password

PASSWORD = make_password()


@dataclass
class House:
    """An entrance with everything behind it, and what was announced in the terminal."""

    entrance: Entrance
    accounts: Accounts
    sessions: Sessions
    audit: AuditLog
    announced: list[str]

    def read_log(self) -> list[tuple[str, str, str, str]]:
        """Actor, event, subject and address, the oldest first."""
        entries = reversed(self.audit.list())
        return [(entry.actor, entry.event.value, entry.subject, entry.address) for entry in entries]


@pytest.fixture
def house(settings: Settings, database: Database, tmp_path: Path) -> House:
    accounts, sessions = Accounts(database, hash_rounds=4), Sessions(database, settings.session)
    audit, announced = AuditLog(database, tmp_path), []
    first_start = FirstStart(tmp_path, accounts, announced.append)
    addresses = AddressLimit(database, most=8)
    entrance = Entrance(accounts, sessions, first_start, audit, addresses)
    return House(entrance, accounts, sessions, audit, announced)


@pytest.fixture
def ada(house: House) -> str:
    return house.accounts.create("ada", PASSWORD, AccountRole.ANALYST).name


def test_login_and_logout_are_recorded_with_their_address(house: House, ada: str) -> None:
    assert house.entrance.check_password("ADA", PASSWORD, "10.0.0.7") is not None
    session = house.entrance.enter(ada, "Firefox/140", "10.0.0.7")
    house.entrance.leave(session)
    house.entrance.leave(session)
    assert house.sessions.get(session) is None
    assert house.read_log() == [
        ("ada", "login", "ada", "10.0.0.7"),
        ("ada", "logout", "ada", "10.0.0.7"),
    ]


def test_a_wrong_password_is_recorded_and_the_fifth_as_a_lock_out(house: House, ada: str) -> None:
    for _ in range(FREE_ATTEMPTS):
        assert house.entrance.check_password(ada, "wrong", "10.0.0.9") is None
    assert house.entrance.check_password(ada, PASSWORD, "10.0.0.9") is None
    failed, locked = (("", event, "ada", "10.0.0.9") for event in ("login_failed", "locked_out"))
    assert house.read_log() == [*[failed] * (FREE_ATTEMPTS - 1), locked, locked]


def test_what_names_no_account_is_not_written_down(house: House, ada: str) -> None:
    assert house.entrance.check_password(PASSWORD, "", "10.0.0.9") is None
    assert house.read_log() == [("", "login_failed", "", "10.0.0.9")]
    assert PASSWORD.encode() not in house.audit.to_csv()


def test_the_first_administrator_is_recorded_and_a_wrong_code_too(house: House) -> None:
    with pytest.raises(AccessError, match="not the set-up code"):
        house.entrance.set_up("WRONG", "root", PASSWORD, "10.0.0.9")
    assert house.audit.count() == 1
    house.entrance._first_start.prepare()
    house.entrance.set_up(house.announced[-1], "root", PASSWORD, "10.0.0.7")
    assert house.read_log() == [("", "refused", "set_up", "10.0.0.9"), ("root", "setup", "root", "10.0.0.7")]


def test_wrong_set_up_codes_from_one_address_stop_there_and_nowhere_else(house: House) -> None:
    house.entrance._first_start.prepare()
    for _ in range(8):
        with pytest.raises(AccessError, match="not the set-up code"):
            house.entrance.set_up("WRONG", "root", PASSWORD, "10.0.0.9")
    for _ in range(8):
        with pytest.raises(AccessError, match="Too many failed attempts from this address"):
            house.entrance.set_up(house.announced[0], "root", PASSWORD, "10.0.0.9")
    events = [event for _, event, _, _ in house.read_log()]
    assert events == ["refused"] * 8 + ["locked_out"] * 2
    assert house.entrance.set_up(house.announced[0], "root", PASSWORD, "10.0.0.7").name == "root"


def test_an_address_that_is_turned_away_does_not_fill_the_log(house: House, ada: str) -> None:
    for _ in range(40):
        house.entrance.check_password("nobody", PASSWORD, "10.0.0.9")
    events = [event for _, event, _, _ in house.read_log()]
    assert events == ["login_failed"] * 8 + ["locked_out"] * 10


@pytest.mark.parametrize("address", ["", "127.0.0.1", "::1"])
def test_an_address_that_many_may_share_is_not_turned_away(house: House, ada: str, address: str) -> None:
    for number in range(9):
        assert house.entrance.check_password(f"user-{number}", PASSWORD, address) is None
    assert house.entrance.check_password(ada, PASSWORD, address) is not None


def test_an_account_without_a_password_cannot_log_in_and_is_no_first_administrator(house: House) -> None:
    house.accounts.create_without_password("ci", AccountRole.ADMIN)
    assert not house.accounts.get("ci").has_password
    assert house.entrance.check_password("ci", "") is None
    assert house.accounts.is_empty()
    house.accounts.create_first("root", PASSWORD)
    assert not house.accounts.is_empty()
    house.accounts.reset_password("ci", PASSWORD[::-1])
    assert house.entrance.check_password("ci", PASSWORD[::-1]) is not None


def test_guesses_at_many_accounts_from_one_address_stop_all_of_them(house: House, ada: str) -> None:
    for number in range(8):
        assert house.entrance.check_password(f"user-{number}", PASSWORD, "10.0.0.9") is None
    assert house.entrance.check_password(ada, PASSWORD, "10.0.0.9") is None
    assert house.read_log()[-1] == ("", "locked_out", "", "10.0.0.9")
    assert house.accounts.get(ada).failed_attempts == 0
    assert house.entrance.check_password(ada, PASSWORD, "10.0.0.7") is not None
