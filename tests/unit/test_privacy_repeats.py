from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from pipeline.errors import EvaluationError
from pipeline.evaluation.privacy.copies import RowKeys
from pipeline.evaluation.privacy.repeats import (
    ExportRecord,
    compare_exports,
    join_records,
    judge_repeats,
    record_export,
)
from pipeline.evaluation.results import Verdict

TRAINING, HOLDOUT = np.arange(400), np.arange(1000, 1400)


def export(*repeated: int) -> ExportRecord:
    return record_export(RowKeys(TRAINING, HOLDOUT, np.array([*repeated, 5000])), "abc")


def test_table_that_repeats_training_rows_only_fails() -> None:
    found = judge_repeats(RowKeys(TRAINING, HOLDOUT, TRAINING))
    assert (found.verdict, found.value, found.baseline) == (Verdict.FAIL, 1.0, 0.0)


def test_table_that_repeats_common_rows_on_both_sides_passes() -> None:
    keys = RowKeys(np.arange(400) % 10, np.arange(400) % 10, np.zeros(10_000, dtype=int))
    found = judge_repeats(keys)
    assert (found.verdict, found.value, found.baseline) == (Verdict.PASS, 0.1, 0.1)


def test_overlap_that_no_single_export_shows_is_reported() -> None:
    exports = [export(*range(start, start + 8)) for start in range(0, 160, 8)]
    assert {compare_exports([], one).verdict for one in exports} == {Verdict.PASS}
    found = compare_exports(exports[:-1], exports[-1])
    assert (found.verdict, found.value) == (Verdict.FAIL, 0.4)
    assert found.sentence.startswith("20 exports together repeat 160 of 400 training rows (40.0%)")


def test_a_single_export_is_not_called_together() -> None:
    assert compare_exports([], export(1)).sentence.startswith("The only export so far repeats 1 of 400")


def test_rows_that_several_exports_repeat_count_once() -> None:
    assert compare_exports([export(1, 2, 3)] * 5, export(3, 4)).value == pytest.approx(4 / 400)


def test_exports_that_repeat_holdout_rows_as_often_pass() -> None:
    exports = [
        export(*range(start, start + 8), *range(1000 + start, 1008 + start)) for start in range(0, 160, 8)
    ]
    assert compare_exports(exports[:-1], exports[-1]).verdict is Verdict.PASS


def test_record_is_small_and_holds_no_value() -> None:
    record = export(0, 7)
    assert record.training_bits == "81" + "00" * 49
    assert record.holdout_bits == "00" * 50
    assert set(dataclasses.asdict(record)) == {
        "dataset_fingerprint",
        "rows",
        "training_rows",
        "holdout_rows",
        "training_bits",
        "holdout_bits",
    }


def test_parts_of_one_table_are_joined_to_what_they_repeat_between_them() -> None:
    keys = [RowKeys(TRAINING, HOLDOUT, np.array(rows)) for rows in ([1, 2, 1000], [2, 3])]
    whole = record_export(RowKeys(TRAINING, HOLDOUT, np.array([1, 2, 1000, 2, 3])), "abc")
    assert join_records(*(record_export(part, "abc") for part in keys)) == whole


def test_parts_without_a_holdout_are_joined() -> None:
    part = record_export(RowKeys(TRAINING, HOLDOUT[:0], TRAINING), "abc")
    assert join_records(part, part) == dataclasses.replace(part, rows=800)


def test_parts_of_different_real_rows_are_not_joined() -> None:
    with pytest.raises(EvaluationError, match="belong to other rows"):
        join_records(dataclasses.replace(export(1), training_rows=399), export(1))


def test_records_of_other_rows_are_refused() -> None:
    with pytest.raises(EvaluationError, match="belong to other rows"):
        compare_exports([dataclasses.replace(export(1), dataset_fingerprint="xyz")], export(1))


def test_without_a_holdout_nothing_is_compared() -> None:
    found = judge_repeats(RowKeys(TRAINING, HOLDOUT[:0], TRAINING))
    assert found.verdict is None
    assert "was not measured, since it takes training, holdout and synthetic rows" in found.sentence
