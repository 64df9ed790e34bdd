"""The precision of times beyond their form: whole minutes though seconds are written, quarters of hours."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.datasets.forms import Learned
from pipeline.datasets.forms.moments import DAY, SECOND

_STEPS = tuple(int(seconds * SECOND) for seconds in (3600, 1800, 900, 600, 300, 60, 30, 15, 10, 5))
"""Nanoseconds of steps that people and systems round times to, the longest first."""

_FEWEST_VALUES = 10  # that differ: fewer may be multiples by chance
_EPOCHS = ((631_152_000, 2_208_988_800), (631_152_000_000, 2_208_988_800_000))  # 1990 to 2040, in s and ms


def find_step_s(values: pd.Series, learned: Learned | None) -> float | None:
    """Seconds of which all times of a column are multiples; None where none is longer than a second.

    `values` are dates (datetime64), or numbers of seconds of a form of times or durations.
    """
    if pd.api.types.is_datetime64_any_dtype(values):
        nanoseconds = values.dropna().to_numpy().astype("datetime64[ns]").astype(np.int64) % DAY
    elif learned is not None and learned.form.kind in ("time", "duration"):
        nanoseconds = (values.dropna().to_numpy(dtype=float) * SECOND).round().astype(np.int64)
    else:
        return None
    step = _longest(nanoseconds)
    return None if step is None else step / SECOND


def find_epoch_step(values: pd.Series) -> int | None:
    """What all seconds or milliseconds since 1970 of a column are multiples of; None for other numbers."""
    if not pd.api.types.is_numeric_dtype(values):
        return None
    numbers = values.dropna().to_numpy(dtype=float)
    for (low, high), unit in zip(_EPOCHS, (SECOND, SECOND // 1000), strict=True):
        if len(numbers) and low <= numbers.min() and numbers.max() <= high and (numbers % 1 == 0).all():
            step = _longest(numbers.astype(np.int64) * unit)
            return None if step is None else step // unit
    return None


def _longest(nanoseconds: np.ndarray) -> int | None:
    distinct = np.unique(nanoseconds)
    if len(distinct) < _FEWEST_VALUES:
        return None
    common = int(np.gcd.reduce(distinct))
    return next((step for step in _STEPS if common % step == 0), None)
