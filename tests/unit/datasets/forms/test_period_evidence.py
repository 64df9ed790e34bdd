"""Periods that may as well be numbers, codes or ranges."""

from __future__ import annotations

import random

import pandas as pd
import pytest

from pipeline.datasets.forms import Hints, Learned, learn_form

_DRAW = random.Random(23)
_ROWS = 400


def _months(pattern: str, years: tuple[int, int] = (2019, 2024)) -> list[str]:
    days = [pd.Timestamp(_DRAW.randint(*years), _DRAW.randint(1, 12), 1) for _ in range(_ROWS)]
    return [day.strftime(pattern) for day in days]


def _weeks(first: int, last: int, form: str = "{year}{week:02d}") -> list[str]:
    return [
        form.format(year=_DRAW.choice([2021, 2022, 2023]), week=_DRAW.randint(first, last))
        for _ in range(_ROWS)
    ]


def _learn(texts: list[str], says: str = "") -> Learned | None:
    return learn_form(pd.Series(texts, dtype=object), Hints(name_says=says))


def _pattern(texts: list[str], says: str = "") -> str | None:
    found = _learn(texts, says)
    return None if found is None or found.form.kind != "period" else found.form.pattern  # type: ignore[attr-defined]


@pytest.mark.parametrize("pattern", ["%Y%m", "%m%Y", "%m.%Y", "%m/%y", "%m-%y", "%m%y"])
@pytest.mark.parametrize("says", ["", "code"])
def test_months_keep_their_form(pattern: str, says: str) -> None:
    texts = _months(pattern)
    found = _learn(texts, says)
    assert found is not None
    assert (found.form.kind, found.form.unit) == ("period", "month")  # type: ignore[attr-defined]
    assert found.form.write(found.values).tolist() == texts


@pytest.mark.parametrize("odd", ["999912", "202413", "000000", "999999", "201900"])
@pytest.mark.parametrize("says", ["", "day", "code"])
def test_one_impossible_month_is_an_odd_cell(odd: str, says: str) -> None:
    found = _learn([odd, *_months("%Y%m")], says)
    assert found is not None
    assert found.form.pattern == "%Y%m"  # type: ignore[attr-defined]
    assert found.odd.tolist() == [True] + [False] * _ROWS


@pytest.mark.parametrize(("pattern", "odd"), [("%m/%Y", "13/2023"), ("%m/%y", "13/24"), ("%m%Y", "132023")])
def test_one_impossible_month_before_its_year_is_an_odd_cell(pattern: str, odd: str) -> None:
    found = _learn([odd, *_months(pattern)])
    assert found is not None
    assert found.form.pattern == pattern  # type: ignore[attr-defined]
    assert found.odd.sum() == 1


def test_three_percent_of_impossible_months_are_odd_cells() -> None:
    texts = _months("%Y%m")
    texts[::33] = _DRAW.choices(["000000", "999999", "202413"], k=len(texts[::33]))
    found = _learn(texts)
    assert found is not None
    assert (found.form.pattern, int(found.odd.sum())) == ("%Y%m", len(texts[::33]))  # type: ignore[attr-defined]


def test_words_for_missing_among_months_are_odd_cells() -> None:
    found = _learn([*_months("%Y%m"), *["n/a"] * 40])
    assert found is not None
    assert (found.form.kind, int(found.odd.sum())) == ("period", 40)


@pytest.mark.parametrize(
    ("form", "pattern"),
    [
        ("{year}{week:02d}", "%G%V"),
        ("{year}-{week:02d}", "%G-%V"),
        ("{week:02d}/{year}", "%V/%G"),
    ],
)
def test_weeks_are_told_by_those_above_12_or_by_the_name(form: str, pattern: str) -> None:
    assert _pattern(_weeks(1, 52, form)) == pattern
    assert _pattern(_weeks(13, 40, form), "week") == pattern


def test_without_a_week_above_12_the_name_decides_within_one_year() -> None:
    texts = [f"2024{_DRAW.randint(1, 12):02d}" for _ in range(_ROWS)]
    assert [_pattern(texts, says) for says in ("week", "", "code")] == ["%G%V", "%Y%m", "%Y%m"]
    assert _pattern(_weeks(1, 12), "week") == "%Y%m"  # of three years


def test_weeks_keep_their_form_and_impossible_ones_are_odd() -> None:
    texts = [*_weeks(1, 52), "202299", "999999"]
    found = _learn(texts, "week")
    assert found is not None
    assert found.form.write(found.values).tolist()[:_ROWS] == texts[:_ROWS]
    assert found.odd.tolist() == [False] * _ROWS + [True, True]


@pytest.mark.parametrize(
    "texts",
    [
        [f"{_DRAW.randrange(200_000, 210_000)}" for _ in range(_ROWS)],  # codes that begin alike
        [f"{_DRAW.randrange(1, 1300):04d}" for _ in range(_ROWS)],
        [f"{_DRAW.randint(1, 12):02d}/{_DRAW.randint(1, 28):02d}" for _ in range(_ROWS)],  # month and day
        [f"{_DRAW.randint(1, 28):02d}/{_DRAW.randint(1, 12):02d}" for _ in range(_ROWS)],
        [f"{_DRAW.randint(1, 12):02d}/{_DRAW.choice([15, 30])}" for _ in range(_ROWS)],
        [f"{_DRAW.randint(1, 10):02d}/10" for _ in range(_ROWS)],  # scores
        [f"{_DRAW.randint(1, 12):02d}/12" for _ in range(_ROWS)],  # pages
        [f"{_DRAW.randint(1, 12)}/{_DRAW.randint(20, 24)}" for _ in range(_ROWS)],  # fractions
        [f"{low:02d}-{low + _DRAW.randint(1, 30):02d}" for low in _DRAW.choices(range(1, 13), k=_ROWS)],
        [f"{_DRAW.randint(1, 12):02d}{_DRAW.randint(0, 59):02d}" for _ in range(_ROWS)],  # times of a clock
        [f"2023{number:02d}" for number in range(1, 54)],  # a numbering
    ],
)
def test_digits_that_are_no_periods_stay_what_they_are(texts: list[str]) -> None:
    assert _pattern(texts) is None
