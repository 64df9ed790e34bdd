"""The cells of a numeric column: heavy values by themselves, the runs between them in bins of equal rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np

from pipeline.synthesizers.width import FEWEST_ROWS, MOST_BINS

_BINS = 64
"""Bins over all rows without a heavy value; a value with more than 1/64 of the rows is heavy."""


@dataclass(frozen=True)
class Cells:
    """How a number is drawn inside its cell.

    Cell c owns the part of `spots` between c and c + 1: cumulative shares of the entries of `values`. An
    entry is a value that enough rows hold, or NaN, which means evenly between `lows[c]` and `highs[c]`.
    """

    lows: np.ndarray
    highs: np.ndarray
    spots: np.ndarray
    values: np.ndarray

    def __len__(self) -> int:
        return len(self.lows)

    def draw(self, codes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """One number for each code."""
        picks = np.searchsorted(self.spots, codes + rng.random(len(codes)), side="right")
        # A spot next to 1 can round up into the following cell.
        numbers = self.values[np.minimum(picks, np.searchsorted(self.spots, codes + 1.0))]
        even = self.lows[codes] + rng.random(len(codes)) * (self.highs - self.lows)[codes]
        return np.where(np.isnan(numbers), even, numbers)

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """All numbers by name."""
        return {"lows": self.lows, "highs": self.highs, "spots": self.spots, "values": self.values}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Self:
        """The cells again from `arrays`."""
        return cls(**{name: arrays[name] for name in ("lows", "highs", "spots", "values")})


def protect_ends(numbers: np.ndarray) -> tuple[float, float]:
    """The range in which numbers may be given: the means of the lowest and of the highest few rows.

    No single row decides an end, so that an extreme of one person is never repeated (top and bottom coding
    by means, Hundepool et al. 2012, Statistical Disclosure Control, section 3).
    """
    rows = min(FEWEST_ROWS, max(1, len(numbers) // 4))
    ordered = np.partition(numbers, [rows - 1, len(numbers) - rows])
    return float(ordered[:rows].mean()), float(ordered[-rows:].mean())


def learn_cells(numbers: np.ndarray, step: float) -> tuple[Cells, np.ndarray]:
    """Give the cells of a column without gaps, and the code of each number; `step` is its grid (0: none)."""
    if not len(numbers):
        return Cells(*(np.empty(0) for _ in range(4))), np.empty(0, dtype=np.int64)
    distinct, inverse, counts = np.unique(numbers, return_inverse=True, return_counts=True)
    is_heavy = counts >= _heavy_rows(counts)
    cell_of = _assign(distinct, counts, is_heavy)
    return _describe(distinct, counts, is_heavy, cell_of, step), cell_of[inverse]


def _heavy_rows(counts: np.ndarray) -> float:
    """From how many rows a value is a cell of its own; any safe one where there are few distinct values."""
    return FEWEST_ROWS if len(counts) <= MOST_BINS else max(FEWEST_ROWS, counts.sum() / _BINS)


def _assign(distinct: np.ndarray, counts: np.ndarray, is_heavy: np.ndarray) -> np.ndarray:
    """The cell of each distinct value; no bin reaches across a heavy value."""
    heavy = np.flatnonzero(is_heavy)
    run = np.cumsum(is_heavy)
    light = np.where(is_heavy, 0, counts)
    rows_of_run = np.bincount(run, light)
    before = np.cumsum(light) - light / 2 - (np.cumsum(rows_of_run) - rows_of_run)[run]
    bins = np.maximum(rows_of_run // max(2 * FEWEST_ROWS, light.sum() / _BINS), 1)[run]
    bin_of = np.floor(before / np.maximum(rows_of_run, 1)[run] * bins)
    # Heavy values have odd labels, the bins between two of them even ones with a fraction.
    label = np.where(is_heavy, 2.0 * run - 1, 2.0 * run + bin_of / (_BINS + 1))
    if len(heavy):
        is_folded = ~is_heavy & (rows_of_run[run] < FEWEST_ROWS)
        label[is_folded] = label[heavy[_nearest(distinct[heavy], distinct[is_folded])]]
    return np.unique(label, return_inverse=True)[1]


def _nearest(ordered: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """The position in `ordered` of the value nearest to each number."""
    right = np.clip(np.searchsorted(ordered, numbers), 0, len(ordered) - 1)
    left = np.maximum(right - 1, 0)
    return np.where(numbers - ordered[left] < ordered[right] - numbers, left, right)


def _describe(
    distinct: np.ndarray, counts: np.ndarray, is_heavy: np.ndarray, cell_of: np.ndarray, step: float
) -> Cells:
    cells = int(cell_of[-1]) + 1
    is_single = np.bincount(cell_of, is_heavy, cells) > 0
    is_shared = np.where(is_single[cell_of], is_heavy, counts >= FEWEST_ROWS)
    rest = np.where(is_single, 0.0, np.bincount(cell_of, np.where(is_shared, 0, counts), cells))
    owner = np.concatenate([cell_of[is_shared], np.flatnonzero(rest)])
    weights = np.concatenate([counts[is_shared].astype(np.float64), rest[rest > 0]])
    values = np.concatenate([distinct[is_shared], np.full(np.count_nonzero(rest), np.nan)])
    order = np.argsort(owner, kind="stable")
    owner, weights, values = owner[order], weights[order], values[order]
    total = np.bincount(owner, weights, cells)
    spots = owner + (np.cumsum(weights) - (np.cumsum(total) - total)[owner]) / total[owner]
    is_last = np.append(owner[1:] != owner[:-1], True)
    spots[is_last] = owner[is_last] + 1.0
    return Cells(*_ranges(distinct, is_single, cell_of, step), spots, values)


def _ranges(
    distinct: np.ndarray, is_single: np.ndarray, cell_of: np.ndarray, step: float
) -> tuple[np.ndarray, np.ndarray]:
    """The even range of each cell: up to the next bin, or to its own last value where a heavy one follows."""
    is_first = np.append(True, cell_of[1:] != cell_of[:-1])
    lows, highs = distinct[is_first] - step / 2, distinct[np.append(is_first[1:], True)] + step / 2
    meets_bin = ~is_single[:-1] & ~is_single[1:]
    highs[:-1] = np.where(meets_bin, lows[1:], highs[:-1])
    return lows, highs
