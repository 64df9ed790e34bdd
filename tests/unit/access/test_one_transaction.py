"""A change and its audit entry: both or neither, whatever fails between them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pipeline.access.accounts import AccountRole, Accounts
from pipeline.access.audit import AuditEvent, AuditLog
from pipeline.access.audited import ManagedAccounts, ManagedTokens
from pipeline.errors import StoreError
from pipeline.settings import PROJECT_ROOT
from pipeline.store.database import Database
from tests.passwords import make_password

DATABASES = ("sqlite",)


def _fail(*_: Any, **__: Any) -> None:
    raise StoreError("The database failed: database or disk is full.", "free some disk space.")


def test_a_change_whose_entry_fails_is_not_made(database: Database) -> None:
    accounts = ManagedAccounts(database, _fail, hash_rounds=4)
    with pytest.raises(StoreError, match="full"):
        accounts.create("ada", make_password(), AccountRole.ANALYST)
    assert accounts.list() == ()
    plain = Accounts(database, hash_rounds=4)
    for name in ("ada", "root"):
        plain.create(name, make_password(), AccountRole.ADMIN)
    with pytest.raises(StoreError, match="full"):
        accounts.set_role("ada", AccountRole.VIEWER)
    with pytest.raises(StoreError, match="full"):
        accounts.disable("ada")
    with pytest.raises(StoreError, match="full"):
        ManagedTokens(database, _fail).create("ada", "ci", AccountRole.VIEWER)
    account = plain.get("ada")
    assert (account.role, account.is_active) == (AccountRole.ADMIN, True)
    assert ManagedTokens(database, _fail).list() == ()


def test_an_entry_whose_change_fails_is_not_written(database: Database, log: AuditLog) -> None:
    with pytest.raises(StoreError, match="full"), database.together():
        _fail(log.append("web", AuditEvent.SETUP, "ada"))
    assert log.list() == ()
    assert log.verify().is_intact
    log.append("web", AuditEvent.SETUP, "bob")
    assert [entry.subject for entry in log.list()] == ["bob"]
    assert log.verify().is_intact


def test_blocks_inside_blocks_are_one_transaction(database: Database, log: AuditLog) -> None:
    accounts = Accounts(database, hash_rounds=4)
    with database.together():
        with database.together():
            accounts.create("ada", make_password(), AccountRole.ANALYST)
        log.append("web", AuditEvent.ACCOUNT_CREATED, "ada")
        assert accounts.get("ada").name == "ada"
    assert [entry.subject for entry in log.list()] == ["ada"]
    assert log.verify().is_intact


def test_a_process_that_is_killed_between_both_leaves_neither(database: Database, tmp_path: Path) -> None:
    code = (
        "import os; from pipeline.access.accounts import AccountRole; "
        "from pipeline.access.audited import ManagedAccounts; from pipeline.settings import Settings; "
        "from pipeline.store.database import open_database; "
        "from pathlib import Path; from tests.passwords import make_password\n"
        "def record(*_, **__): os.kill(os.getpid(), 9)\n"
        f"database = open_database(Settings(home=Path({str(tmp_path)!r})))\n"
        "ManagedAccounts(database, record, hash_rounds=4).create('ada', make_password(), AccountRole.ADMIN)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT_ROOT, check=False)
    assert done.returncode == -9
    assert Accounts(database).list() == ()
