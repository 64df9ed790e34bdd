from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from pipeline.errors import EvaluationError
from pipeline.evaluation.privacy.copies import RowKeys
from pipeline.evaluation.privacy.repeats import (
    ExportRecord,
    compare_exports,
    evaluate_repeats,
    join_records,
    record_export,
)
from pipeline.evaluation.results import Verdict

TRAINING, HOLDOUT = np.arange(400), np.arange(1000, 1400)
NOBODY = np.arange(0)
REAL = RowKeys(TRAINING // 2, HOLDOUT // 2, NOBODY)
"""Real rows that stand in pairs, so that none of them stands alone."""


def export(*repeated: int) -> ExportRecord:
    return record_export(RowKeys(TRAINING, HOLDOUT, np.array([*repeated, 5000])), "abc")


def test_table_that_repeats_training_rows_only_fails() -> None:
    found = evaluate_repeats(RowKeys(TRAINING, HOLDOUT, TRAINING))
    assert (found.verdict, found.value, found.baseline) == (Verdict.FAIL, 1.0, 0.0)


def test_table_that_repeats_common_rows_on_both_sides_passes() -> None:
    keys = RowKeys(np.arange(400) % 10, np.arange(400) % 10, np.zeros(10_000, dtype=int))
    found = evaluate_repeats(keys)
    assert (found.verdict, found.value, found.baseline) == (Verdict.PASS, 0.1, 0.1)


def test_overlap_that_no_single_export_shows_is_reported() -> None:
    exports = [export(*range(start, start + 8)) for start in range(0, 160, 8)]
    assert {compare_exports([], one, REAL).verdict for one in exports} == {Verdict.PASS}
    found = compare_exports(exports[:-1], exports[-1], REAL)
    assert (found.verdict, found.value) == (Verdict.FAIL, 0.4)
    assert found.sentence.startswith("20 exports together repeat 160 of 400 training rows (40.0%)")


def test_a_single_export_is_not_called_together() -> None:
    assert compare_exports([], export(1), REAL).sentence.startswith("The only export so far repeats 1 of 400")


def test_rows_that_several_exports_repeat_count_once() -> None:
    assert compare_exports([export(1, 2, 3)] * 5, export(3, 4), REAL).value == pytest.approx(4 / 400)


def test_exports_that_repeat_holdout_rows_as_often_pass() -> None:
    exports = [
        export(*range(start, start + 8), *range(1000 + start, 1008 + start)) for start in range(0, 160, 8)
    ]
    assert compare_exports(exports[:-1], exports[-1], REAL).verdict is Verdict.PASS


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
        compare_exports([dataclasses.replace(export(1), dataset_fingerprint="xyz")], export(1), REAL)


def test_records_of_another_split_are_refused() -> None:
    with pytest.raises(EvaluationError, match="belong to another split"):
        compare_exports([], export(1), RowKeys(TRAINING, HOLDOUT[:399], NOBODY))


RICH = RowKeys(np.arange(1200), np.arange(1200, 1500), NOBODY, chance_pairs=0.0)


def export_rich(rows: int, *repeated: int) -> ExportRecord:
    synthetic = np.concatenate([repeated, np.arange(5000, 5000 + rows - len(repeated))])
    return record_export(dataclasses.replace(RICH, synthetic=synthetic), "abc")


def test_copies_of_people_fail_a_large_table_as_they_fail_a_small_one() -> None:
    found = compare_exports([], export_rich(100_000, *range(25)), RICH)
    assert (found.name, found.verdict) == ("repeated_exports", Verdict.FAIL)
    assert found.sentence.startswith(
        "25 of 1,500 real rows, training or holdout, that equal no other real row are in the only export "
        "so far: far more than chance explains"
    )


def test_people_copied_one_by_one_in_several_exports_fail_together() -> None:
    exports = [export_rich(1000, person) for person in range(25)]
    assert compare_exports([], exports[0], RICH).verdict is Verdict.LOOK
    found = compare_exports(exports[:-1], exports[-1], RICH)
    assert (found.verdict, found.value) == (Verdict.FAIL, pytest.approx(25 / 1500))
    assert "are in 25 exports together" in found.sentence


def test_holdout_people_copied_in_several_exports_count_as_training_people_do() -> None:
    exports = [export_rich(1000, 1200 + person) for person in range(5)]
    assert compare_exports(exports[:-1], exports[-1], RICH).verdict is Verdict.FAIL


def test_rows_that_repeat_by_chance_are_no_copies_however_many_tables_leave() -> None:
    rng = np.random.default_rng(4)
    split = rng.integers(0, 300, 400), rng.integers(0, 300, 400)
    exports = [record_export(RowKeys(*split, rng.integers(0, 300, 1000)), "abc") for _ in range(20)]
    found = compare_exports(exports[:-1], exports[-1], RowKeys(*split, NOBODY))
    assert found.verdict is Verdict.PASS


def test_without_a_holdout_nothing_is_compared() -> None:
    found = evaluate_repeats(RowKeys(TRAINING, HOLDOUT[:0], TRAINING))
    assert found.verdict is None
    assert "was not measured, since it takes training, holdout and synthetic rows" in found.sentence
