"""How one raw column becomes numbers or codes, and how it gets its own dtype, range and rounding back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
import pandas as pd

from pipeline.errors import DataError
from pipeline.synthesizers.ends import is_shared, keep_inside, protect_ends

_LARGEST_EXACT_INTEGER = 2**53
_MOST_DECIMALS = 8
_GRAINS_US = (86_400_000_000, 3_600_000_000, 60_000_000, 1_000_000, 1_000, 1)
"""A day, an hour, a minute, a second, a millisecond and a microsecond, in microseconds."""
_OF_NANOSECONDS_US = (-9_223_286_400_000_000, 9_223_286_400_000_000)
_OF_CALENDAR_US = (-62_135_596_800_000_000, 253_402_214_400_000_000)
"""Between which microseconds since 1970 instants in nanoseconds lie, and years of four digits."""


@dataclass(frozen=True)
class CategoryEncoding:
    """A column of categories; None stands for a missing cell and comes last.

    `levels` and `is_ordered` belong to columns of pandas' categorical dtype.
    """

    name: str
    dtype: str
    categories: tuple[Any, ...]
    levels: tuple[Any, ...] | None = None
    is_ordered: bool = False

    @classmethod
    def learn(cls, series: pd.Series) -> Self:
        """Learn the categories; they are sorted, so that their order says nothing about the rows."""
        name = str(series.name)
        try:
            found = [_plain(value, name) for value in pd.unique(series.dropna())]
        except TypeError as error:
            raise unusable_category(name, "a list or another container") from error
        categories: list[Any] = sorted(found, key=lambda value: (type(value).__name__, value))
        if series.isna().any():
            categories.append(None)
        if not isinstance(series.dtype, pd.CategoricalDtype):
            return cls(name, str(series.dtype), tuple(categories))
        levels = tuple(_plain(value, name) for value in series.dtype.categories)
        return cls(name, "category", tuple(categories), levels, bool(series.dtype.ordered))

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The encoding again from its plain values."""
        levels = values["levels"]
        return cls(
            values["name"],
            values["dtype"],
            tuple(values["categories"]),
            None if levels is None else tuple(levels),
            values["is_ordered"],
        )

    def codes(self, series: pd.Series) -> np.ndarray:
        """The position of each cell in `categories`; raise DataError for a category that was not learned."""
        positions, uniques = pd.factorize(series)
        code_of = {category: code for code, category in enumerate(self.categories)}
        plain = [_plain(value, self.name) for value in uniques]
        unknown = [value for value in plain if value not in code_of]
        if unknown or (positions.min(initial=0) < 0 and None not in code_of):
            raise DataError(
                f'Column "{self.name}" holds {unknown[0] if unknown else None!r}, which was not learned.',
                "use the rows that the encoding was learned from.",
            )
        # factorize gives missing cells the position -1, which picks the last entry here.
        lookup = np.array([code_of[value] for value in plain] + [code_of.get(None, -1)], dtype=np.int64)
        return lookup[positions]

    def values(self, codes: np.ndarray) -> pd.Series:
        """The categories of `codes`, as a column of the learned dtype."""
        return pd.Series(self._pool.take(codes), name=self.name)

    def code_of(self, category: Any) -> int | None:
        """The code of a category, which may be given as text ("2", "True"); None where there is none."""
        for code, known in enumerate(self.categories):
            if known == category and isinstance(known, bool) == isinstance(category, bool):
                return code
        texts = [str(known) for known in self.categories]
        return texts.index(category) if category in texts else None

    @cached_property
    def _pool(self) -> Any:
        if self.levels is not None:
            dtype = pd.CategoricalDtype(list(self.levels), self.is_ordered)
            return pd.Categorical(list(self.categories), dtype=dtype)
        content = [np.nan if value is None and self.dtype == "object" else value for value in self.categories]
        return pd.Series(content, dtype=self.dtype).array


