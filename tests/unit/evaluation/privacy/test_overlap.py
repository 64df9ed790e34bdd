from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from pipeline.datasets.spec import ColumnSpec, DatasetSpec, Role
from pipeline.evaluation.privacy.overlap import count_overlap, evaluate_overlap
from pipeline.evaluation.results import Verdict


def test_one_repeated_value_fails() -> None:
    found = evaluate_overlap({"ssn": 1, "email": 0}, 100)
    assert (found.verdict, found.value, found.fail_from) == (Verdict.FAIL, 0.01, 0.0)
    assert found.sentence == '1 rows repeat a real value in column "ssn".'


def test_no_repeated_value_passes() -> None:
    assert evaluate_overlap({"ssn": 0}, 100).verdict is Verdict.PASS


def test_dataset_without_protected_columns_has_no_verdict() -> None:
    found = evaluate_overlap({}, 100)
    assert (found.verdict, found.value) == (None, None)
    assert "No identity column is protected" in found.sentence


def repeats(real: list[object], synthetic: list[object]) -> int:
    spec = DatasetSpec("p", "P", "", "p", date(2026, 1, 1), (ColumnSpec("code", Role.IDENTITY, "text"),))
    return count_overlap(pd.DataFrame({"code": real}), pd.DataFrame({"code": synthetic}), spec)["code"]


@pytest.mark.parametrize(
    ("real", "disguised"),
    [
        ("DE89 3704 0044 0532 0130 00", "DE89370400440532013000"),
        ("AB 123456", "ab-123456"),
        ("Ann Lee", "Ann  Lee"),
        ("123-45-6789", "123\u201345\u20136789"),
        ("123-45-6789", "123\u00a045\u00a06789"),
        ("4111 1111 1111 1111", "4111/1111/1111/1111"),
        ("Zo\u00eb Berg", "Zoe\u0308 Berg"),
        ("ann@example.com", " ANN@example.com"),
        ("012-34-5678", 12345678),
    ],
)
def test_disguised_values_are_found(real: str, disguised: object) -> None:
    assert repeats([real, real], [disguised, None, ""]) == 1


@pytest.mark.parametrize(
    ("real", "other"),
    [
        ("ann.lee@example.com", "annl.ee@example.com"),
        ("1.23.4.5", "12.3.4.5"),
        ("A0123", "A123"),
        ("123-45-6789", "123-45-6780"),
        ("---", "--"),
        ("000", "0"),
    ],
)
def test_different_values_stay_different(real: str, other: str) -> None:
    assert repeats([real], [other]) == 0
