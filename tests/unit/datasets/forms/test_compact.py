"""Dates and times of digits alone."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta

import pandas as pd
import pytest

from pipeline.datasets.forms import Hints, Learned, learn_form

_DRAW = random.Random(11)
_DAYS = [date(2023, 1, 1) + timedelta(days=_DRAW.randrange(365)) for _ in range(600)]
_YEARS = [date(2021, 1, 1) + timedelta(days=_DRAW.randrange(3 * 365)) for _ in range(1_200)][:600]
_LONG = [
    date(1990, 1, 1) + timedelta(days=_DRAW.randrange(50) * 300 + _DRAW.randrange(9)) for _ in range(600)
]
_MOMENTS = [datetime(2023, 1, 1, 8) + timedelta(seconds=_DRAW.randrange(36_000)) for _ in range(600)]


def learn(texts: list[str], says: str = "") -> Learned | None:
    return learn_form(pd.Series(texts, dtype=object), Hints(name_says=says))


@pytest.mark.parametrize(
    ("texts", "kind", "pattern"),
    [
        ([f"{day:%y%m%d}" for day in _DAYS], "date", "%y%m%d"),
        ([f"{day:%d%m%y}" for day in _DAYS], "date", "%d%m%y"),
        ([f"{day:%Y%j}" for day in _DAYS], "date", "%Y%j"),
        ([f"{day:%Y-%j}" for day in _DAYS], "date", "%Y-%j"),
        ([f"{day:%Y/%j}" for day in _DAYS], "date", "%Y/%j"),
        ([f"{day:%Y.%j}" for day in _DAYS], "date", "%Y.%j"),
        ([f"{day:%j/%Y}" for day in _YEARS], "date", "%j/%Y"),
        ([f"{day:%j.%Y}" for day in _DAYS], "date", "%j.%Y"),
        ([f"{day:%G-W%V-%u}" for day in _YEARS], "date", "%G-W%V-%u"),
        ([f"{day:%GW%V%u}" for day in _YEARS], "date", "%GW%V%u"),
        ([f"{day:%y-%j}" for day in _YEARS], "date", "%y-%j"),
        ([f"{day:%y%j}" for day in _YEARS], "date", "%y%j"),
        ([f"1{day:%y%m%d}" for day in _DAYS], "date", "%C%y%m%d"),
        ([f"{day.year // 100 - 19}{day:%y%m%d}" for day in _LONG], "date", "%C%y%m%d"),
        ([f"{day.year // 100 - 19}{day:%y%j}" for day in _LONG], "date", "%C%y%j"),
        ([f"{moment:%H%M%S}" for moment in _MOMENTS], "time", "%H%M%S"),
        ([f"{moment:%H%M}" for moment in _MOMENTS], "time", "%H%M"),
        ([f"{_DRAW.randrange(8, 18):02d}{_DRAW.randrange(4) * 15:02d}" for _ in range(600)], "time", "%H%M"),
    ],
)
def test_digits_that_keep_the_limits_are_dates_and_times(texts: list[str], kind: str, pattern: str) -> None:
    found = learn([*texts, "unknown", "999999" if len(texts[0]) == 6 and texts[0].isdecimal() else "n/a"])
    assert found is not None
    assert (found.form.kind, found.form.pattern) == (kind, pattern)  # type: ignore[attr-defined]
    assert found.odd.tolist() == [False] * 600 + [True, True]
    assert found.form.write(found.values).tolist()[:600] == texts


@pytest.mark.parametrize(
    "texts",
    [
        [str(_DRAW.randrange(100_000, 999_999)) for _ in range(600)],
        [str(_DRAW.randrange(1_000, 9_999)) for _ in range(600)],
        [str(1950 + row % 75) for row in range(600)],
        [str(2000 + row % 25) for row in range(600)],
        [f"{2023_000 + row}" for row in range(1, 366)],  # a counter behind the year
        [f"{day:%y%m%d}" for day in _DAYS] + ["231301"],
        [f"1{day:%y%m%d}" for day in _DAYS] + ["1231301"],
        [str(_DRAW.randrange(1_000_000, 1_999_999)) for _ in range(600)],
        [f"{24_000 + _DRAW.randrange(1, 366)}" for _ in range(600)],  # one year: numbers that begin alike
        [f"{day:%y%m%d}" for day in _DAYS[:10]],
    ],
)
def test_numbers_and_codes_are_no_dates(texts: list[str]) -> None:
    found = learn(texts)
    assert found is not None
    assert found.form.as_dict() == {"kind": "number", "decimals": 0}


def test_years_that_could_be_days_leave_no_doubt_where_days_reach_the_end_of_a_month() -> None:
    days = [date(2001, 1, 1) + timedelta(days=_DRAW.randrange(24 * 365)) for _ in range(600)]
    found = learn([f"{day:%y%m%d}" for day in days])
    assert found is not None
    assert (found.form.pattern, found.is_ambiguous) == ("%y%m%d", False)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "texts",
    [
        [f"2022-{_DRAW.randrange(1, 999):03d}" for _ in range(600)],
        [f"2022-{row:03d}" for row in range(1, 366)],  # a counter behind the year
        [f"22-{_DRAW.randrange(1, 366):03d}" for _ in range(600)],
        [f"{_DRAW.randrange(1000, 9999)}-{_DRAW.randrange(1, 366):03d}" for _ in range(600)],
    ],
)
def test_codes_with_three_digits_at_the_end_are_no_days(texts: list[str]) -> None:
    assert learn(texts) is None


@pytest.mark.parametrize("pattern", ["%G-W%V-%u", "%j/%Y"])
def test_days_of_weeks_and_years_are_written_as_they_were_read(pattern: str) -> None:
    texts = [
        f"{day:{pattern}}" for day in (*_YEARS, date(2020, 12, 31), date(2021, 1, 3), date(2024, 12, 30))
    ]
    learned = learn(texts)
    assert learned is not None
    assert learned.form.write(learned.values).tolist() == texts


def test_weeks_and_days_that_do_not_exist_are_odd() -> None:
    texts = [*(f"{day:%G-W%V-%u}" for day in _YEARS), "2021-W53-1", "2022-W00-1", "2022-W10-8"]
    learned = learn(texts)
    assert learned is not None
    assert learned.odd.tolist() == [False] * len(_YEARS) + [True] * 3


_HOURS = [datetime(2024, 1, 1) + timedelta(hours=_DRAW.randrange(7_000)) for _ in range(600)]
_WEEKDAYS = [date(2024, 1, 1) + timedelta(days=_DRAW.randrange(230)) for _ in range(600)]


@pytest.mark.parametrize(
    ("texts", "says", "pattern"),
    [
        ([f"{moment:%Y%m%d%H}" for moment in _HOURS], "", "%Y%m%d%H"),
        ([f"{moment:%Y%m%d}{8 + moment.hour % 10:02d}" for moment in _HOURS], "", "%Y%m%d%H"),
        ([f"{day:%Y%j}" for day in _WEEKDAYS], "day", "%Y%j"),
        ([f"{day:%V/%G}" for day in _WEEKDAYS], "", "%V/%G"),
        ([f"{day:%V-%G}" for day in _YEARS], "", "%V-%G"),
        ([f"{day:%G/%V}" for day in _YEARS], "", "%G/%V"),
        ([f"{day:%V/%G}" for day in _WEEKDAYS[:12]], "week", "%V/%G"),
        ([f"{day:%m/%Y}" for day in _YEARS], "week", "%m/%Y"),
    ],
)
def test_hours_days_and_weeks_in_digits_are_written_as_they_were_read(
    texts: list[str], says: str, pattern: str
) -> None:
    found = learn(texts, says)
    assert found is not None
    assert found.form.pattern == pattern  # type: ignore[attr-defined]
    assert found.form.write(found.values).tolist() == texts


@pytest.mark.parametrize(
    ("texts", "says"),
    [
        ([f"2024{row:03d}" for row in range(1, 999)], "day"),
        ([f"2024{row % 230 + 1:03d}" for row in range(600)], ""),  # a counter below 366, twice each
        ([f"{moment:%Y%m%d%H}" for moment in _HOURS], "code"),
        ([f"{moment:%Y%m%d}{1 + row % 19:02d}" for row, moment in enumerate(_HOURS)], ""),  # orders of a day
        ([f"{moment:%Y%m%d%H}" for moment in _HOURS] + ["2024010124"], ""),
        ([f"3{moment:%Y%m%d%H}"[:10] for moment in _HOURS], ""),
        ([str(_DRAW.randrange(2_000_000_000, 2_099_999_999)) for _ in range(600)], ""),
    ],
)
def test_numbers_that_are_no_hours_or_days_stay_numbers(texts: list[str], says: str) -> None:
    found = learn(texts, says)
    assert found is not None
    assert found.form.as_dict() == {"kind": "number", "decimals": 0}


@pytest.mark.parametrize(
    ("texts", "says"),
    [
        ([f"{row % 80 + 1:02d}/2024" for row in range(600)], "week"),
        ([f"{row % 40 + 1:02d}/2024" for row in range(600)], "code"),
        ([f"{row + 1:02d}/{year}" for year in range(2001, 2025) for row in range(40)], ""),  # a code each
        ([f"{row % 40 + 1:02d}/{1000 + row % 40}" for row in range(600)], ""),
    ],
)
def test_codes_with_a_year_are_no_weeks(texts: list[str], says: str) -> None:
    assert learn(texts, says) is None