@dataclass(frozen=True)
class NumberEncoding:
    """A numeric column: its dtype, the range in which it may be given, and decimals (None: not rounded).

    An end that fewer than ten rows hold is moved before anything is kept of it, and numbers beyond it are
    mirrored there (`mirrors_low`, `mirrors_high`).
    """

    name: str
    dtype: str
    minimum: float
    maximum: float
    decimals: int | None
    has_missing: bool
    mirrors_low: bool = False
    mirrors_high: bool = False

    @classmethod
    def learn(cls, series: pd.Series) -> Self:
        """Learn protected range and rounding; DataError for text, infinities and integers beyond 2^53."""
        name, numbers = str(series.name), _as_numbers(series)
        observed = np.unique(numbers[~np.isnan(numbers)])
        if not len(observed):
            return cls(name, str(series.dtype), 0.0, 0.0, 0, True)
        if not np.isfinite(observed[[0, -1]]).all():
            raise DataError(
                f'Column "{name}" holds an infinite value.', "replace it by a number or an empty cell."
            )
        decimals = _decimals(observed)
        if decimals == 0 and np.abs(observed[[0, -1]]).max() > _LARGEST_EXACT_INTEGER:
            raise DataError(
                f'Column "{name}" holds integers beyond 2^53, which no float holds exactly.',
                "make the column categorical or an identifier.",
            )
        is_missing = np.isnan(numbers)
        low, high, *mirrors = _protected_range(numbers[~is_missing], decimals, _find_limits(series.dtype))
        return cls(name, str(series.dtype), low, high, decimals, bool(is_missing.any()), *mirrors)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The encoding again from its plain values."""
        return cls(**values)

    def numbers(self, series: pd.Series) -> np.ndarray:
        """The column as float64 within the learned range; missing cells are NaN."""
        return np.clip(_as_numbers(series), self.minimum, self.maximum)

    @property
    def step(self) -> float:
        """The distance between neighbouring values; 0 where the number is not rounded."""
        return _step(self.decimals)

    def values(self, numbers: np.ndarray, missing: np.ndarray | None = None) -> pd.Series:
        """`numbers` within the learned range, rounded as learned, in the learned dtype."""
        kept = keep_inside(numbers, self.minimum, self.maximum, self.mirrors_low, self.mirrors_high)
        if self.decimals is not None:
            kept = np.round(kept, self.decimals)
        if missing is not None:
            kept[missing] = np.nan
        return pd.Series(kept, name=self.name).astype(pd.api.types.pandas_dtype(self.dtype))


@dataclass(frozen=True)
class DatetimeEncoding:
    """A column of instants, as whole grains (days, hours … microseconds) since the first that may be given.

    `origin_us` is in microseconds since 1970, in UTC where the dtype has a time zone; `grain_us` is the
    largest grain on which all cells lie, `grains` the length of the learned range. Its ends are protected and
    mirrored as those of numbers are, in grains since 1970: counted from the first cell, a round number would
    tell that cell.
    """

    name: str
    dtype: str
    origin_us: int
    grain_us: int
    grains: int
    has_missing: bool
    mirrors_low: bool = False
    mirrors_high: bool = False

    @classmethod
    def learn(cls, series: pd.Series) -> Self:
        """Learn protected range and grain; raise DataError where the column does not hold datetimes."""
        name = str(series.name)
        if not pd.api.types.is_datetime64_any_dtype(series.dtype):
            raise DataError(
                f'Column "{name}" should be a datetime but contains {series.dtype}.',
                "parse it to datetimes, or make the column categorical.",
            )
        instants = _as_microseconds(series)
        observed = instants[series.notna().to_numpy()]
        if not len(observed):
            return cls(name, str(series.dtype), 0, _GRAINS_US[0], 0, True)
        # Day boundaries count from 1970, so that a grain of days keeps midnight.
        grain = next(grain for grain in _GRAINS_US if not (observed % grain).any())
        earliest, latest = _find_limits(series.dtype)
        limits = earliest / grain, latest / grain
        first, last, *mirrors = _protected_range((observed // grain).astype(np.float64), 0, limits)
        low, high = round(first), round(last)
        has_missing = len(observed) < len(series)
        return cls(name, str(series.dtype), low * grain, grain, high - low, has_missing, *mirrors)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The encoding again from its plain values."""
        return cls(**values)

    def numbers(self, series: pd.Series) -> np.ndarray:
        """Grains since the origin as float64, within the learned range; missing cells are NaN."""
        grains = (_as_microseconds(series) - self.origin_us) / self.grain_us
        return np.where(series.notna().to_numpy(), np.clip(grains, 0, self.grains), np.nan)

    @property
    def step(self) -> float:
        """The distance between neighbouring values: one grain."""
        return 1.0

    def values(self, numbers: np.ndarray, missing: np.ndarray | None = None) -> pd.Series:
        """The instants of `numbers` within the learned range, in the learned dtype."""
        kept = keep_inside(numbers, 0, self.grains, self.mirrors_low, self.mirrors_high)
        grains = np.rint(kept).astype(np.int64)
        instants = (self.origin_us + grains * self.grain_us).astype("datetime64[us]")
        if missing is not None:
            instants[missing] = np.datetime64("NaT")
        series = pd.Series(instants, name=self.name)
        dtype = pd.api.types.pandas_dtype(self.dtype)
        return (series.dt.tz_localize("UTC") if "," in self.dtype else series).astype(dtype)


