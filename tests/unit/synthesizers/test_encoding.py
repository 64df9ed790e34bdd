"""Raw columns ↔ clean fields: dtypes, ranges, rounding, missing cells, and refusals in plain words."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.spec import ModelledColumn, ModelledType
from pipeline.errors import DataError
from pipeline.synthesizers.encoding import Field, TableEncoding

CATEGORICAL, NUMERICAL = ModelledType.CATEGORICAL, ModelledType.NUMERICAL
DATETIME, BOOLEAN = ModelledType.DATETIME, ModelledType.BOOLEAN


def _round_trip(series, kind):
    table = series.rename("column").to_frame()
    encoding = TableEncoding.learn(table, (ModelledColumn("column", kind),))
    encoding = TableEncoding.from_dict(json.loads(json.dumps(encoding.as_dict())))
    return encoding.restore(encoding.clean(table, np.random.default_rng(0)))["column"]


@pytest.mark.parametrize(
    ("series", "kind"),
    [
        (pd.Series(["b", "a", "NA", "b"]), CATEGORICAL),
        (pd.Series(["b", None, "a", np.nan]), CATEGORICAL),
        (pd.Series([3, 1, 2, 3]), CATEGORICAL),
        (pd.Series(["x", pd.NA], dtype="string"), CATEGORICAL),
        (
            pd.Series(["low", None, "high"], dtype=pd.CategoricalDtype(["low", "high"], ordered=True)),
            CATEGORICAL,
        ),
        (pd.Series([True, False, True]), BOOLEAN),
        (pd.Series([True, pd.NA, False], dtype="boolean"), BOOLEAN),
        (pd.Series([True, None, False], dtype=object), BOOLEAN),
        (pd.Series([18, 65, 40]), NUMERICAL),
        (pd.Series([18, 65, 40], dtype="int8"), NUMERICAL),
        (pd.Series([18, pd.NA, 40], dtype="Int64"), NUMERICAL),
        (pd.Series([1.25, np.nan, -3.5]), NUMERICAL),
        (pd.Series([np.nan, np.nan]), NUMERICAL),
        (pd.Series([7, 7, 7]), NUMERICAL),
        (pd.Series(pd.to_datetime(["2020-02-29", None, "1999-12-31"])), DATETIME),
        (pd.Series(pd.to_datetime(["2020-02-29 13:45:10.25", "1969-07-20 20:17:40.00"])), DATETIME),
        (pd.Series(pd.to_datetime(["2020-02-29", "2021-06-01"]).tz_localize("Europe/Berlin")), DATETIME),
        (pd.Series(np.array(["9999-12-31", "2020-01-01"], dtype="datetime64[s]")), DATETIME),
        (pd.Series(pd.to_datetime([None, None])), DATETIME),
    ],
    ids=lambda value: f"{value.dtype}" if isinstance(value, pd.Series) else value.value,
)
def test_restore_gives_back_the_column_with_its_dtype(series, kind):
    shared = pd.concat([series.rename("column")] * 10, ignore_index=True)
    pd.testing.assert_series_equal(_round_trip(shared, kind), shared, check_dtype=True, check_exact=True)


def test_a_number_that_few_rows_hold_is_drawn_anew_near_it():
    numbers = np.append(np.random.default_rng(2).lognormal(10.5, 0.4, 600).round(), [40_000.0] * 10)
    table = pd.DataFrame({"salary": numbers})
    encoding = TableEncoding.learn(table, (ModelledColumn("salary", NUMERICAL),))
    drawn = encoding.clean(table, np.random.default_rng(3))["salary"].to_numpy()
    assert (drawn[-10:] == 40_000).all()
    assert (drawn[:600] == numbers[:600]).mean() < 0.01
    ranks = pd.Series(numbers).rank(), pd.Series(drawn).rank()
    assert (ranks[0] - ranks[1]).abs().quantile(0.98) < 40


def test_missing_numbers_become_an_indicator_and_draws_from_the_observed():
    table = pd.DataFrame({"age": [20.0, np.nan, 30.0, np.nan, np.nan] * 10})
    encoding = TableEncoding.learn(table, (ModelledColumn("age", NUMERICAL),))
    clean = encoding.clean(table, np.random.default_rng(1))
    assert encoding.fields == (Field("age is missing", 2), Field("age", None))
    assert clean["age is missing"].tolist() == [0, 1, 0, 1, 1] * 10
    assert clean["age"].isin([20.0, 30.0]).all()


@pytest.mark.parametrize("kind", [NUMERICAL, DATETIME, BOOLEAN, CATEGORICAL])
def test_a_column_without_a_value_has_nothing_to_learn_but_that(kind):
    dtype = "datetime64[ns]" if kind is DATETIME else "float64"
    table = pd.DataFrame({"seen": pd.Series([None] * 4, dtype=dtype)})
    encoding = TableEncoding.learn(table, (ModelledColumn("seen", kind),))
    assert encoding.fields == (Field("seen", 1),)
    restored = encoding.restore({"seen": np.zeros(6, dtype=np.int64)})["seen"]
    assert restored.dtype == dtype
    assert restored.isna().tolist() == [True] * 6


def test_indicator_avoids_the_name_of_another_column():
    table = pd.DataFrame({"age": [1.0, np.nan], "age is missing": ["yes", "no"]})
    columns = (ModelledColumn("age", NUMERICAL), ModelledColumn("age is missing", CATEGORICAL))
    names = [field.name for field in TableEncoding.learn(table, columns).fields]
    assert names == ["age is missing?", "age", "age is missing"]


def test_numbers_are_clipped_to_the_range_and_rounded_as_learned():
    table = pd.DataFrame({"price": [0.25, 1.5, 9.75] * 10})
    encoding = TableEncoding.learn(table, (ModelledColumn("price", NUMERICAL),))
    restored = encoding.restore({"price": np.array([-4.0, 1.23456, 99.0])})
    assert restored["price"].tolist() == [0.25, 1.23, 9.75]


def test_dates_are_whole_days_within_the_range():
    table = pd.DataFrame({"day": pd.to_datetime(["2024-01-01", "2024-01-11"] * 10)})
    encoding = TableEncoding.learn(table, (ModelledColumn("day", DATETIME),))
    assert encoding.clean(table, np.random.default_rng(0))["day"].tolist() == [0.0, 10.0] * 10
    restored = encoding.restore({"day": np.array([-3.0, 4.4, 50.0])})["day"]
    assert restored.dt.strftime("%m-%d").tolist() == ["01-01", "01-05", "01-11"]


def test_categories_are_sorted_so_that_order_tells_nothing():
    table = pd.DataFrame({"group": ["z", "a", "m"]})
    encoding = TableEncoding.learn(table, (ModelledColumn("group", CATEGORICAL),))
    assert encoding.categories["group"].categories == ("a", "m", "z")


@pytest.mark.parametrize(
    ("category", "code"), [(2, 0), ("2", 0), (10, 1), ("10", 1), (None, 2), ("3", None), (True, None)]
)
def test_category_is_found_by_value_or_by_its_text(category, code):
    table = pd.DataFrame({"rooms": pd.array([10, 2, None], dtype="Int64")})
    encoding = TableEncoding.learn(table, (ModelledColumn("rooms", CATEGORICAL),))
    assert encoding.categories["rooms"].code_of(category) == code


@pytest.mark.parametrize(
    ("content", "kind", "message"),
    [
        (["1", "two"], NUMERICAL, 'Column "c" is numerical but contains other values'),
        ([1.0, np.inf], NUMERICAL, 'Column "c" holds an infinite value'),
        ([1, 2**60], NUMERICAL, 'Column "c" holds integers beyond 2\\^53'),
        (["2020-01-01", "soon"], DATETIME, 'Column "c" should be a datetime but contains object'),
        ([["a"], ["b"]], CATEGORICAL, 'Column "c" is categorical but holds a list'),
        ([pd.Timestamp("2020-01-01")], CATEGORICAL, 'Column "c" is categorical but holds datetime64'),
    ],
)
def test_learn_refuses_what_does_not_fit_the_kind(content, kind, message):
    with pytest.raises(DataError, match=message):
        TableEncoding.learn(pd.DataFrame({"c": content}), (ModelledColumn("c", kind),))


def test_learn_refuses_an_absent_column():
    with pytest.raises(DataError, match='no column "b"'):
        TableEncoding.learn(pd.DataFrame({"a": [1]}), (ModelledColumn("b", NUMERICAL),))


def test_learn_refuses_an_empty_table():
    with pytest.raises(DataError, match="no rows"):
        TableEncoding.learn(pd.DataFrame({"a": []}), (ModelledColumn("a", NUMERICAL),))


def test_learn_refuses_no_columns():
    with pytest.raises(DataError, match="no modelled column"):
        TableEncoding.learn(pd.DataFrame({"a": [1]}), ())


def test_clean_refuses_a_category_that_was_not_learned():
    encoding = TableEncoding.learn(pd.DataFrame({"a": ["x"]}), (ModelledColumn("a", CATEGORICAL),))
    with pytest.raises(DataError, match="holds 'y', which was not learned"):
        encoding.clean(pd.DataFrame({"a": ["x", "y"]}), np.random.default_rng(0))
