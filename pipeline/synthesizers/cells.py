"""The cells of a numeric column: heavy values by themselves, the runs between them in bins of equal rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np

from pipeline.synthesizers.ends import FEWEST_ROWS, find_round
from pipeline.synthesizers.width import MOST_VALUES, NUMBER_BINS


@dataclass(frozen=True)
class Cells:
    """How a number is drawn inside its cell.

    Cell c owns the part of `spots` between c and c + 1: the cumulative shares of its entries. An entry is
    drawn evenly between its `lows` and `highs`: a value that enough rows hold, where the two are equal, or
    a stretch with enough rows of other values. Stretches begin and end at the roundest numbers between their
    outermost values and the next ones, so that no end is anybody's, nor a gap between two stretches.
    """

    spots: np.ndarray
    lows: np.ndarray
    highs: np.ndarray

    def __len__(self) -> int:
        return int(self.spots[-1]) if len(self.spots) else 0

    def draw(self, codes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """One number for each code."""
        picks = np.searchsorted(self.spots, codes + rng.random(len(codes)), side="right")
        # A spot next to 1 can round up into the following cell.
        picks = np.minimum(picks, np.searchsorted(self.spots, codes + 1.0))
        return self.lows[picks] + rng.random(len(codes)) * (self.highs - self.lows)[picks]

    def bounds(self, step: float) -> tuple[np.ndarray, np.ndarray]:
        """The least and the greatest number that each cell can give on a grid of `step` (0: none)."""
        owner = np.ceil(self.spots - 1e-9).astype(np.int64) - 1
        half = (self.highs > self.lows) * step / 2
        first, last = np.full(len(self), np.inf), np.full(len(self), -np.inf)
        np.minimum.at(first, owner, self.lows + half)
        np.maximum.at(last, owner, self.highs - half)
        return first, last

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """All numbers by name."""
        return {"spots": self.spots, "lows": self.lows, "highs": self.highs}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Self:
        """The cells again from `arrays`."""
        return cls(arrays["spots"], arrays["lows"], arrays["highs"])


def learn_cells(numbers: np.ndarray, step: float, bins: int = NUMBER_BINS) -> tuple[Cells, np.ndarray]:
    """Give the cells of a column without gaps, and the code of each number; `step` is its grid (0: none).

    `bins` is about how many there are of values that few rows hold.
    """
    if not len(numbers):
        return Cells(*(np.empty(0) for _ in range(3))), np.empty(0, dtype=np.int64)
    distinct, inverse, counts = np.unique(numbers, return_inverse=True, return_counts=True)
    is_heavy = counts >= _heavy_rows(counts, bins)
    cell_of = _assign(distinct, counts, is_heavy, bins)
    return _describe(distinct, counts, is_heavy, cell_of, step), cell_of[inverse]


def _heavy_rows(counts: np.ndarray, bins: int) -> float:
    """From how many rows a value is a cell of its own; any safe one where there are few distinct values."""
    return FEWEST_ROWS if len(counts) <= MOST_VALUES else max(FEWEST_ROWS, counts.sum() / bins)


def _assign(distinct: np.ndarray, counts: np.ndarray, is_heavy: np.ndarray, bins: int) -> np.ndarray:
    """The cell of each distinct value; no bin reaches across a heavy value."""
    heavy, run = np.flatnonzero(is_heavy), np.cumsum(is_heavy)
    light = np.where(is_heavy, 0, counts)
    part, rows_of_run = _divide(run, light, max(2 * FEWEST_ROWS, light.sum() / bins))
    # Heavy values have odd labels, the bins between two of them even ones with a fraction.
    label = np.where(is_heavy, 2.0 * run - 1, 2.0 * run + part / (bins + 1))
    if len(heavy):
        is_folded = ~is_heavy & (rows_of_run[run] < FEWEST_ROWS)
        label[is_folded] = label[heavy[_nearest(distinct[heavy], distinct[is_folded])]]
    return np.unique(label, return_inverse=True)[1]


def _divide(owner: np.ndarray, rows: np.ndarray, part_rows: float) -> tuple[np.ndarray, np.ndarray]:
    """Cut every stretch of equal `owner` into parts of about `part_rows` rows, at least one.

    Gives the part of each value, counted from 0 in each stretch, and the rows of each stretch.
    """
    total = np.bincount(owner, rows)
    before = np.cumsum(rows) - rows / 2 - (np.cumsum(total) - total)[owner]
    parts = np.maximum(total // part_rows, 1)[owner]
    return np.floor(before / np.maximum(total, 1)[owner] * parts), total


def _nearest(ordered: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """The position in `ordered` of the value nearest to each number."""
    right = np.clip(np.searchsorted(ordered, numbers), 0, len(ordered) - 1)
    left = np.maximum(right - 1, 0)
    return np.where(numbers - ordered[left] < ordered[right] - numbers, left, right)


def _describe(
    distinct: np.ndarray, counts: np.ndarray, is_heavy: np.ndarray, cell_of: np.ndarray, step: float
) -> Cells:
    """The entries of each cell: a heavy value alone, or shared values and stretches of the others."""
    has_heavy = np.bincount(cell_of, is_heavy) > 0
    is_shared = np.where(has_heavy[cell_of], is_heavy, counts >= FEWEST_ROWS)
    # Values of too few rows for a stretch go to the shared values of their cell.
    rows_of_others = np.bincount(cell_of, np.where(is_shared, 0, counts))
    is_short = (rows_of_others < FEWEST_ROWS) & (np.bincount(cell_of, is_shared) > 0)
    is_other = ~is_shared & ~(has_heavy | is_short)[cell_of]
    values, owner = distinct[is_shared], cell_of[is_other]
    starts, ends = _find_ends(distinct, step)
    is_first = _begin_stretches(owner, counts[is_other])
    is_last = np.append(is_first[1:], True)[: len(owner)]
    rows = np.bincount(np.cumsum(is_first) - 1, counts[is_other])
    return _arrange(
        np.concatenate([cell_of[is_shared], owner[is_first]]),
        np.concatenate([counts[is_shared], rows]),
        np.concatenate([values, starts[is_other][is_first]]),
        np.concatenate([values, ends[is_other][is_last]]),
    )


def _begin_stretches(owner: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Which values begin a stretch: one of enough rows each, as far as the cell has them."""
    is_first = np.zeros(len(owner), dtype=bool)
    held = FEWEST_ROWS
    for place, (cell, count) in enumerate(zip(owner.tolist(), rows.tolist(), strict=True)):
        if place == 0 or cell != owner[place - 1] or held >= FEWEST_ROWS:
            is_first[place], held = True, 0
        held += count
    return _join_short(owner, rows, is_first)


