"""Dates and moments that belong to single people: when an account was opened, to the day or to the second.

As with numbers (`own_numbers`), who has a date is counted in people, not in rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.datasets.own_numbers import (
    FEWEST_HOLDERS,
    FEWEST_VALUES,
    are_even,
    count_holders,
    find_whose,
)
from pipeline.datasets.rules.single import as_values
from pipeline.datasets.spec import ColumnSpec, DatasetSpec, ModelledType, Role

DAY = 86_400 * 10**9
"""Nanoseconds of a day."""

_SPARSE = 5  # times as many days in the range as dates: dates are learned as well when drawn anew
_FINEST = 1_000  # nanoseconds
_FEW_MONTH_DAYS, _FEW_WEEKDAYS, _FEW_MONTHS = 6, 6, 4  # twenty dates by chance fall on more


@dataclass(frozen=True, eq=False)
class OwnDates:
    """Dates that few people have, as whole numbers of steps, ascending, and how many people have each.

    `days` are those that a date of the column may fall on (whole days since 1970, ascending): the first of
    each month where all are. A day has `per_day` steps, a single one in a column without times of day.
    """

    values: np.ndarray
    holders: np.ndarray
    days: np.ndarray
    per_day: int

    def read(self, dates: pd.Series) -> np.ndarray:
        """Dates (datetime64) in steps, float64; NaN for missing ones and for days that none falls on."""
        moments = to_moments(dates)
        days, rest = np.divmod(moments, DAY)
        places = np.minimum(np.searchsorted(self.days, days), len(self.days) - 1)
        steps = places * self.per_day + rest / (DAY // self.per_day)
        return np.where(self.days[places] == days, steps, np.nan)

    def write(self, steps: np.ndarray) -> np.ndarray:
        """Moments (nanoseconds since 1970) of whole steps."""
        places, times = np.divmod(steps, self.per_day)
        return np.asarray(self.days[places] * DAY + times * (DAY // self.per_day))


def list_dates(spec: DatasetSpec, raw: pd.DataFrame) -> dict[str, pd.Series]:
    """The modelled columns of dates of a raw table (datetime64[ns]); odd cells are missing."""
    return {
        one.name: read_dates(one, raw[one.name])
        for one in spec.columns
        if one.role is Role.MODELLED and one.kind == ModelledType.DATETIME and one.name in raw
    }


def read_dates(column: ColumnSpec, values: pd.Series) -> pd.Series:
    """A column of dates of a raw table (datetime64[ns]); odd cells are missing."""
    return pd.to_datetime(as_values(column, values), errors="coerce").astype("datetime64[ns]")


def to_moments(dates: pd.Series) -> np.ndarray:
    """Nanoseconds since 1970, the least int64 for missing dates."""
    return np.asarray(dates.to_numpy(dtype="datetime64[ns]").astype(np.int64))


def find_own_dates(spec: DatasetSpec, column: ColumnSpec, raw: pd.DataFrame) -> OwnDates | None:
    """The dates of a raw column that fewer than `FEWEST_HOLDERS` people have.

    None where the range holds so few days for each that chance repeats them, or the column is public.
    """
    if column.role is Role.IDENTITY or column.is_public or column.kind != ModelledType.DATETIME:
        return None
    dates = read_dates(column, raw[column.name])
    is_told = dates.notna().to_numpy()
    values, codes, counts = np.unique(
        to_moments(dates)[is_told] // _FINEST * _FINEST, return_inverse=True, return_counts=True
    )
    per_day = _count_steps(values)
    whose = find_whose(spec, column.name, raw)
    if whose is None and not (per_day > 1 and are_even(counts)):
        return None
    holders = count_holders(codes, codes if whose is None else pd.factorize(raw[whose])[0][is_told])
    own = (holders > 0) & (holders < FEWEST_HOLDERS)
    return _as_own(values, own, holders[own], per_day)


def _as_own(values: np.ndarray, own: np.ndarray, holders: np.ndarray, per_day: int) -> OwnDates | None:
    if len(holders) < FEWEST_VALUES:
        return None
    days = values // DAY
    possible = _list_possible(np.unique(days))
    steps = np.searchsorted(possible, days) * per_day + values % DAY // (DAY // per_day)
    found = OwnDates(steps[own], holders, possible, per_day)
    return found if found.values[-1] - found.values[0] >= _SPARSE * len(holders) else None


def _count_steps(moments: np.ndarray) -> int:
    """How many steps a day has: 1 for dates, 1,440 for moments in minutes."""
    times = np.unique(moments % DAY)
    return DAY // int(np.gcd.reduce(np.append(times, DAY)))


def _list_possible(days: np.ndarray) -> np.ndarray:
    """The days from the first to the last that are like these: the weekdays, months and days of the month."""
    every = np.arange(days[0], days[-1] + 1)
    is_like = np.isin(every, days)
    keep = np.ones(len(every), dtype=bool)
    dates = pd.DatetimeIndex(every.astype("datetime64[D]").astype("datetime64[ns]"))
    from_end = np.asarray(dates.days_in_month - dates.day)
    parts = ((dates.day, _FEW_MONTH_DAYS), (dates.dayofweek, _FEW_WEEKDAYS), (dates.month, _FEW_MONTHS))
    for part, few in (*((np.asarray(part), few) for part, few in parts), (from_end, _FEW_MONTH_DAYS)):
        seen = np.unique(part[is_like])
        if len(seen) <= few:
            keep &= np.isin(part, seen)
    return np.asarray(every[keep])
