"""Columns by their form, with odd cells kept apart."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.forms import DateForm, NumberForm, TimeForm
from pipeline.datasets.spec import ColumnSpec, Role
from pipeline.datasets.typed import (
    conform,
    describe_form,
    is_mixed,
    mix,
    read_column,
    split_mixed,
    unmark,
    write_column,
)

MONEY = NumberForm(decimal=",", grouping=".", min_decimals=2, max_decimals=2)
GERMAN = DateForm("%d.%m.%Y")


@pytest.mark.parametrize(
    ("form", "texts"),
    [
        (MONEY, ["1.234,50", None, "-0,05"]),
        (MONEY, ["1.234,50", "n.a.", None, "12O,50"]),
        (GERMAN, ["17.01.2024", "00.00.0000", None]),
        (TimeForm(), ["13:45:12", None, "closed"]),
    ],
)
def test_what_is_read_by_a_form_is_written_as_it_was(form, texts):
    column = pd.Series(texts, dtype=object)
    assert write_column(read_column(column, form), form).tolist() == texts


def test_a_column_without_odd_cells_has_numbers():
    column = read_column(pd.Series(["1.234,50", None], dtype=object), MONEY)
    assert column.tolist()[0] == 1234.5
    assert not is_mixed(column)


def test_odd_cells_make_a_column_of_plain_texts():
    column = read_column(pd.Series(["1.234,50", "n.a.", None], dtype=object), MONEY)
    assert column.tolist() == ["1234.5", "n.a.", None]
    numbers, words = split_mixed(column, "number")
    assert numbers.tolist()[0] == 1234.5
    assert np.isnan(numbers.to_numpy()[1:]).all()
    assert words.tolist() == [None, "n.a.", None]


def test_times_of_day_are_seconds():
    assert read_column(pd.Series(["00:01:00", "01:00:00"]), TimeForm()).tolist() == [60, 3600]


def test_a_mixed_column_of_dates_is_split_again():
    dates = pd.Series(pd.to_datetime(["2024-01-17 13:45:12", None]))
    dates, words = split_mixed(mix(dates, pd.Series([None, "9999-12-31"], dtype=object)), "date")
    assert dates.tolist()[0] == pd.Timestamp("2024-01-17 13:45:12")
    assert words.tolist() == [None, "9999-12-31"]


def test_small_numbers_keep_every_digit_when_mixed():
    numbers, _ = split_mixed(mix(pd.Series([1e-7, 0.1]), pd.Series(["-", None], dtype=object)), "number")
    assert numbers.tolist()[1] == 0.1


@pytest.mark.parametrize(("form", "described"), [(NumberForm(), {}), (DateForm(), {}), (None, {})])
def test_a_plain_form_is_not_kept(form, described):
    assert describe_form(form) == described


PERCENT = NumberForm(positive="#%", negative="-#%", min_decimals=3, max_decimals=3, literals=("-999",))


def test_an_odd_cell_that_looks_like_a_number_comes_back_as_it_was():
    texts = ["5.500%", "-999", "n/a", None, "0.125%"]
    column = read_column(pd.Series(texts, dtype=object), PERCENT)
    numbers, words = split_mixed(column, "number")
    assert numbers.dropna().tolist() == [5.5, 0.125]
    assert words.tolist() == [None, "-999", "n/a", None, None]
    assert unmark(column).tolist() == ["5.5", "-999", "n/a", None, "0.125"]
    assert write_column(column, PERCENT).tolist() == texts


def test_an_odd_cell_that_looks_like_a_date_comes_back_as_it_was():
    column = mix(pd.Series(pd.to_datetime(["2024-01-17", None])), pd.Series([None, "2023"], dtype=object))
    dates, words = split_mixed(column, "date")
    assert dates.notna().tolist() == [True, False]
    assert words.tolist() == [None, "2023"]


def test_a_known_odd_word_is_no_number_in_a_plain_file():
    spec = ColumnSpec(
        "rate", Role.MODELLED, "numerical", form=PERCENT.as_dict(), options={"odd_words": ["-999"]}
    )
    numbers, words = split_mixed(conform(pd.Series(["5.5", "-999", "1.0"]), spec, "t"), "number")
    assert numbers.dropna().tolist() == [5.5, 1]
    assert words.tolist() == [None, "-999", None]


def test_times_with_seconds_are_read_where_the_form_has_none():
    spec = ColumnSpec("at", Role.MODELLED, "numerical", form={"kind": "time", "pattern": "%H:%M"})
    assert conform(pd.Series(["13:41:00", "13:41:05"]), spec, "t").tolist() == [49260, 49265]