def _join_short(owner: np.ndarray, rows: np.ndarray, is_first: np.ndarray) -> np.ndarray:
    """Without the start of a last stretch of a cell that has too few rows: it belongs to the one before."""
    starts = np.flatnonzero(is_first)
    held = np.add.reduceat(rows, starts) if len(starts) else rows
    is_led = np.append(False, owner[starts[1:]] == owner[starts[:-1]])[: len(starts)]
    kept = is_first.copy()
    kept[starts[(held < FEWEST_ROWS) & is_led]] = False
    return kept


def _find_ends(distinct: np.ndarray, step: float) -> tuple[np.ndarray, np.ndarray]:
    """Where a stretch that begins or ends with each value does so: between it and its neighbour."""
    # On a grid the round number belongs to the upper stretch, which begins half a step before it.
    between = (
        find_round(distinct[:-1], distinct[1:] if step else np.nextafter(distinct[1:], -np.inf)) - step / 2
    )
    first, last = distinct[0] - step / 2, distinct[-1] + step / 2
    return np.concatenate([[first], between]), np.concatenate([between, [last]])


def _arrange(owner: np.ndarray, rows: np.ndarray, lows: np.ndarray, highs: np.ndarray) -> Cells:
    """Entries in order of their cells, with the cumulative shares that make them findable."""
    order = np.argsort(owner, kind="stable")
    owner, rows = owner[order], rows[order]
    total = np.bincount(owner, rows)
    spots = owner + (np.cumsum(rows) - (np.cumsum(total) - total)[owner]) / total[owner]
    is_last = np.append(owner[1:] != owner[:-1], True)
    spots[is_last] = owner[is_last] + 1.0
    return Cells(spots, lows[order], highs[order])
