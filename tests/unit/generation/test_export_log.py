"""The record of exports: one entry a table, and the same earlier ones every time it leaves."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import numpy as np
import pytest
from sqlalchemy import text

from pipeline.errors import NotFoundError
from pipeline.evaluation.privacy.copies import RowKeys
from pipeline.evaluation.privacy.repeats import ExportRecord, compare_exports, record_export
from pipeline.evaluation.results import Verdict
from pipeline.generation.export_log import ExportLog
from pipeline.store.database import Database

RECORD = ExportRecord("fingerprint", 1000, 16, 8, "00ff", "80")
FIRST, SECOND, THIRD = ("a" * 64, "b" * 64, "c" * 64)


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


def test_parts_of_a_large_table_are_one_entry_that_grows(database: Database) -> None:
    log = ExportLog(database)
    log.add_part(FIRST, 2, 3, replace(RECORD, training_bits="8001", holdout_bits="00"), "ana")
    assert log.get(FIRST) == replace(RECORD, training_bits="8001", holdout_bits="00")
    log.add_part(FIRST, 0, 3, replace(RECORD, rows=500, training_bits="8100"), "ana")
    assert log.list_parts(FIRST) == {0, 2}
    assert log.list("fingerprint") == (replace(RECORD, rows=1500, training_bits="8101", holdout_bits="80"),)


def test_a_part_that_is_noted_again_counts_once(database: Database) -> None:
    log = ExportLog(database)
    for actor in ("ana", "bob"):
        log.add_part(FIRST, 1, 2, RECORD, actor)
    assert (log.get(FIRST), log.list_parts(FIRST)) == (RECORD, {1})


def test_of_a_table_that_has_not_left_no_part_is_noted(database: Database) -> None:
    log = ExportLog(database)
    log.add(FIRST, RECORD, "ana")
    assert (log.list_parts(FIRST), log.list_parts(SECOND)) == (frozenset(), frozenset())
    with pytest.raises(NotFoundError, match="not recorded in the export log"):
        log.get(SECOND)


def test_a_table_of_more_rows_than_32_bits_count_is_noted(database: Database) -> None:
    log = ExportLog(database)
    log.add_part(FIRST, 0, 2, replace(RECORD, rows=2**31 - 1), "ana")
    log.add_part(FIRST, 1, 2, RECORD, "ana")
    assert log.get(FIRST).rows == 2**31 + 999


def test_parts_that_come_at_once_are_all_noted(database: Database) -> None:
    log, start = ExportLog(database), Barrier(4)

    def note(part: int) -> None:
        start.wait()
        log.add_part(FIRST, part, 4, replace(RECORD, training_bits=f"{1 << part:04x}"), "ana")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(note, range(4)))
    assert log.list_parts(FIRST) == {0, 1, 2, 3}
    assert log.get(FIRST) == replace(RECORD, rows=4000, training_bits="000f")


def test_an_export_beside_a_large_table_is_told_of_its_parts_and_the_table_of_the_export(
    database: Database,
) -> None:
    log = ExportLog(database)
    part, other = replace(RECORD, training_bits="0001"), replace(RECORD, training_bits="0f00")
    log.add_part(FIRST, 0, 2, part, "ana")
    assert log.add(SECOND, other, "bob") == (part,)
    assert log.list_before(FIRST, RECORD) == ()
    log.add_part(FIRST, 1, 2, replace(RECORD, training_bits="8000"), "ana")
    assert log.list_before(FIRST, RECORD) == (other,)
    log.add(THIRD, RECORD, "ana")
    log.add_part(FIRST, 1, 2, RECORD, "ana")
    assert log.list_before(FIRST, RECORD) == (other,)


def test_two_large_tables_alarm_together_though_neither_does_alone(database: Database) -> None:
    log, training, holdout = ExportLog(database), np.arange(400), np.arange(1000, 1400)
    real = RowKeys(training // 2, holdout // 2, np.arange(0))

    def note_table(table_key: str, start: int) -> ExportRecord:
        for part in range(4):
            rows = np.arange(start + 2 * part, start + 2 * part + 2)
            log.add_part(table_key, part, 4, record_export(RowKeys(training, holdout, rows), "abc"), "ana")
        return log.get(table_key)

    tables = [note_table(key, start) for key, start in ((FIRST, 0), (SECOND, 100))]
    assert [compare_exports([], table, real).verdict for table in tables] == [Verdict.PASS, Verdict.PASS]
    found = compare_exports(log.list_before(SECOND, tables[1]), tables[1], real)
    assert (found.verdict, found.value) == (Verdict.LOOK, 16 / 400)
    assert found.sentence.startswith("2 exports together repeat 16 of 400 training rows (4.0%)")


def test_an_export_is_told_of_a_large_table_as_far_as_it_has_got(database: Database) -> None:
    log, other = ExportLog(database), replace(RECORD, training_bits="0f00")
    log.add_part(FIRST, 0, 2, replace(RECORD, training_bits="0001"), "ana")
    assert [told.training_bits for told in log.add(SECOND, other, "bob")] == ["0001"]
    log.add_part(FIRST, 1, 2, replace(RECORD, training_bits="8000"), "ana")
    assert [told.training_bits for told in log.add(SECOND, other, "bob")] == ["8001"]
