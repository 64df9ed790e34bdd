"""No tampering with the audit log stays unnoticed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from pipeline.access.audit import AuditCheck, AuditEvent, AuditLog, compute_hash
from pipeline.access.audit_head import GENESIS
from pipeline.errors import StoreError
from pipeline.store.database import Database
from tests.unit.access.audit_cases import ADA, tamper


@pytest.mark.parametrize(
    "statement", ["UPDATE audit SET subject = 'x' WHERE number = 3", "DELETE FROM audit WHERE number = 6"]
)
def test_the_database_itself_refuses_changes(filled: AuditLog, database: Database, statement: str) -> None:
    with pytest.raises(StoreError, match="append-only"), database.begin() as connection:
        connection.execute(text(statement))
    assert filled.verify().is_intact


@pytest.mark.parametrize(
    ("statements", "first_broken"),
    [
        (["UPDATE audit SET actor = 'eve' WHERE number = 3"], 3),
        (["UPDATE audit SET details = '{\"rows\": 3000}' WHERE number = 3"], 3),
        (["UPDATE audit SET at = '2026-03-01 12:00:01.000000' WHERE number = 1"], 1),
        (["UPDATE audit SET hash = substr(hash, 2) || '0' WHERE number = 4"], 4),
        (["UPDATE audit SET signature = '' WHERE number = 2"], 2),
        (["UPDATE audit SET event = 'nonsense' WHERE number = 6"], 6),
        (["DELETE FROM audit WHERE number = 1"], 1),
        (["DELETE FROM audit WHERE number = 4"], 4),
        (["DELETE FROM audit WHERE number = 4", "UPDATE audit SET number = number - 1 WHERE number > 4"], 4),
        (["DELETE FROM audit WHERE number > 4"], 5),
        (["DELETE FROM audit"], 1),
        (
            [
                "UPDATE audit SET number = 99 WHERE number = 2",
                "UPDATE audit SET number = 2 WHERE number = 3",
                "UPDATE audit SET number = 3 WHERE number = 99",
            ],
            2,
        ),
        (
            [
                "INSERT INTO audit SELECT -1, at, actor, role, source, address, event, subject, details, "
                "hash, signature FROM audit WHERE number = 1"
            ],
            1,
        ),
    ],
)
def test_tampering_is_found_at_the_first_broken_entry(
    filled: AuditLog, database: Database, statements: list[str], first_broken: int
) -> None:
    tamper(database, *statements)
    check = filled.verify()
    assert (check.is_intact, check.first_broken) == (False, first_broken)


def test_a_chain_made_again_without_the_key_is_found_where_it_begins(
    filled: AuditLog, database: Database
) -> None:
    tamper(database, "UPDATE audit SET actor = 'eve' WHERE number = 3")
    with database.begin() as connection:
        rows = connection.execute(text("SELECT * FROM audit ORDER BY number")).mappings().all()
        previous = GENESIS
        for row in rows:
            at = datetime.fromisoformat(f"{row['at']}")
            values = {**row, "at": at if at.tzinfo else at.replace(tzinfo=UTC)}
            previous = compute_hash(previous, values)
            change = text("UPDATE audit SET hash = :hash WHERE number = :number")
            connection.execute(change, {"hash": previous, "number": row["number"]})
    assert filled.verify().first_broken == 3


def test_a_forged_entry_at_the_end_is_found(filled: AuditLog, database: Database) -> None:
    columns = "actor, role, source, address, event, subject, details, hash, signature"
    tamper(
        database,
        f"INSERT INTO audit (number, at, {columns}) SELECT 7, at, {columns} FROM audit WHERE number = 6",
    )
    assert filled.verify().first_broken == 7


def test_a_cut_tail_stays_found_after_more_entries(filled: AuditLog, database: Database) -> None:
    tamper(database, "DELETE FROM audit WHERE number > 4")
    assert filled.append(ADA, AuditEvent.LOGIN).number == 7
    assert filled.append(ADA, AuditEvent.LOGOUT).number == 8
    assert filled.verify() == AuditCheck(is_intact=False, entries=6, first_broken=5)


def test_a_database_put_back_to_an_earlier_state_is_found(
    filled: AuditLog, database: Database, tmp_path: Path
) -> None:
    with database.begin() as connection:
        connection.execute(text("CREATE TABLE backup AS SELECT * FROM audit"))
    filled.append(ADA, AuditEvent.DOWNLOADED, "employee")
    tamper(database, "DELETE FROM audit", "INSERT INTO audit SELECT * FROM backup")
    assert filled.verify().first_broken == 7


@pytest.mark.parametrize("change", ["number", "hash", "signature", "garbage", "gone"])
def test_a_head_that_was_changed_or_removed_is_found(filled: AuditLog, tmp_path: Path, change: str) -> None:
    file = tmp_path / "secrets" / "audit_head.json"
    content = json.loads(file.read_text("utf-8"))
    if change == "gone":
        file.unlink()
    elif change == "garbage":
        file.write_text("{")
    else:
        file.write_text(json.dumps({**content, change: 4 if change == "number" else "0" * 64}))
    assert filled.verify() == AuditCheck(is_intact=False, entries=6, first_broken=7)


def test_a_damaged_head_stops_no_work_and_stays_found(filled: AuditLog, tmp_path: Path) -> None:
    file = tmp_path / "secrets" / "audit_head.json"
    file.write_text("{")
    assert filled.append(ADA, AuditEvent.LOGIN).number == 7
    assert file.read_text() == "{"
    assert filled.verify().first_broken == 8


def test_a_head_that_lags_behind_is_no_tampering(filled: AuditLog, tmp_path: Path) -> None:
    file = tmp_path / "secrets" / "audit_head.json"
    earlier = file.read_text()
    filled.append(ADA, AuditEvent.LOGIN)
    file.write_text(earlier)
    assert filled.verify() == AuditCheck(is_intact=True, entries=7, first_broken=None)


def test_another_key_proves_nothing(filled: AuditLog, database: Database, tmp_path: Path) -> None:
    assert AuditLog(database, tmp_path / "elsewhere").verify().first_broken == 1


def test_key_and_head_are_only_for_their_owner(filled: AuditLog, tmp_path: Path) -> None:
    for name in ("audit_key", "audit_head.json"):
        assert (tmp_path / "secrets" / name).stat().st_mode & 0o777 == 0o600
