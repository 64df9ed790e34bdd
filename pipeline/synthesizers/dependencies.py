"""Functional dependencies: a town determines its county, a name of a degree its number of years.

A synthesizer learns such columns one by one and draws pairs that no row of the sample holds. Here the
dependencies of the training rows are found, and drawn rows that break one are put right: the finer column is
drawn again among its categories of the coarser ones, in their real proportions; where the coarser ones
contradict each other, they follow the finer one.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

import numpy as np
import pandas as pd

from pipeline.datasets.spec import ModelledColumn, ModelledType
from pipeline.synthesizers.ends import FEWEST_ROWS, FEWEST_SHARING

_KINDS = (ModelledType.CATEGORICAL, ModelledType.BOOLEAN, ModelledType.NUMERICAL)
_MOST_CATEGORIES, _MOST_NUMBERS = 2_000, 100
"""Values above which a column is no category, or no number that stands for one."""
_LOG_CHANCE = math.log(1e-9)
"""A dependency that rows hold by chance with a greater probability than that is none."""
_MISSING, _UNKNOWN = -1, -2


@dataclass(frozen=True)
class Coarse:
    """A column that another determines: its category for each of the other's, −1 where it is always missing.

    Cells that are missing beside some rows of a category and filled beside others (`is_free`) may be either.
    """

    column: str
    categories: tuple[Any, ...]
    codes: tuple[int, ...]
    is_free: bool

    def read(self, series: pd.Series) -> np.ndarray:
        """The category number of each cell."""
        return _read(series, self.categories)


@dataclass(frozen=True)
class Dependency:
    """A column whose categories determine others; `rows` are the training rows of each category."""

    column: str
    categories: tuple[Any, ...]
    rows: tuple[int, ...]
    coarse: tuple[Coarse, ...]

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The dependency again from its plain values."""
        coarse = tuple(
            Coarse(one["column"], tuple(one["categories"]), tuple(one["codes"]), one["is_free"])
            for one in values["coarse"]
        )
        return cls(values["column"], tuple(values["categories"]), tuple(values["rows"]), coarse)

    @property
    def names(self) -> tuple[str, ...]:
        """The columns of the dependency."""
        return self.column, *(one.column for one in self.coarse)

    @cached_property
    def wanted(self) -> np.ndarray:
        """The categories of the determined columns, shape (categories, determined columns)."""
        return np.array([one.codes for one in self.coarse], dtype=np.int64).T

    def repair(self, table: pd.DataFrame, rng: np.random.Generator, kept: Collection[str]) -> bool:
        """Put the rows right, in place, that break the dependency; columns in `kept` are left as they are.

        Whether there were any.
        """
        fine = _read(table[self.column], self.categories)
        found = np.column_stack([one.read(table[one.column]) for one in self.coarse])
        wrong = np.flatnonzero(self._find_wrong(fine, found))
        if not len(wrong):
            return False
        if self.column not in kept:
            fixed = [place for place, one in enumerate(self.coarse) if one.column in kept]
            for places in (list(range(len(self.coarse))), fixed):
                still = wrong[self._find_wrong(fine, found, places or None)[wrong]] if places else wrong[:0]
                fine[still] = self._draw(found[still][:, places], places, fine[still], rng)
            _write(table, self.column, wrong, fine[wrong], self.categories)
        wrong = wrong[(fine[wrong] >= 0) & self._find_wrong(fine, found)[wrong]]
        for place, one in enumerate(self.coarse):
            if one.column in kept:
                continue
            may_miss = one.is_free & (found[wrong, place] == _MISSING)
            rows = wrong[~may_miss]
            _write(table, one.column, rows, self.wanted[fine[rows], place], one.categories)
        return True

    def _find_wrong(
        self, fine: np.ndarray, found: np.ndarray, places: Sequence[int] | None = None
    ) -> np.ndarray:
        """Whether each row breaks the dependency, or has a value that no category is."""
        wrong = fine == _UNKNOWN
        for place in range(len(self.coarse)) if places is None else places:
            wanted = self.wanted[np.maximum(fine, 0), place]
            differs = found[:, place] != wanted
            if self.coarse[place].is_free:
                differs &= (found[:, place] != _MISSING) & (wanted != _MISSING)
            wrong = wrong | (differs & (fine >= 0))
        return wrong

    def _draw(
        self, found: np.ndarray, places: Sequence[int], before: np.ndarray, rng: np.random.Generator
    ) -> np.ndarray:
        """A category for each row, among those of its determined ones; `before` where there is none."""
        keys, key_of_category = np.unique(self.wanted[:, places], axis=0, return_inverse=True)
        key_of_category = key_of_category.reshape(-1)
        numbers = {tuple(key): number for number, key in enumerate(keys.tolist())}
        key_of_row = np.array([numbers.get(tuple(key), -1) for key in found.tolist()], dtype=np.int64)
        order = np.argsort(key_of_category, kind="stable")
        ends = np.cumsum(np.array(self.rows, dtype=np.float64)[order])
        last = np.searchsorted(key_of_category[order], np.arange(len(keys)), side="right") - 1
        high = ends[last]
        low = np.append(0.0, high[:-1])
        at = low[key_of_row] + rng.random(len(found)) * (high - low)[key_of_row]
        drawn = order[np.minimum(np.searchsorted(ends, at, side="right"), last[key_of_row])]
        return np.where(key_of_row < 0, before, drawn)


