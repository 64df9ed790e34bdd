"""Columns as floats that rules compute with, and what "equal to the cent" means."""

from __future__ import annotations

import numpy as np
import pandas as pd

MOST_DECIMALS = 6
_NOISE = 1e-14  # relative: what a few operations on floats are off by
_LEAST_NOISE = 1e-9
_NS_A_DAY = 86_400 * 10**9


def is_moment(values: pd.Series) -> bool:
    """Whether a column holds dates or times."""
    return values.dtype.kind == "M"


def is_number(values: pd.Series) -> bool:
    """Whether a column holds numbers, not truth values."""
    return pd.api.types.is_numeric_dtype(values.dtype) and not pd.api.types.is_bool_dtype(values.dtype)


def as_steps(values: pd.Series) -> np.ndarray:
    """Numbers, or days since 1970 for dates; NaN where missing or text that is no number."""
    if is_moment(values):
        moments = values.to_numpy().astype("datetime64[ns]")
        return np.where(np.isnat(moments), np.nan, moments.astype(np.int64) / _NS_A_DAY)
    numbers = pd.to_numeric(values, errors="coerce")
    return np.asarray(numbers.to_numpy(dtype=float, na_value=np.nan))


def count_decimals(*columns: pd.Series) -> int:
    """The decimals of all numbers of some columns, at most `MOST_DECIMALS`; 0 without any."""
    parts = [as_steps(column) for column in columns]
    numbers = np.concatenate(parts) if parts else np.empty(0)
    numbers = numbers[np.isfinite(numbers)]
    for decimals in range(MOST_DECIMALS):
        if are_equal(numbers, np.round(numbers, decimals), MOST_DECIMALS + 2).all():
            return decimals
    return MOST_DECIMALS


def are_equal(values: np.ndarray, computed: np.ndarray, decimals: int) -> np.ndarray:
    """Whether values, rounded to decimals, are what the computed ones may be rounded to.

    Half a unit may have been rounded up or down, which sources do differently. NaN is equal to nothing.
    """
    reach = 0.5 * 10.0**-decimals * (1 + _LEAST_NOISE) + _NOISE * np.abs(computed)
    return np.asarray(np.abs(np.round(values, decimals) - computed) <= reach)


def are_above(values: np.ndarray, others: np.ndarray, is_strict: bool = False) -> np.ndarray:
    """Whether values are at least the others (`is_strict`: more), noise of floats aside."""
    noise = _LEAST_NOISE + _NOISE * np.abs(others)
    return np.asarray(values > others + noise if is_strict else values >= others - noise)


def round_to(values: np.ndarray, decimals: int) -> np.ndarray:
    """Numbers rounded half away from zero as bookkeeping does, without a negative zero."""
    scaled = np.abs(values) * 10.0**decimals
    noise = _LEAST_NOISE + _NOISE * scaled
    return np.asarray(np.copysign(np.floor(scaled + 0.5 + noise) / 10.0**decimals, values) + 0.0)
