"""Columns as integer codes, and how one column determines another: the tests behind entities."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

TOLERANCE = 0.001
"""The share of rows that may contradict a dependence between two columns."""

FEWEST_IN_BIN = 10
"""A number of rows that fewer entities have is stored as the mean of several, so that none shows."""

_FEWEST_ROWS = 20  # of entities with two rows or more, from which a dependence can be read
_FEWEST_SURPRISES = 10  # rows that would contradict a dependence if it were chance


@dataclass(frozen=True, eq=False)
class Codes:
    """A column as whole numbers 0, 1, ... of its distinct values, -1 where it is missing."""

    name: str
    codes: np.ndarray
    distinct: int

    @property
    def is_present(self) -> np.ndarray:
        """Which rows hold a value."""
        return self.codes >= 0

    def count_rows(self) -> np.ndarray:
        """How many rows each distinct value has."""
        return np.bincount(self.codes[self.is_present], minlength=self.distinct)


def code(values: pd.Series) -> Codes:
    """The codes of a column."""
    codes, distinct = pd.factorize(values)
    return Codes(str(values.name), codes.astype(np.int64), len(distinct))


def determines(first: Codes, second: Codes) -> bool:
    """Whether each value of the first column comes with one value of the second, and not by chance.

    Only rows where both are present and the first value comes twice or more tell. A column that is nearly
    constant depends on everything by chance: such a dependence is none.
    """
    is_told = first.is_present & second.is_present
    left, right = first.codes[is_told], second.codes[is_told]
    rows_of = np.bincount(left, minlength=first.distinct)
    repeats = rows_of[left] >= 2
    left, right = left[repeats], right[repeats]
    if len(left) < _FEWEST_ROWS:
        return False
    agreeing, groups = _count_agreeing(left, right, second.distinct)
    shares = np.bincount(right) / len(right)
    surprises = (1.0 - float(shares @ shares)) * (len(left) - groups)
    return len(left) - agreeing <= TOLERANCE * len(left) and surprises >= _FEWEST_SURPRISES


def find_usual(first: Codes, second: Codes) -> np.ndarray:
    """For each value of the first column the commonest of the second (codes), -1 where there is none."""
    is_told = first.is_present & second.is_present
    pairs, counts = np.unique(_join(first, second)[is_told], return_counts=True)
    order = np.argsort(counts, kind="stable")
    usual = np.full(first.distinct, -1, dtype=np.int64)
    usual[pairs[order] // second.distinct] = pairs[order] % second.distinct
    return usual


def stand_together(codes: Codes) -> bool:
    """Whether the rows of each value are together, one block after another."""
    present = codes.codes[codes.is_present]
    runs = 1 + int((np.diff(present) != 0).sum()) if len(present) else 0
    return runs <= codes.distinct + codes.distinct // 100


def coarsen(counts: np.ndarray) -> tuple[tuple[int, int], ...]:
    """How many entities have how many rows, as (rows, entities) in ascending order, none of one entity.

    Sizes that fewer than FEWEST_IN_BIN entities have are merged with their neighbours into the mean; the
    largest counts as the second largest.
    """
    ordered = np.sort(counts[counts > 0])
    if len(ordered) > 1:
        ordered[-1] = ordered[-2]
    bins: dict[int, int] = {}
    for first, end in _cut(ordered):
        size = max(1, round(float(ordered[first:end].mean())))
        bins[size] = bins.get(size, 0) + end - first
    return tuple(sorted(bins.items()))


def _cut(ordered: np.ndarray) -> list[tuple[int, int]]:
    """Ranges of equal or neighbouring sizes, FEWEST_IN_BIN entities or more each if there are as many."""
    ends = np.flatnonzero(np.diff(ordered, append=-1)) + 1
    ranges: list[tuple[int, int]] = []
    first = 0
    for end in ends.tolist():
        if end - first >= FEWEST_IN_BIN:
            ranges.append((first, end))
            first = end
    if first < len(ordered):
        start = ranges.pop()[0] if ranges else first
        ranges.append((start, len(ordered)))
    return ranges


def _count_agreeing(left: np.ndarray, right: np.ndarray, distinct: int) -> tuple[int, int]:
    """Rows that hold the commonest second value of their first one, and how many first values there are."""
    pairs, counts = np.unique(left * distinct + right, return_counts=True)
    owners = pairs // distinct
    starts = np.flatnonzero(np.diff(owners, prepend=-1))
    return int(np.maximum.reduceat(counts, starts).sum()), len(starts)


def _join(first: Codes, second: Codes) -> np.ndarray:
    return first.codes * second.distinct + second.codes
