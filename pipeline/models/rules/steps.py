"""The values that a column of dates or numbers can take, counted by whole numbers without an end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from pipeline.datasets.parsing import ISO_DATE, keeps_form
from pipeline.datasets.spec import ColumnSpec, ModelledType
from pipeline.models.rules.grid import floor_to_grid

_DAY_S = 86_400.0
_WEEKDAYS = 5
_YEARS_AROUND = 60  # that months, quarters and business days are listed beside those of the sample


@dataclass(frozen=True, eq=False)
class Steps:
    """Values by number: `origin` is that of 0, `step` is in nanoseconds for dates; or those `listed`.

    `low` and `high` are the numbers of the least and the greatest value of the sample. Text holds dates as
    `pattern` says.
    """

    origin: float
    step: float
    low: int = 0
    high: int = 0
    is_date: bool = False
    listed: np.ndarray | None = None
    pattern: str = ""

    def number(self, values: pd.Series) -> np.ndarray:
        """The numbers of values, none of which is missing."""
        raw = self._to_raw(values)
        if self.listed is not None:
            return np.asarray(np.searchsorted(self.listed, raw, side="right") - 1, dtype=np.int64)
        if self.is_date:
            return (raw - int(self.origin)) // int(self.step)
        return np.round((raw - self.origin) / self.step).astype(np.int64)

    def take(self, numbers: np.ndarray, dtype: Any) -> Any:
        """The values of numbers, in the type of their column."""
        if self.listed is not None:
            dates = pd.Series(self.listed[numbers].view("datetime64[ns]"))
            is_text = pd.api.types.is_object_dtype(dtype)
            return (dates.dt.strftime(self.pattern) if is_text else dates).astype(dtype).array
        if self.is_date:
            raw = int(self.origin) + numbers * int(self.step)
            return pd.Series(raw.view("datetime64[ns]")).astype(dtype).array
        places = max(0, int(np.ceil(-np.log10(self.step))))
        values = np.round(self.origin + numbers * self.step, places)
        whole = np.round(values) if pd.api.types.is_integer_dtype(dtype) else values
        return pd.Series(whole).astype(dtype).array

    def holds(self, number: int) -> bool:
        """Whether there is a value of this number."""
        return self.listed is None or 0 <= number < len(self.listed)

    def find_ends(self, options: Mapping[str, Any]) -> dict[str, float]:
        """The least (`low`) and the greatest (`high`) number inside a range, of those that it gives."""
        ends = {}
        for name in ("low", "high"):
            if options.get(name) is not None:
                end = pd.Series([pd.Timestamp(options[name]) if self.is_date else options[name]])
                number = int(self.number(end)[0])
                is_outside = name == "low" and bool(
                    (pd.Series(self.take(np.array([number]), end.dtype)) < end)[0]
                )
                ends[name] = float(number + is_outside)
        return ends

    def _to_raw(self, values: pd.Series) -> np.ndarray:
        if self.is_date:
            pattern = self.pattern if values.dtype == object else None
            return pd.to_datetime(values, format=pattern).to_numpy().astype("datetime64[ns]").astype(np.int64)
        return pd.to_numeric(values).to_numpy(dtype=float)


def describe_steps(column: ColumnSpec, sample: pd.Series, is_business: bool = False) -> Steps:
    """The steps of a column, from the values of the sample."""
    known = sample.dropna()
    if column.kind != ModelledType.DATETIME:
        numbers = pd.to_numeric(known)
        step = float(column.options.get("step", 10.0 ** -column.options.get("decimals", 6)))
        low = float(numbers.min()) if len(numbers) else 0.0
        return _with_ends(Steps(low, step), numbers)
    pattern = column.options.get("format", ISO_DATE)
    dates = pd.to_datetime(known, format=None if known.dtype != object else pattern).astype("datetime64[ns]")
    dates = dates if len(dates) else pd.Series([pd.Timestamp(2000, 1, 1)]).astype("datetime64[ns]")
    if is_business or column.form.get("kind") == "period" or keeps_form(pattern):
        listed = _list_dates(column, dates, is_business)
        return _with_ends(replace(listed, pattern=pattern if keeps_form(pattern) else ""), dates)
    seconds = _DAY_S if pattern == ISO_DATE else float(column.options.get("step_s", 1))
    return _with_ends(Steps(float(dates.min().value), seconds * 1e9, is_date=True), dates)


def _list_dates(column: ColumnSpec, dates: pd.Series, is_business: bool) -> Steps:
    around = pd.DateOffset(years=_YEARS_AROUND)
    days = pd.Series(pd.date_range(dates.min().normalize() - around, dates.max() + around, freq="D"))
    days = floor_to_grid(column, days.astype("datetime64[ns]")).drop_duplicates().sort_values()
    days = days[days.dt.dayofweek < _WEEKDAYS] if is_business else days
    return Steps(0.0, 1.0, is_date=True, listed=days.to_numpy().astype("datetime64[ns]").astype(np.int64))


def _with_ends(steps: Steps, values: pd.Series) -> Steps:
    if not len(values):
        return steps
    low, high = steps.number(pd.Series([values.min(), values.max()]))
    return replace(steps, low=int(low), high=int(high))