def learn_dependencies(training: pd.DataFrame, columns: tuple[ModelledColumn, ...]) -> tuple[Dependency, ...]:
    """The dependencies that all training rows hold, from the coarsest column to the finest.

    Of two columns that determine each other the later one counts as finer. Categories of fewer than
    `FEWEST_ROWS` rows and numbers of fewer than `FEWEST_SHARING` are not learned, as in the synthesizers.
    """
    coded = sorted(_code(training, columns), key=lambda one: len(one.categories))
    found = []
    for number, fine in enumerate(coded):
        coarse = [one for one in coded[:number] if _determines(fine.codes, one.codes)]
        if coarse:
            found.append(_describe(fine, coarse))
    return tuple(one for one in found if len(one.categories) > 1)


@dataclass(frozen=True)
class _Coded:
    column: str
    categories: tuple[Any, ...]
    codes: np.ndarray
    fewest: int


def _code(training: pd.DataFrame, columns: tuple[ModelledColumn, ...]) -> Iterator[_Coded]:
    for column in columns:
        if column.kind not in _KINDS:
            continue
        codes, values = pd.factorize(training[column.name], sort=False)
        most = _MOST_NUMBERS if column.kind is ModelledType.NUMERICAL else _MOST_CATEGORIES
        if 2 <= len(values) <= min(most, int((codes >= 0).sum()) // FEWEST_ROWS):
            fewest = FEWEST_SHARING if column.kind is ModelledType.NUMERICAL else FEWEST_ROWS
            yield _Coded(column.name, tuple(_as_plain(value) for value in values), codes, fewest)


def _determines(fine: np.ndarray, coarse: np.ndarray) -> bool:
    is_known = (fine >= 0) & (coarse >= 0)
    fine, coarse = fine[is_known], coarse[is_known]
    if not len(fine):
        return False
    of_category = np.zeros(fine.max() + 1, dtype=np.int64)
    of_category[fine] = coarse
    if (of_category[fine] != coarse).any():
        return False
    repeats = len(fine) - len(np.unique(fine))
    most = np.bincount(coarse).max() / len(coarse)
    return bool(repeats * math.log(most) < _LOG_CHANCE)


def _describe(fine: _Coded, coarse: Sequence[_Coded]) -> Dependency:
    """The dependency of the categories that enough rows hold, whose determined ones enough rows hold too."""
    rows, is_known = _count(fine), fine.codes >= 0
    is_learned, described = rows >= fine.fewest, []
    for one in coarse:
        codes = np.full(len(fine.categories), _MISSING)
        is_filled = is_known & (one.codes >= 0)
        codes[fine.codes[is_filled]] = one.codes[is_filled]
        # Missing beside a category that is filled in other rows.
        is_free = bool((is_known & (one.codes < 0) & (codes[np.maximum(fine.codes, 0)] >= 0)).any())
        is_held = _count(one) >= one.fewest
        is_learned &= (codes == _MISSING) | is_held[np.maximum(codes, 0)]
        numbered = np.where(codes == _MISSING, _MISSING, (np.cumsum(is_held) - 1)[np.maximum(codes, 0)])
        described.append((Coarse(one.column, _take(one.categories, is_held), (), is_free), numbered))
    return Dependency(
        fine.column,
        _take(fine.categories, is_learned),
        tuple(rows[is_learned].tolist()),
        tuple(replace(one, codes=tuple(numbers[is_learned].tolist())) for one, numbers in described),
    )


def _count(coded: _Coded) -> np.ndarray:
    """The rows of each category."""
    return np.bincount(coded.codes[coded.codes >= 0], minlength=len(coded.categories))


def _take(categories: tuple[Any, ...], is_taken: np.ndarray) -> tuple[Any, ...]:
    return tuple(one for one, taken in zip(categories, is_taken.tolist(), strict=True) if taken)


def _read(series: pd.Series, categories: Sequence[Any]) -> np.ndarray:
    codes = pd.Index(np.array(categories, dtype=object)).get_indexer(series.to_numpy(dtype=object))
    return np.where(series.isna(), _MISSING, np.where(codes < 0, _UNKNOWN, codes))


def _write(
    table: pd.DataFrame, column: str, rows: np.ndarray, codes: np.ndarray, categories: Sequence[Any]
) -> None:
    series = table[column]
    values = series.to_numpy(dtype=object, copy=True)
    is_known = codes >= 0
    values[rows[is_known]] = np.array(categories, dtype=object)[codes[is_known]]
    values[rows[codes == _MISSING]] = None
    table[column] = pd.Series(values, index=series.index, dtype=object).astype(series.dtype)


def _as_plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
