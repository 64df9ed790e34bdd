"""The audit log: what it takes, how it is read, and that no tampering stays unnoticed."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from pipeline.errors import StoreError
from pipeline.settings import DatabaseOptions
from pipeline.store.accounts import AccountRole, Actor
from pipeline.store.audit import AuditCheck, AuditEvent, AuditFilter, AuditLog, compute_hash
from pipeline.store.audit_head import GENESIS
from pipeline.store.database import Database

ADA = Actor("ada", AccountRole.ANALYST, "web", "10.0.0.7")
START = datetime(2026, 3, 1, 12, tzinfo=UTC)
_PROJECT = Path(__file__).parents[2]


class Clock:
    """Moves on by a minute each time it is read."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now


@pytest.fixture
def log(database: Database, tmp_path: Path) -> AuditLog:
    return AuditLog(database, tmp_path, Clock())


@pytest.fixture
def filled(log: AuditLog) -> AuditLog:
    for rows in range(1, 7):
        log.append(ADA, AuditEvent.TABLE_GENERATED, "employee", {"rows": rows * 1000})
    return log


def tamper(database: Database, *statements: str) -> None:
    """Change the log as somebody would who owns the database: the triggers go first."""
    triggers = {
        "sqlite": ("audit_no_update", "audit_no_delete"),
        "postgresql": ("audit_no_change ON audit",),
    }
    with database.begin() as connection:
        for trigger in triggers[connection.dialect.name]:
            connection.execute(text(f"DROP TRIGGER IF EXISTS {trigger}"))
        for statement in statements:
            connection.execute(text(statement))


def test_an_entry_says_who_when_from_where_and_what(log: AuditLog) -> None:
    entry = log.append(ADA, AuditEvent.DOWNLOADED, "employee", {"rows": 1000, "format": "csv"})
    assert (entry.number, entry.at) == (1, START + timedelta(minutes=1))
    assert (entry.actor, entry.role, entry.source, entry.address) == ("ada", "analyst", "web", "10.0.0.7")
    assert (entry.event, entry.subject) == (AuditEvent.DOWNLOADED, "employee")
    assert entry.details == {"rows": 1000, "format": "csv"}
    assert log.list() == (entry,)


def test_nobody_known_leaves_only_the_surface(log: AuditLog) -> None:
    entry = log.append("web", AuditEvent.LOGIN_FAILED, address="10.0.0.9")
    assert (entry.actor, entry.role, entry.source, entry.address) == ("", "", "web", "10.0.0.9")


def test_the_first_hash_can_be_computed_by_hand(log: AuditLog) -> None:
    entry = log.append(ADA, AuditEvent.LOGIN, "ada")
    values = {**vars(entry), "details": "{}"}
    assert entry.hash == compute_hash(GENESIS, values)


def test_a_detail_that_is_not_listed_is_refused_and_nothing_is_written(log: AuditLog) -> None:
    with pytest.raises(StoreError, match="no detail called password"):
        log.append(ADA, AuditEvent.LOGIN, "ada", {"password": "x"})
    assert log.count() == 0


def test_long_and_invisible_text_is_cut(log: AuditLog) -> None:
    entry = log.append(ADA, AuditEvent.REFUSED, "a\x00b\n" + "c" * 300, {"format": "d" * 300})
    assert entry.subject == "ab" + "c" * 198
    assert entry.details == {"format": "d" * 200}


def test_entries_are_listed_newest_first_in_pages(filled: AuditLog) -> None:
    assert [entry.number for entry in filled.list(limit=2)] == [6, 5]
    assert [entry.number for entry in filled.list(limit=2, offset=4)] == [2, 1]


def test_filters_narrow_list_count_and_csv_alike(filled: AuditLog) -> None:
    filled.append(Actor("root", AccountRole.ADMIN, "local"), AuditEvent.SETUP)
    by_event = AuditFilter(event=AuditEvent.SETUP)
    assert [entry.actor for entry in filled.list(by_event)] == ["root"]
    assert filled.count(AuditFilter(actor="ada")) == 6
    between = AuditFilter(since=START + timedelta(minutes=2), until=START + timedelta(minutes=4))
    assert [entry.number for entry in filled.list(between)] == [3, 2]
    rows = list(csv.DictReader(io.StringIO(filled.to_csv(by_event).decode())))
    assert [(row["number"], row["event"], row["at"]) for row in rows] == [
        ("7", "setup", "2026-03-01T12:07:00.000000+00:00")
    ]


def test_csv_runs_no_formula(log: AuditLog) -> None:
    log.append(ADA, AuditEvent.DATASET_ADDED, "=HYPERLINK(1)")
    assert b",'=HYPERLINK(1)," in log.to_csv()


def test_an_empty_and_a_filled_log_are_intact(log: AuditLog) -> None:
    assert log.verify() == AuditCheck(is_intact=True, entries=0, first_broken=None)
    log.append(ADA, AuditEvent.LOGIN)
    log.append(ADA, AuditEvent.LOGOUT)
    assert log.verify() == AuditCheck(is_intact=True, entries=2, first_broken=None)


def test_a_log_longer_than_a_batch_is_followed_to_its_end(
    filled: AuditLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.store.audit._BATCH", 2)
    assert filled.verify() == AuditCheck(is_intact=True, entries=6, first_broken=None)
    assert filled.to_csv().count(b"\r\n") == 7


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


def test_an_unreadable_entry_is_named_when_listed(filled: AuditLog, database: Database) -> None:
    tamper(database, "UPDATE audit SET details = '{' WHERE number = 5")
    with pytest.raises(StoreError, match=r"Entry 5 .*cannot be read"):
        filled.list()


def test_processes_that_append_together_keep_one_chain(
    log: AuditLog, tmp_path: Path, database_options: DatabaseOptions
) -> None:
    code = (
        "import sys; from pathlib import Path; from pipeline.settings import Settings\n"
        "from pipeline.store.accounts import AccountRole, Actor\n"
        "from pipeline.store.audit import AuditEvent, AuditLog\n"
        "from pipeline.store.database import open_database\n"
        "home = Path(sys.argv[1]); log = AuditLog(open_database(Settings(home=home)), home)\n"
        "actor = Actor(sys.argv[2], AccountRole.VIEWER, 'local'); print('ready', flush=True)\n"
        "sys.stdin.readline()\n"
        "for _ in range(40): log.append(actor, AuditEvent.LOGIN)"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path), name],
            cwd=_PROJECT,
            env={**os.environ, "WORKBENCH_DATABASE__URL": database_options.url},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in ("first", "second")
    ]
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in started:
        process.communicate("go\n", timeout=60)
    assert [process.returncode for process in started] == [0, 0]
    assert log.verify() == AuditCheck(is_intact=True, entries=80, first_broken=None)
    assert log.count(AuditFilter(actor="first")) == log.count(AuditFilter(actor="second")) == 40


def test_threads_that_append_together_keep_one_chain(log: AuditLog) -> None:
    with ThreadPoolExecutor(4) as pool:
        numbers = sorted(pool.map(lambda _: log.append(ADA, AuditEvent.LOGIN).number, range(40)))
    assert numbers == list(range(1, 41))
    assert log.verify() == AuditCheck(is_intact=True, entries=40, first_broken=None)
