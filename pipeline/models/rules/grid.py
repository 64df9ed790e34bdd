"""Values that a column can hold: its decimals, its days or seconds, the first days of its months."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.datasets.parsing import ISO_DATE, keeps_form
from pipeline.datasets.rules.gaps import GapForm
from pipeline.datasets.spec import ColumnSpec, ModelledType
from pipeline.datasets.typed import to_periods

_NOISE = 1e-6
_STEPS = tuple(pd.Timedelta(seconds=seconds) for seconds in (1, 60, 3_600)) + tuple(
    pd.Timedelta(days=days) for days in (1, 32, 93, 367)
)


def floor_to_grid(column: ColumnSpec, values: pd.Series) -> pd.Series:
    """The values, each the nearest below that its column can hold."""
    if column.kind == ModelledType.DATETIME:
        return _floor_dates(column, pd.to_datetime(values).astype("datetime64[ns]"))
    scale = 10.0 ** column.options.get("decimals", 6)
    numbers = pd.to_numeric(values).astype(float)
    return np.floor(numbers * scale + _NOISE) / scale


def snap(column: ColumnSpec, form: GapForm, base: pd.Series, values: pd.Series) -> pd.Series:
    """The values as their column can hold them, on the same side of the base."""
    down = floor_to_grid(column, values)
    return down.where(is_beside(form, base, down) | down.isna(), _find_next(column, down))


def is_beside(form: GapForm, base: pd.Series, values: pd.Series) -> pd.Series:
    """Whether values lie on their side of a base; so do all beside a base that is missing."""
    wrong = values > base if form.is_below else values < base
    if form.is_strict:
        wrong |= values == base
    return ~wrong.fillna(False).astype(bool)


def _find_next(column: ColumnSpec, down: pd.Series) -> pd.Series:
    if column.kind != ModelledType.DATETIME:
        return (down * 10.0 ** column.options.get("decimals", 6) + 1) / 10.0 ** column.options.get(
            "decimals", 6
        )
    found = down.copy()
    for step in _STEPS:
        later = _floor_dates(column, down + step)
        found = found.where(found > down, later)
    return found


def _floor_dates(column: ColumnSpec, dates: pd.Series) -> pd.Series:
    pattern = column.options.get("format", ISO_DATE)
    if column.form.get("kind") == "period":
        return to_periods(dates, column)
    if keeps_form(pattern):
        return pd.to_datetime(dates.dt.strftime(pattern), format=pattern).astype("datetime64[ns]")
    if pattern == ISO_DATE:
        return dates.dt.normalize()
    return dates.dt.floor(pd.Timedelta(seconds=float(column.options.get("step_s", 1))))
