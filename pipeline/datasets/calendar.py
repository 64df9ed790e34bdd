"""Points in time as the week, the weekday and the time of day, and back.

A timestamp as one number hides what people look for first: business hours and weekends. Each part is a
modelled column of its own; together they give the timestamp back.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
import pandas as pd

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
WEEK, WEEKDAY, TIME = "week", "weekday", "time_of_day"
PARTS = (WEEK, WEEKDAY, TIME)

_DAY_S = 86_400
_CHANCE = 1e-6
_FEWEST = 50


def find_parts(dates: pd.Series) -> tuple[str, ...]:
    """The parts that a column of dates (datetime64) is modelled by; none where the date alone says it all.

    Columns with times of day have all three, columns of dates a week and a weekday where the weekdays
    differ by more than chance. Few distinct dates say more than their weekdays.
    """
    present = dates.dropna()
    if len(present) < _FEWEST:
        return ()
    if (present != present.dt.normalize()).any():
        return PARTS
    return (WEEK, WEEKDAY) if present.nunique() >= _FEWEST and _differs_by_weekday(present) else ()


def extract_part(dates: pd.Series, part: str) -> pd.Series:
    """One part of dates (datetime64): Monday of the week, name of the weekday, or seconds since midnight."""
    days = dates.dt.normalize()
    weekday = dates.dt.dayofweek
    if part == WEEK:
        return days - to_spans(weekday, "D")
    if part == WEEKDAY:
        names = np.array([*WEEKDAYS, None], dtype=object)
        return pd.Series(names[weekday.fillna(7).astype(int)], index=dates.index, name=dates.name)
    return (dates - days).dt.total_seconds()


def compose(parts: Mapping[str, pd.Series], step_s: float, rng: np.random.Generator) -> pd.Series:
    """Dates (datetime64[ns]) from their parts, missing where the week is missing.

    Times of day are rounded down to multiples of `step_s` seconds. A weekday or a time that is missing
    beside a week is that of another row, drawn by `rng`.
    """
    weeks = pd.to_datetime(parts[WEEK]).astype("datetime64[ns]")
    mondays = weeks.dt.normalize() - to_spans(weeks.dt.dayofweek, "D")
    positions = parts[WEEKDAY].map({name: place for place, name in enumerate(WEEKDAYS)})
    dates = mondays + to_spans(fill_from_rows(positions.astype(float), rng), "D")
    if TIME not in parts:
        return dates
    seconds = fill_from_rows(parts[TIME].astype(float), rng).clip(0, _DAY_S - step_s)
    steps = np.floor(seconds / step_s + 1e-9)
    return dates + to_spans((steps * step_s * 1e9).round(), "ns")


def to_spans(lengths: pd.Series, unit: Literal["D", "ns"]) -> pd.Series:
    """Numbers of a unit as lengths of time (timedelta64[ns]), NaT where they are missing.

    `pandas.to_timedelta` calculates with memory it has not written in the places of missing numbers, and
    warns of an overflow where something large lay there (`cast_from_unit_vectorized` of pandas 2.3).
    """
    return pd.to_timedelta(lengths.fillna(0).astype(float), unit=unit).where(lengths.notna())


def fill_from_rows(values: pd.Series, rng: np.random.Generator) -> pd.Series:
    """The values with each missing one replaced by that of a row drawn by `rng`, where there is one."""
    gaps = values.isna().to_numpy()
    if not gaps.any() or gaps.all():
        return values
    present = values.to_numpy()[~gaps]
    filled = values.to_numpy(copy=True)
    filled[gaps] = present[rng.integers(0, len(present), int(gaps.sum()))]
    return pd.Series(filled, index=values.index, name=values.name)


def _differs_by_weekday(dates: pd.Series) -> bool:
    """Whether weekdays are unequally frequent, by a chi-square test against equal ones."""
    from scipy.stats import chisquare

    counts = np.bincount(dates.dt.dayofweek, minlength=len(WEEKDAYS))
    return bool(chisquare(counts).pvalue < _CHANCE)
