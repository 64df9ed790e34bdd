"""Reading beside a writer that holds the database, and on a disk that is full."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.access.accounts import AccountRole, Accounts
from pipeline.access.sessions import Sessions
from pipeline.access.tokens import Tokens
from pipeline.errors import StoreError
from pipeline.settings import SessionLimits
from pipeline.store.database import Database
from tests.passwords import make_password
from tests.unit.clock import START, Clock

DATABASES = ("sqlite",)


@pytest.fixture
def accounts(database: Database) -> Accounts:
    accounts = Accounts(database, hash_rounds=4)
    accounts.create("ada", make_password(), AccountRole.ANALYST)
    return accounts


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(tmp_path / "workbench.db", isolation_level=None)
    yield connection
    connection.close()


def test_a_token_is_found_at_once_beside_a_writer(
    database: Database, accounts: Accounts, writer: sqlite3.Connection
) -> None:
    tokens = Tokens(database)
    _, secret = tokens.create("ada", "ci", AccountRole.VIEWER)
    writer.execute("BEGIN IMMEDIATE")
    began = time.monotonic()
    found = tokens.find(secret)
    assert found is not None
    assert (found.last_used_at, time.monotonic() - began < 1) == (None, True)
    writer.execute("ROLLBACK")
    noted = tokens.find(secret)
    assert noted is not None
    assert noted.last_used_at is not None


def test_a_session_is_found_at_once_beside_a_writer(
    database: Database, accounts: Accounts, writer: sqlite3.Connection
) -> None:
    clock = Clock()
    sessions = Sessions(database, SessionLimits(), clock)
    session_id = sessions.start("ada")
    clock.move(minutes=5)
    writer.execute("BEGIN IMMEDIATE")
    began = time.monotonic()
    found = sessions.touch(session_id)
    assert found is not None
    assert (found.last_seen, time.monotonic() - began < 1) == (START, True)
    writer.execute("ROLLBACK")
    prolonged = sessions.touch(session_id)
    assert prolonged is not None
    assert prolonged.last_seen == clock.now


def test_a_database_that_cannot_grow_still_answers(database: Database, accounts: Accounts) -> None:
    tokens = Tokens(database)
    _, secret = tokens.create("ada", "ci", AccountRole.VIEWER)
    with database.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER full BEFORE UPDATE ON api_tokens BEGIN SELECT RAISE(FAIL, 'disk is full'); END"
        )
    found = tokens.find(secret)
    assert found is not None
    assert found.last_used_at is None


def test_others_wait_again_after_one_that_would_not(
    database: Database, writer: sqlite3.Connection, accounts: Accounts
) -> None:
    writer.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="locked"), database.begin_at_once():
        pass
    writer.execute("ROLLBACK")
    with database.begin() as connection:
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 15_000
