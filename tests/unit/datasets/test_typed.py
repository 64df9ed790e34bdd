"""Columns by their form, with odd cells kept apart."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.forms import DateForm, NumberForm, TimeForm
from pipeline.datasets.typed import describe_form, is_mixed, mix, read_column, split_mixed, write_column

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
