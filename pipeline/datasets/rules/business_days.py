"""Dates from Monday to Friday as numbers of business days, and back: every number is such a date."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.datasets.calendar import to_spans

_FRIDAY = 4
_ORIGIN = np.datetime64("1970-01-01")
_DAY_NS = 86_400 * 10**9
_STEP_NS = 10**6  # times of day come back to the millisecond


def to_business_index(dates: pd.Series) -> pd.Series:
    """Business days since 1970-01-01 with the time of day as a fraction, NaN where missing.

    A Saturday or Sunday counts as the Monday after it.
    """
    moments = dates.to_numpy().astype("datetime64[ns]")
    is_known = ~np.isnat(moments)
    found = moments[is_known]
    days = np.busday_offset(found.astype("datetime64[D]"), 0, roll="forward")
    fraction = (found.astype(np.int64) % _DAY_NS) / _DAY_NS
    index = np.full(len(moments), np.nan)
    index[is_known] = np.busday_count(_ORIGIN, days) + fraction
    return pd.Series(index)


def from_business_index(index: pd.Series, has_time: bool = False) -> pd.Series:
    """The dates that `to_business_index` was given; without times, fractions round to the nearest day."""
    numbers = pd.to_numeric(index).to_numpy(dtype=float, na_value=np.nan)
    is_known = ~np.isnan(numbers)
    known = numbers[is_known]
    days = np.floor(known + 1e-9) if has_time else np.round(known)
    moments = np.full(len(numbers), np.datetime64("NaT"), dtype="datetime64[ns]")
    dates = np.busday_offset(_ORIGIN, days.astype(np.int64), roll="forward").astype("datetime64[ns]")
    if has_time:
        steps = np.round(np.maximum(known - days, 0) * _DAY_NS / _STEP_NS).astype(np.int64) * _STEP_NS
        dates = dates + steps.astype("timedelta64[ns]")
    moments[is_known] = dates
    return pd.Series(moments)


def roll(dates: pd.Series, is_back: bool) -> pd.Series:
    """Dates on a weekend as the Friday before or the Monday after."""
    if not is_back:
        return from_business_index(to_business_index(dates), True)
    return dates - to_spans((dates.dt.dayofweek - _FRIDAY).clip(lower=0), "D")
