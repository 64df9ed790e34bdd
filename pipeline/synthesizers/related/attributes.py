"""Columns of several tables as float arrays, the form in which rows know their ancestors and siblings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from pipeline.datasets.spec import ModelledType
from pipeline.errors import TrainingError
from pipeline.synthesizers.columns import CategoryEncoding, DatetimeEncoding, NumberEncoding
from pipeline.synthesizers.ends import FEWEST_ROWS, FEWEST_SHARING, keep_inside
from pipeline.synthesizers.width import count_categories

_MOST_POINTS = 200
_KNOWN_SHARE = 0.95
_ENCODINGS = (CategoryEncoding, NumberEncoding, DatetimeEncoding)
RARE = -1.0
"""What stands for a category that too few rows hold."""

Columns = dict[str, np.ndarray]
"""Name → float64 array, one entry a row."""


@dataclass(frozen=True)
class Attribute:
    """How one column becomes floats and back.

    A category is its code, `RARE` where fewer than five rows hold it; a number is itself and a date its
    grains, NaN where missing. With `points` a number or date is one of few that are shared: a code as well.
    """

    encoding: CategoryEncoding | NumberEncoding | DatetimeEncoding
    has_rare: bool = False
    points: tuple[float, ...] = ()

    @classmethod
    def learn(cls, series: pd.Series, kind: ModelledType, is_public: bool = False) -> Self:
        """Learn a column; the categories of a public table are all known."""
        if kind is ModelledType.NUMERICAL:
            return cls(NumberEncoding.learn(series))
        if kind is ModelledType.DATETIME:
            return cls(DatetimeEncoding.learn(series))
        counts = count_categories(series)
        is_known = series.isna() | series.isin(counts.index[counts >= (1 if is_public else FEWEST_ROWS)])
        kept = series[is_known]
        if isinstance(series.dtype, pd.CategoricalDtype):
            kept = kept.cat.remove_unused_categories()
        if len(series) and not len(kept):
            raise TrainingError(
                f'Column "{series.name}" cannot be modelled: none of its {len(counts):,} categories is held '
                f"by {FEWEST_ROWS} rows or more.",
                "make it an identity column, or group its categories before training.",
            )
        return cls(CategoryEncoding.learn(kept), not bool(is_known.all()))

    @classmethod
    def of_codes(cls, name: str, codes: np.ndarray) -> Self:
        """A column of whole numbers that are categories."""
        return cls.learn(
            pd.Series(codes.astype(np.int64), name=name), ModelledType.CATEGORICAL, is_public=True
        )

    @classmethod
    def of_numbers(cls, name: str, numbers: np.ndarray) -> Self:
        """A column of numbers that stands in no table."""
        return cls.learn(pd.Series(numbers.astype(np.float64), name=name), ModelledType.NUMERICAL)

    def as_points(self, numbers: np.ndarray) -> Self:
        """The same column with a code for each of its values, where few values are shared by nearly all."""
        found, counts = np.unique(numbers[~np.isnan(numbers)], return_counts=True)
        known = counts >= FEWEST_SHARING
        is_small = len(found) <= _MOST_POINTS and counts[known].sum() >= _KNOWN_SHARE * max(len(numbers), 1)
        if self.is_category or not is_small:
            return self
        return type(self)(self.encoding, not bool(known.all()), tuple(found[known].tolist()))

    @property
    def name(self) -> str:
        """The name of the column."""
        return self.encoding.name

    @property
    def is_category(self) -> bool:
        """Whether the floats are codes."""
        return isinstance(self.encoding, CategoryEncoding) or bool(self.points)

    @property
    def is_date(self) -> bool:
        """Whether the floats are grains of time."""
        return isinstance(self.encoding, DatetimeEncoding) and not self.points

    @property
    def categories(self) -> int:
        """How many codes there are."""
        return len(self.points) or len(getattr(self.encoding, "categories", ()))

    @property
    def has_missing(self) -> bool:
        """Whether a number or date may be missing."""
        return bool(getattr(self.encoding, "has_missing", False))

    @property
    def step(self) -> float:
        """The grid of a number or date; 0: none."""
        return float(getattr(self.encoding, "step", 0.0))

    @property
    def ends(self) -> tuple[float, float]:
        """The least and the greatest number that may be given."""
        if isinstance(self.encoding, NumberEncoding):
            return self.encoding.minimum, self.encoding.maximum
        return 0.0, float(getattr(self.encoding, "grains", 0))

    def numbers(self, series: pd.Series) -> np.ndarray:
        """The floats of a column."""
        if not isinstance(self.encoding, CategoryEncoding):
            values = self.encoding.numbers(series)
            return self._codes_of_points(values) if self.points else values
        is_known = (series.isna() | series.isin(list(self.encoding.categories))).to_numpy()
        codes = np.full(len(series), RARE)
        codes[is_known] = self.encoding.codes(series[is_known])
        return codes

    def settle(self, numbers: np.ndarray) -> np.ndarray:
        """`numbers` as the column can hold them: within its range, on its grid."""
        if self.is_category:
            return numbers
        mirrors = (
            bool(getattr(self.encoding, "mirrors_low", False)),
            bool(getattr(self.encoding, "mirrors_high", False)),
        )
        return self.round(keep_inside(numbers, *self.ends, *mirrors))

    def round(self, numbers: np.ndarray) -> np.ndarray:
        """`numbers` on the grid."""
        if isinstance(self.encoding, NumberEncoding) and self.encoding.decimals is not None:
            return np.round(numbers, self.encoding.decimals)
        return np.rint(numbers) if isinstance(self.encoding, DatetimeEncoding) else numbers

    def series(self, numbers: np.ndarray) -> pd.Series:
        """The column of `numbers` in its own dtype."""
        if isinstance(self.encoding, CategoryEncoding):
            return self.encoding.values(numbers.astype(np.int64))
        values = np.array(self.points)[numbers.astype(np.int64)] if self.points else numbers
        is_missing = np.isnan(values)
        filled = np.where(is_missing, self.ends[0], values)
        return self.encoding.values(filled, is_missing if is_missing.any() else None)

    def codes(self, numbers: np.ndarray) -> np.ndarray:
        """The whole numbers that a column `of_codes` stands for."""
        known = getattr(self.encoding, "categories", ())
        return np.array(known, dtype=np.int64)[numbers.astype(np.int64)]

    def instants(self, grains: np.ndarray) -> np.ndarray:
        """Microseconds since 1970 of a date."""
        return self._dates.origin_us + grains * self._dates.grain_us

    def grains_at(self, instants: np.ndarray) -> np.ndarray:
        """The last grain of a date that is not after `instants`."""
        return np.floor((instants - self._dates.origin_us) / self._dates.grain_us)

    @property
    def _dates(self) -> DatetimeEncoding:
        if not isinstance(self.encoding, DatetimeEncoding):
            raise TypeError(f'Column "{self.name}" holds no dates.')
        return self.encoding

    def _codes_of_points(self, values: np.ndarray) -> np.ndarray:
        points = np.array(self.points)
        codes = np.clip(np.searchsorted(points, values), 0, len(points) - 1)
        return np.where(points[codes] == values, codes, RARE)

    def as_dict(self) -> dict[str, Any]:
        """JSON-able values for `from_dict`."""
        place = _ENCODINGS.index(type(self.encoding))
        return {"kind": place, **asdict(self)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The attribute again from its plain values."""
        encoding = _ENCODINGS[values["kind"]].from_dict(values["encoding"])
        return cls(encoding, values["has_rare"], tuple(values["points"]))
