"""What the table of runs keeps of what came of a run."""

from __future__ import annotations

from datetime import date

import pytest

from pipeline.generation.results import BulkResult
from pipeline.runs.outcomes import describe_bulk
from pipeline.runs.records import (
    BulkSummary,
    EvaluateSummary,
    GenerateSummary,
    RowsSoFar,
    TrainSummary,
    read_result,
    write_result,
)
from pipeline.runs.states import RunEvent, RunKind

SAID = {"verdict": "pass", "reason": "Why.", "next_step": "What next.", "figure": {"score": 0.91}}
MANIFEST = {
    "first_rows": {"quality": {"score": 0.91}, "privacy": {"verdict": "no sign of copying"}},
    "validity": {"rules": [{"checked": 2_000}, {"checked": 1_500}]},
    "learned": {"modelled": ["a", "b"], "derived": ["c"], "replaced": []},
    **SAID,
}


def test_a_large_table_is_told_by_its_folder_its_pace_and_its_evidence() -> None:
    as_of = date(2026, 1, 31)
    done = BulkResult("m1", 2_000, 4, 3, "exports/x", 7, as_of, 2.5, 600.0, 12, "ab" * 32, MANIFEST)
    outcome = describe_bulk(done)
    assert (outcome.event, outcome.model, outcome.quality) == (RunEvent.FINISH, "m1", 0.91)
    assert outcome.columns["result"] == {
        "model": "m1",
        "rows": 2_000,
        "parts": 4,
        "new_parts": 3,
        "out": "exports/x",
        "seed": 7,
        "as_of": "2026-01-31",
        "sha256": "ab" * 32,
        "seconds": 2.5,
        "rows_per_second": 600.0,
        "forced_rows": 12,
        "quality": 0.91,
        "validity": {"is_valid": True, "checked": 3_500, "failed": 0},
        "privacy": "no sign of copying",
        "learned": "2 of 3 columns",
        **SAID,
    }


def test_quality_names_the_columns_that_it_speaks_of() -> None:
    learned = {"modelled": ["a"], "derived": [], "replaced": ["b", "c"]}
    assert EvaluateSummary({"learned": learned}).learned == "1 of 3 columns"
    assert EvaluateSummary({"quality": {"score": 0.9}}).learned is None


@pytest.mark.parametrize(
    ("kind", "values", "expected"),
    [
        (RunKind.TRAIN, {"model": "m1", "treatments": []}, TrainSummary(model="m1")),
        (RunKind.GENERATE, {"model": "m1", "rows": 5}, GenerateSummary(model="m1", rows=5)),
        (RunKind.EVALUATE, {"quality": {"score": 0.9}}, EvaluateSummary({"quality": {"score": 0.9}})),
        (RunKind.BULK, {"rows": 5, "rows_per_second": 2.0}, RowsSoFar(5, 2.0)),
        (RunKind.BULK, {"out": "exports/a", "new": 1}, BulkSummary(out="exports/a")),
        (RunKind.BULK, {}, None),
        (RunKind.TRAIN, None, None),
    ],
)
def test_results_of_other_versions_are_read(kind, values, expected) -> None:
    assert read_result(kind, values) == expected


def test_a_result_survives_its_plain_form() -> None:
    result = GenerateSummary("m1", 5, 7, "2026-01-31", {"train": 1.0}, True, 0.9, 1.0, "pass", "ab")
    assert read_result(RunKind.GENERATE, write_result(result)) == result
