from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.spec import ModelledColumn, ModelledType
from pipeline.evaluation.privacy.distances import find_nearest
from pipeline.evaluation.privacy.space import place

AGE = ModelledColumn("age", ModelledType.NUMERICAL)
GROUP = ModelledColumn("group", ModelledType.CATEGORICAL)


def measure(column: ModelledColumn, training: list[object], other: list[object]) -> float:
    """The distance of the first of `other` to the first training row."""
    tables = [pd.DataFrame({column.name: values}) for values in (training, other)]
    reference, query = place([column], tables)
    return float(find_nearest(query.take(slice(1)), reference.take(slice(1))).distances[0, 0])


@pytest.mark.parametrize(
    ("value", "distance"), [(10, 0.0), (15, 0.5), (20, 1.0), (1e9, 1.0), (np.nan, 1.0), (np.inf, 1.0)]
)
def test_numbers_differ_by_their_share_of_the_training_range(value: float, distance: float) -> None:
    assert measure(AGE, [10, 20], [value]) == pytest.approx(distance)


def test_two_missing_numbers_are_equal() -> None:
    assert measure(AGE, [None, 10, 20], [None]) == 0.0


@pytest.mark.parametrize(("value", "distance"), [("a", 0.0), ("b", 1.0), (None, 1.0)])
def test_categories_are_equal_or_not(value: str | None, distance: float) -> None:
    assert measure(GROUP, ["a", "b"], [value]) == distance


def test_dates_differ_by_their_share_of_the_range() -> None:
    joined = ModelledColumn("joined", ModelledType.DATETIME)
    assert measure(joined, ["2020-01-01", "2020-01-11"], ["2020-01-06"]) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("training", "value", "distance"), [([7, 7], 7, 0.0), ([7, 7], 7.1, 1.0), ([None], None, 0.0)]
)
def test_constant_and_empty_columns_are_compared_by_equality(
    training: list[object], value: object, distance: float
) -> None:
    assert measure(AGE, training, [value]) == distance


def test_column_of_mixed_types_is_compared_by_text() -> None:
    assert measure(AGE, [10, "ten"], ["10"]) == 0.0
    assert measure(AGE, [10, "ten"], [11]) == 1.0


def test_names_follow_numbers_then_codes() -> None:
    tables = [pd.DataFrame({"group": ["a", "b"], "age": [1, 2]})]
    (points,) = place([GROUP, AGE], tables)
    assert points.names == ("age", "group")
    assert (len(points), points.columns) == (2, 2)
    assert points.numbers.tolist() == [[0.0, 1.0]]
    assert points.codes.tolist() == [[0, 1]]