def _plain(value: Any, column: str) -> Any:
    # An instant would come out of numpy as an integer.
    is_instant = isinstance(value, np.datetime64 | np.timedelta64)
    plain = value.item() if isinstance(value, np.generic) else value
    if is_instant or not isinstance(plain, str | bool | int | float):
        raise unusable_category(column, type(value).__name__)
    return plain


def unusable_category(column: str, found: str) -> DataError:
    """The error for a categorical column whose cells are no categories."""
    return DataError(
        f'Column "{column}" is categorical but holds {found}.', "use text, numbers or booleans as categories."
    )


def _as_numbers(series: pd.Series) -> np.ndarray:
    try:
        return pd.to_numeric(series).to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise DataError(
            f'Column "{series.name}" is numerical but contains other values: {error}.',
            "clean those cells, or make the column categorical.",
        ) from error


def _protected_range(
    numbers: np.ndarray, decimals: int | None, limits: tuple[float, float]
) -> tuple[float, float, bool, bool]:
    """The ends within which numbers are given, and whether those beyond each are mirrored."""
    ordered = np.sort(numbers)
    ends = np.clip(protect_ends(ordered, _step(decimals)), limits[0], limits[1]).tolist()
    low, high = ends if decimals is None else (round(end, decimals) for end in ends)
    return low, high, not is_shared(ordered, low), not is_shared(ordered, high)


def _step(decimals: int | None) -> float:
    return 0.0 if decimals is None else 10.0**-decimals


def _decimals(observed: np.ndarray) -> int | None:
    for decimals in range(_MOST_DECIMALS + 1):
        if np.array_equal(np.round(observed, decimals), observed):
            return decimals
    return None


def _find_limits(dtype: Any) -> tuple[float, float]:
    """The least and the greatest number that a dtype holds, whole ones to 2^53, dates in microseconds."""
    if dtype.kind in "iu":
        limits = np.iinfo(getattr(dtype, "numpy_dtype", dtype))
        return max(limits.min, -_LARGEST_EXACT_INTEGER), min(limits.max, _LARGEST_EXACT_INTEGER)
    if dtype.kind != "M":
        return -math.inf, math.inf
    unit = dtype.unit if isinstance(dtype, pd.DatetimeTZDtype) else np.datetime_data(dtype)[0]
    return _OF_NANOSECONDS_US if unit == "ns" else _OF_CALENDAR_US


def _as_microseconds(series: pd.Series) -> np.ndarray:
    naive = series.dt.tz_convert("UTC").dt.tz_localize(None) if series.dt.tz is not None else series
    return naive.to_numpy().astype("datetime64[us]").astype(np.int64)
