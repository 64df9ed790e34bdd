"""Columns of a workbook whose values are in cells of several kinds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from pipeline.datasets.cell_mixes import CellMix, Sheet, settle_cells, split_cells
from pipeline.datasets.forms import Hints
from pipeline.datasets.reading import read_sibling, read_table
from pipeline.datasets.source import ReadOptions, SourceFormat
from pipeline.errors import DataError

DAY = datetime(2023, 7, 16)  # day 45123 of a spreadsheet
NEXT = datetime(2023, 7, 17)
PERCENT = {"kind": "number", "positive": "#%", "negative": "-#%", "decimals": 0}


def _settle(
    cells: Sequence[Any], shown: str = "", **hints: Any
) -> tuple[pd.Series, str, tuple[CellMix, ...]]:
    values = pd.Series(list(cells), dtype=object, name="x")
    return settle_cells(values, Sheet(Hints(**hints), {"x": shown} if shown else {}))


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["70%", "5%", "61%", 0.29], [0.7, 0.05, 0.61, 0.29]),
        (["26%", 0.26, 0.5, 0.755], [0.26, 0.26, 0.5, 0.755]),
        (["26%", "40%", 29, 31], [26, 40, 29, 31]),
        (["3‰", "7‰", 0.005, 0.004], [0.003, 0.007, 0.005, 0.004]),
        ([558, 14, "486 EUR", "12 EUR", 7], [558, 14, 486, 12, 7]),
        ([558.5, 14.25, "$1,486.20"], [558.5, 14.25, 1486.2]),
        ([544.14, 2.5, "2.541,50"], [544.14, 2.5, 2541.5]),
        ([1, "3-", "3", None], [1, -3, 3, None]),
        ([2541.5, 3100.25, "2.790", "3.800"], [2541.5, 3100.25, 2790, 3800]),
        ([2.54, 3.1, "2.790", "3.800"], [2.54, 3.1, 2.79, 3.8]),
    ],
)
def test_numbers_in_text_are_of_the_size_of_the_numbers_beside_them(
    cells: list[Any], values: list[float | None]
) -> None:
    column, kind, (mix,) = _settle(cells)
    assert [None if pd.isna(one) else one for one in column] == values
    texts = [isinstance(one, str) for one in cells if one is not None]
    assert (kind, mix.cells, mix.share) == ("mixed", "text", round(sum(texts) / len(texts), 4))


def test_numbers_that_are_shown_as_percentages_are_fractions_whatever_their_size() -> None:
    column, _, (mix,) = _settle(["1%", "2%", "5%", 1.2], "0.00%")
    assert (column.tolist(), mix.divisor) == ([0.01, 0.02, 0.05, 1.2], 100)


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        ([DAY, 45124, None], [DAY, NEXT, pd.NaT]),
        ([DAY, 45124.5], [DAY, NEXT + timedelta(hours=12)]),
        ([DAY, date(2023, 7, 17), "17.07.2023"], [DAY, NEXT, NEXT]),
        ([DAY, "2023-07-17", 45124], [DAY, NEXT, NEXT]),
        ([DAY, 20230717], [DAY, NEXT]),
        (["16.07.2023", 45124], [DAY, NEXT]),
    ],
)
def test_days_in_text_and_numbers_are_dates(cells: list[Any], values: list[Any]) -> None:
    column, _, mixes = _settle(cells)
    assert column.tolist() == pd.Series(values).tolist()
    assert {one.cells for one in mixes} == {
        "text" if isinstance(one, str) else "number" for one in cells if isinstance(one, str | int | float)
    }


@pytest.mark.parametrize(
    "cells",
    [
        ["01234", 10115, 99999],
        ["k.A.", 5, 7.5],
        ["ja", True, "nein"],
        [DAY, 3, 7, 8],
        [DAY, "k.A.", "k.A."],
        [5, "12O.50"],
        [DAY, "03/04/2023"],
    ],
)
def test_cells_of_other_meanings_are_left_as_they_are(cells: list[Any]) -> None:
    column, kind, mixes = _settle(cells)
    assert (kind, mixes) == ("mixed", ())
    assert [one for one in column if one in cells] == [one for one in cells if isinstance(one, str)]


def test_odd_words_stay_beside_values_that_are_in_several_kinds_of_cells() -> None:
    column, kind, (mix,) = _settle([160.08, "n/a", "1,381.88", "n/a", 7, "2,000.00"])
    assert column.tolist() == ["160.08", "n/a", "1381.88", "n/a", "7", "2000"]
    assert (kind, mix.share) == ("mixed", 0.5)


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (["5%", "6%", 0.55], 'Column "x" holds percentages in text beside numbers that may be fractions'),
        (["1.500", "1.700", 50.5], 'told apart in the text of column "x"'),
        (["70%", "71%", "72%", "73%", "74%", 0.5, "12"], 'Column "x" holds numbers as text in 1 of 6 cells'),
    ],
)
def test_numbers_of_two_possible_sizes_are_refused(cells: list[Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        _settle(cells)


def test_the_decimal_sign_that_is_said_settles_thousands() -> None:
    column, _, _ = _settle(["1.500", "1.700", 50.5], decimal=",")
    assert column.tolist() == [1500, 1700, 50.5]


def test_day_first_that_is_said_settles_days() -> None:
    column, _, _ = _settle([DAY, "03/04/2023"], day_first=True)
    assert column.tolist() == [DAY, datetime(2023, 4, 3)]


@given(st.lists(st.integers(1, 10_000), min_size=1, max_size=60), st.floats(0, 1), st.sampled_from([1, 100]))
@settings(max_examples=60, deadline=None)
def test_numbers_in_cells_of_two_kinds_are_read_back(points: list[int], share: float, divisor: int) -> None:
    form = {**PERCENT, "decimals": [0, 2]}  # as many as the values have
    mix = CellMix("text", form, round(share, 4), divisor)
    values = pd.Series([point / 100 / divisor for point in points], name="x")
    kept, others = split_cells(values, (mix,))
    cells = others.where(others.notna(), kept.astype(object))
    known = Sheet(Hints(), {}, known={"x": [mix.as_dict()]})
    column, _, _ = settle_cells(cells, known)
    assert column.astype(float).tolist() == pytest.approx(values.tolist(), rel=1e-12)


@given(st.lists(st.integers(15_000, 79_000), min_size=1, max_size=60), st.floats(0, 0.5), st.floats(0, 0.5))
@settings(max_examples=60, deadline=None)
def test_days_in_cells_of_three_kinds_are_read_back(days: list[int], first: float, second: float) -> None:
    mixes = (
        CellMix("text", {"kind": "date", "pattern": "%d.%m.%Y"}, round(first, 4)),
        CellMix("number", {"kind": "date", "pattern": "excel"}, round(second, 4)),
    )
    values = pd.Series([datetime(1899, 12, 30) + timedelta(days=day) for day in days], name="x")
    kept, others = split_cells(values, mixes)
    cells = others.where(others.notna(), kept.astype(object))
    column, _, _ = settle_cells(cells, Sheet(Hints(), {}, known={"x": [one.as_dict() for one in mixes]}))
    assert column.tolist() == values.tolist()


def test_shares_of_values_are_split_off_and_whole_numbers_stay_whole() -> None:
    mix = CellMix("text", {"kind": "number", "positive": "# EUR", "negative": "-# EUR", "decimals": 0}, 0.25)
    kept, others = split_cells(pd.Series(range(400)), (mix,))
    assert (int(others.notna().sum()), str(kept.dtype)) == (100, "Int64")
    assert (kept.isna() == others.notna()).all()
    rows = others.dropna().index
    assert others.dropna().tolist() == [f"{row} EUR" for row in rows]


def test_values_that_text_would_round_out_of_their_range_stay_numbers() -> None:
    mix = CellMix("text", {"kind": "number", "positive": "# EUR", "negative": "-# EUR", "decimals": 0}, 1.0)
    kept, others = split_cells(pd.Series([0.4, 7.2, 8.6]), (mix,))
    assert others.tolist() == [None, "7 EUR", None]
    assert kept.dropna().tolist() == [0.4, 8.6]


def _save(path: Path, cells: Sequence[Any], epoch: datetime | None = None) -> Path:
    workbook = openpyxl.Workbook()
    workbook.epoch = epoch or workbook.epoch
    workbook.active.append(["n", "x"])
    for row, cell in enumerate(cells):
        workbook.active.append([row + 0.5, cell])
    workbook.save(path)
    return path


def test_serials_of_a_workbook_of_an_old_mac_are_its_own_days(tmp_path: Path) -> None:
    serial = 45124 - (CALENDAR_MAC_1904 - datetime(1899, 12, 30)).days
    path = _save(tmp_path / "mac.xlsx", [DAY, serial] * 15, CALENDAR_MAC_1904)
    assert read_table(path).cells["x"].tolist() == [DAY, NEXT] * 15


def test_a_column_of_several_kinds_of_cells_is_said_without_its_values(tmp_path: Path) -> None:
    found = read_table(_save(tmp_path / "t.xlsx", ["70%", "31%", 0.29] * 10))
    assert found.findings == (
        'Column "x" holds its values in several ways: 67 % of its values are text cells, and numbers beside '
        "percentages are taken for fractions (0.5 is 50 %).",
    )
    assert found.source.mixes == {"x": [{"cells": "text", "form": PERCENT, "share": 0.6667, "divisor": 100}]}
    assert SourceFormat.from_dict(found.source.as_dict()) == found.source


@pytest.mark.parametrize(
    ("cells", "values"),
    [(["70%"] * 20, [0.7] * 20), ([0.5, 0.25] * 10, [0.5, 0.25] * 10), ([50, "9%"] * 10, [50, 0.09] * 10)],
)
def test_a_sibling_is_read_as_the_registered_workbook_whatever_its_own_cells_say(
    tmp_path: Path, cells: list[Any], values: list[float]
) -> None:
    source = read_table(_save(tmp_path / "t.xlsx", ["70%", "31%", 0.29] * 10)).source
    sibling = read_sibling(_save(tmp_path / "s.xlsx", cells), source, ["n", "x"])
    assert sibling["x"].tolist() == values


def test_a_sibling_of_a_workbook_without_mixes_learns_none(tmp_path: Path) -> None:
    source = read_table(_save(tmp_path / "t.xlsx", [0.7, 0.31] * 10)).source
    sibling = read_sibling(_save(tmp_path / "s.xlsx", ["70%", 0.31] * 10), source, ["n", "x"])
    assert sibling["x"].tolist() == ["70%", "0.31"] * 10


def test_options_settle_what_a_workbook_leaves_open(tmp_path: Path) -> None:
    path = _save(tmp_path / "t.xlsx", ["1.500", 50.5] * 15)
    with pytest.raises(DataError, match="say `--decimal"):
        read_table(path)
    assert read_table(path, options=ReadOptions(decimal=".")).cells["x"].tolist() == [1.5, 50.5] * 15
