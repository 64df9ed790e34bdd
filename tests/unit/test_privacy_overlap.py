from __future__ import annotations

from pipeline.evaluation.privacy.overlap import judge_overlap
from pipeline.evaluation.results import Verdict


def test_one_repeated_value_fails() -> None:
    found = judge_overlap({"ssn": 1, "email": 0}, 100)
    assert (found.verdict, found.value, found.threshold) == (Verdict.FAIL, 0.01, 0.0)
    assert found.sentence == '1 rows repeat a real value in column "ssn".'


def test_no_repeated_value_passes() -> None:
    assert judge_overlap({"ssn": 0}, 100).verdict is Verdict.PASS


def test_dataset_without_protected_columns_has_no_verdict() -> None:
    found = judge_overlap({}, 100)
    assert (found.verdict, found.value) == (None, None)
    assert "No identity column is protected" in found.sentence
