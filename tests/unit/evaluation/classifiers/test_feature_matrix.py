from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.spec import ModelledColumn, ModelledType
from pipeline.errors import EvaluationError
from pipeline.evaluation.classifiers.boosting import fit_classifier
from pipeline.evaluation.classifiers.feature_matrix import MOST_CATEGORIES, encode_tables

GROUP = ModelledColumn("group", ModelledType.CATEGORICAL)
AGE = ModelledColumn("age", ModelledType.NUMERICAL)
OPENED = ModelledColumn("opened", ModelledType.DATETIME)


def test_equal_values_get_equal_numbers_in_all_tables_and_missing_ones_nan() -> None:
    one = pd.DataFrame({"group": ["a", "b", None], "age": [1, 2, 3]})
    two = pd.DataFrame({"group": ["b", "z"], "age": [np.nan, 7.0]})
    matrix = encode_tables([GROUP, AGE], one, two)
    assert matrix.is_categorical.tolist() == [True, False]
    first, second = matrix.tables
    assert first[1, 0] == second[0, 0] != first[0, 0] != second[1, 0]
    assert np.isnan(first[2, 0])
    assert np.isnan(second[0, 1])
    assert second[1, 1] == 7.0


def test_dates_are_numbers_in_one_unit() -> None:
    days = pd.Series(pd.to_datetime(["2024-01-01", None]))
    one, two = (pd.DataFrame({"opened": part}) for part in (days, days.astype("datetime64[s]")))
    first, second = encode_tables([OPENED], one, two).tables
    assert first[0, 0] == second[0, 0] == days[0].value
    assert np.isnan(first[1, 0])


def test_the_rarest_of_too_many_categories_become_one() -> None:
    values = [f"v{number}" for number in range(400)]
    table = pd.DataFrame({"group": [*values, "v399"]})
    codes = encode_tables([GROUP], table, table).tables[0][:, 0]
    assert codes.max() == MOST_CATEGORIES - 1
    assert len(np.unique(codes)) == MOST_CATEGORIES
    assert codes[399] == codes[400] == 0


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (["1", "n/a"], "cannot be read as numerical"),
        ([1.0, np.inf], "holds infinite values"),
    ],
)
def test_unusable_column_is_left_out_with_its_reason(values: list, reason: str) -> None:
    good = pd.DataFrame({"group": ["a", "b"], "age": [1, 2]})
    matrix = encode_tables([GROUP, AGE], good, good.assign(age=values))
    assert matrix.names == ("group",)
    assert reason in matrix.skipped["age"]


def test_column_that_is_empty_everywhere_is_left_out_and_one_that_is_empty_in_one_table_stays() -> None:
    good = pd.DataFrame({"age": [1.0, 2.0]})
    empty = good.assign(age=np.nan)
    assert encode_tables([AGE], empty, empty).skipped == {"age": "the column holds no values in any table"}
    assert encode_tables([AGE], good, empty).names == ("age",)


def test_missing_column_is_an_evaluation_error() -> None:
    table = pd.DataFrame({"age": [1]})
    with pytest.raises(EvaluationError, match='synthetic table lacks the column "age"'):
        encode_tables([AGE], table, table.drop(columns="age"))


def test_classifier_learns_beside_a_column_without_values() -> None:
    signal = np.arange(100.0)
    features = np.column_stack([np.full(100, np.nan), signal])
    predict = fit_classifier(features, np.array([True, False]), (signal > 50).astype(int), seed=0)
    filled = np.column_stack([np.full(100, 3.0), signal])
    assert ((predict(filled)[:, 1] > 0.5) == (signal > 50)).mean() > 0.95
