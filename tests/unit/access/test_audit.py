"""The audit log: what it takes, how it is read, and that concurrent writers keep one chain."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.access.accounts import AccountRole, Actor
from pipeline.access.audit import AuditCheck, AuditEvent, AuditFilter, AuditLog, compute_hash
from pipeline.access.audit_head import GENESIS
from pipeline.errors import StoreError
from pipeline.settings import DatabaseOptions
from pipeline.store.database import Database
from tests.unit.access.audit_cases import ADA, START, tamper

_PROJECT = Path(__file__).parents[3]


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
    with pytest.raises(StoreError, match="does not accept the details password"):
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
    monkeypatch.setattr("pipeline.access.audit._BATCH", 2)
    assert filled.verify() == AuditCheck(is_intact=True, entries=6, first_broken=None)
    assert filled.to_csv().count(b"\r\n") == 7


def test_an_unreadable_entry_is_named_when_listed(filled: AuditLog, database: Database) -> None:
    tamper(database, "UPDATE audit SET details = '{' WHERE number = 5")
    with pytest.raises(StoreError, match=r"Entry 5 .*cannot be read"):
        filled.list()


def test_processes_that_append_together_keep_one_chain(
    log: AuditLog, tmp_path: Path, database_options: DatabaseOptions
) -> None:
    code = (
        "import sys; from pathlib import Path; from pipeline.settings import Settings\n"
        "from pipeline.access.accounts import AccountRole, Actor\n"
        "from pipeline.access.audit import AuditEvent, AuditLog\n"
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
        process.communicate("go\n", timeout=300)
    assert [process.returncode for process in started] == [0, 0]
    assert log.verify() == AuditCheck(is_intact=True, entries=80, first_broken=None)
    assert log.count(AuditFilter(actor="first")) == log.count(AuditFilter(actor="second")) == 40


def test_threads_that_append_together_keep_one_chain(log: AuditLog) -> None:
    with ThreadPoolExecutor(4) as pool:
        numbers = sorted(pool.map(lambda _: log.append(ADA, AuditEvent.LOGIN).number, range(40)))
    assert numbers == list(range(1, 41))
    assert log.verify() == AuditCheck(is_intact=True, entries=40, first_broken=None)
