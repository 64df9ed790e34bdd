"""The record of exports: one entry a table, and the same earlier ones every time it leaves."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import text

from pipeline.evaluation.privacy import ExportRecord
from pipeline.settings import Settings
from pipeline.store.database import Database, open_database
from pipeline.store.exports import ExportLog

RECORD = ExportRecord("fingerprint", 1000, 16, 8, "00ff", "80")
FIRST, SECOND, THIRD = ("a" * 64, "b" * 64, "c" * 64)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = open_database(Settings(home=tmp_path))
    yield database
    database.close()


def test_a_table_is_told_of_those_that_left_before_it(database):
    log = ExportLog(database)
    assert log.list_before(FIRST, RECORD) == ()
    log.add(FIRST, RECORD, "ana")
    other = replace(RECORD, training_bits="0f00")
    log.add(SECOND, other, "bob")
    assert log.list_before(FIRST, RECORD) == ()
    assert log.list_before(SECOND, other) == (RECORD,)
    assert log.list_before(THIRD, RECORD) == (RECORD, other)


def test_a_table_that_leaves_twice_counts_once(database):
    log = ExportLog(database)
    for actor in ("ana", "bob"):
        log.add(FIRST, RECORD, actor)
    assert log.list_before(SECOND, RECORD) == (RECORD,)
    with database.begin() as connection:
        assert connection.execute(text("select table_key, actor from exports")).all() == [(FIRST, "ana")]


@pytest.mark.parametrize(
    "other", [{"dataset_fingerprint": "else"}, {"training_rows": 17}, {"holdout_rows": 9}], ids=str
)
def test_exports_of_other_real_rows_are_kept_apart(database, other):
    log = ExportLog(database)
    log.add(FIRST, replace(RECORD, **other), "ana")
    assert log.list_before(SECOND, RECORD) == ()


def test_of_exports_that_leave_at_once_each_is_told_of_all_before_it(database: Database) -> None:
    log, start = ExportLog(database), Barrier(4)

    def leave(number: int) -> int:
        start.wait()
        return len(log.add(f"{number:064}", RECORD, "ana"))

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(leave, range(4))) == [0, 1, 2, 3]
