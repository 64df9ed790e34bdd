from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.spec import ModelledColumn, ModelledType
from pipeline.evaluation.quality.coverage import compute_coverage
from pipeline.evaluation.results_fidelity import ColumnCoverage
from tests.unit.evaluation.fidelity_cases import COLUMNS, draw_table


def cover(kind: ModelledType, real: list, synthetic: list) -> ColumnCoverage:
    tables = (pd.DataFrame({"x": values}) for values in (real, synthetic))
    return compute_coverage(*tables, [ModelledColumn("x", kind)]).columns[0]


def test_table_covers_itself_whole_and_holds_nothing_unseen() -> None:
    table = draw_table(200, 1)
    coverage = compute_coverage(table, table, COLUMNS)
    assert coverage.score == 1.0
    assert {column.unseen for column in coverage.columns} == {0.0}
    assert all(column.real_missing == column.synthetic_missing for column in coverage.columns)


def test_categories_are_counted_covered_and_unseen() -> None:
    found = cover(ModelledType.CATEGORICAL, ["a", "b", "c", None], ["a", "a", "z", "b"])
    assert found.covered == pytest.approx(2 / 3)
    assert found.unseen == pytest.approx(0.25)
    assert (found.real_values, found.synthetic_values) == (3, 3)
    assert (found.real_missing, found.synthetic_missing) == (0.25, 0.0)
    assert found.metric == "CategoryCoverage"


def test_range_is_covered_between_the_extremes_and_unseen_beyond_them() -> None:
    found = cover(ModelledType.NUMERICAL, [0, 100], [25, 75, 75, 75])
    assert (found.covered, found.unseen, found.metric) == (0.5, 0.0, "RangeCoverage")
    assert cover(ModelledType.NUMERICAL, [0, 100], [-5, 50, 100, 100]).unseen == 0.25


def test_dates_have_a_range() -> None:
    found = cover(ModelledType.DATETIME, ["2024-01-01", "2024-01-11"], ["2024-01-01", "2024-01-06"])
    assert found.covered == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("synthetic", "covered", "unseen"), [([7, 7], 1.0, 0.0), ([7, 8], 1.0, 0.5), ([8], 0.0, 1.0)]
)
def test_constant_number_is_there_or_not(synthetic: list, covered: float, unseen: float) -> None:
    found = cover(ModelledType.NUMERICAL, [7, 7, 7], synthetic)
    assert (found.covered, found.unseen) == (covered, unseen)


def test_column_without_synthetic_values_covers_nothing() -> None:
    found = cover(ModelledType.NUMERICAL, [1.0, 2.0], [np.nan, np.nan])
    assert (found.covered, found.unseen, found.synthetic_missing) == (0.0, None, 1.0)


@pytest.mark.parametrize(
    ("real", "synthetic", "reason"),
    [
        ([np.nan, np.nan], [1.0, 2.0], "the real column holds no values"),
        ([1, 2], [], "the synthetic table holds no rows"),
        ([1, 2], ["1", "n/a"], "the values cannot be read as numerical"),
        ([1.0, 2.0], [1.0, np.inf], "the synthetic column holds infinite values"),
    ],
)
def test_what_cannot_be_covered_says_why(real: list, synthetic: list, reason: str) -> None:
    found = cover(ModelledType.NUMERICAL, real, synthetic)
    assert found.covered is None
    assert found.unseen is None
    assert found.reason.startswith(reason)
