"""The cells of a numeric column: heavy values by themselves, the runs between them in bins of equal rows."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple, Self

import numpy as np

from pipeline.synthesizers.ends import FEWEST_SHARING, cut_rows, protect_ends, protect_high
from pipeline.synthesizers.width import MOST_VALUES, NUMBER_BINS

_STRETCH_ROWS = 15
"""Rows of a stretch, about; it has ten or more."""
_TILTS = 4
"""Steps from an even stretch to one that leans as far as it can."""


@dataclass(frozen=True)
class Cells:
    """How a number is drawn inside its cell.

    Cell c owns the part of `spots` between c and c + 1: the cumulative shares of its entries. An entry is
    drawn between its `lows` and `highs`: a value that ten rows hold, where the two are equal, or a stretch
    with ten rows or more of other values. Stretches adjoin each other, and where they do so follows from rows
    further in (`ends`), so that no end is anybody's and no gap shows where nobody is. A stretch is as dense
    as 1 + tilt · (2x − 1) at x, 0–1, of its width: its `tilts`, from −1 to 1 in quarters, say towards which
    end its rows lie in the mean, so that no number is drawn more than twice as often as in an even one.
    """

    spots: np.ndarray
    lows: np.ndarray
    highs: np.ndarray
    tilts: np.ndarray

    def __len__(self) -> int:
        return int(self.spots[-1]) if len(self.spots) else 0

    def draw(self, codes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """One number for each code."""
        picks = np.searchsorted(self.spots, codes + rng.random(len(codes)), side="right")
        # A spot next to 1 can round up into the following cell.
        picks = np.minimum(picks, np.searchsorted(self.spots, codes + 1.0))
        places = bend(rng.random(len(codes)), self.tilts[picks])
        return self.lows[picks] + places * (self.highs - self.lows)[picks]

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
        return {"spots": self.spots, "lows": self.lows, "highs": self.highs, "tilts": self.tilts}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Self:
        """The cells again from `arrays`; those of earlier versions are even."""
        tilts = arrays.get("tilts", np.zeros(len(arrays["lows"])))
        return cls(arrays["spots"], arrays["lows"], arrays["highs"], tilts)


def bend(shares: np.ndarray, tilts: np.ndarray) -> np.ndarray:
    """The places in their stretches, 0–1, below which `shares` of the rows lie."""
    least = 1 - tilts
    # The root of a quadratic equation in the form that divides by no tilt. Only a share of 0 has none.
    return 2 * shares / np.maximum(least + np.sqrt(least**2 + 4 * tilts * shares), np.finfo(float).tiny)


def learn_cells(numbers: np.ndarray, step: float, bins: int = NUMBER_BINS) -> tuple[Cells, np.ndarray]:
    """Give the cells of a column without gaps, and the code of each number; `step` is its grid (0: none).

    `bins` is about how many there are of values that few rows hold.
    """
    if not len(numbers):
        return Cells(*(np.empty(0) for _ in range(4))), np.empty(0, dtype=np.int64)
    distinct, inverse, counts = np.unique(numbers, return_inverse=True, return_counts=True)
    is_heavy = counts >= _heavy_rows(counts, bins)
    part_rows = max(_STRETCH_ROWS, counts[~is_heavy].sum() / bins)
    learner, cell_of = _Learner(step, part_rows, protect_ends(numbers, step)), np.full(len(distinct), -1)
    for run in _list_runs(distinct, counts, is_heavy):
        cell_of[run.first : run.first + len(run.values)] = learner.add_run(run)
        if run.above is not None:
            heavy = run.first + len(run.values)
            cell_of[heavy] = learner.add_value(run.above, int(counts[heavy]))
    # Too few rows for a cell belong to the nearest heavy value.
    heavies, folded = np.flatnonzero(is_heavy), np.flatnonzero(cell_of < 0)
    if len(folded):
        cell_of[folded] = cell_of[heavies[_nearest(distinct[heavies], distinct[folded])]]
    return learner.finish(), cell_of[inverse]


def redraw(numbers: np.ndarray, step: float, rng: np.random.Generator) -> np.ndarray:
    """Each number drawn anew in its cell, and each missing one (NaN) in that of another row.

    Cells are as small as they may be: a value that ten rows share stays, another one may become any number in
    a stretch of ten rows or more.
    """
    is_known = ~np.isnan(numbers)
    known = numbers[is_known]
    cells, known_codes = learn_cells(known, step, max(1, len(known) // _STRETCH_ROWS))
    codes = np.empty(len(numbers), dtype=np.int64)
    codes[is_known] = known_codes
    codes[~is_known] = rng.choice(known_codes, int((~is_known).sum()))
    drawn = cells.draw(codes, rng)
    return np.round(drawn, round(-math.log10(step))) if step else drawn


def _heavy_rows(counts: np.ndarray, bins: int) -> float:
    """From how many rows a value is a cell of its own; any safe one where there are few distinct values."""
    return FEWEST_SHARING if len(counts) <= MOST_VALUES else max(FEWEST_SHARING, counts.sum() / bins)


def _nearest(ordered: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """The position in `ordered` of the value nearest to each number."""
    right = np.clip(np.searchsorted(ordered, numbers), 0, len(ordered) - 1)
    left = np.maximum(right - 1, 0)
    return np.where(numbers - ordered[left] < ordered[right] - numbers, left, right)


class _Run(NamedTuple):
    """Values with their rows, from place `first` on, between two heavy ones (None: an end of the column)."""

    first: int
    values: np.ndarray
    counts: np.ndarray
    below: float | None
    above: float | None


def _list_runs(distinct: np.ndarray, counts: np.ndarray, is_heavy: np.ndarray) -> Iterator[_Run]:
    heavy = np.flatnonzero(is_heavy).tolist()
    for left, right in pairwise([-1, *heavy, len(distinct)]):
        below = float(distinct[left]) if left >= 0 else None
        above = float(distinct[right]) if right < len(distinct) else None
        yield _Run(left + 1, distinct[left + 1 : right], counts[left + 1 : right], below, above)


class _Learner:
    """Gathers the entries of cells in increasing order of value."""

    def __init__(self, step: float, part_rows: float, ends: tuple[float, float]) -> None:
        self._step, self._part_rows, self._ends = step, part_rows, ends
        self._size, self._entries = 0, list[tuple[int, int, float, float, float]]()

    def add_value(self, value: float, rows: int) -> int:
        """A cell of one value; gives its number."""
        self._entries.append((self._size, rows, value, value, 0.0))
        self._size += 1
        return self._size - 1

    def add_run(self, run: _Run) -> np.ndarray:
        """Cells of about equally many rows of a run, at least one; gives the cell of each value.

        A run of too few rows beside a heavy value has none (-1).
        """
        rows, first = int(run.counts.sum()), self._size
        if rows < FEWEST_SHARING and (run.below is not None or run.above is not None):
            return np.full(len(run.values), -1)
        ordered = np.repeat(run.values, run.counts)
        cuts = cut_rows(ordered, max(1, int(rows // self._part_rows)), self._step)
        codes = np.searchsorted(cuts, run.values, side="right")
        low, high = self._find_ends(run, ordered)
        places = pairwise([0, *np.searchsorted(run.values, cuts).tolist(), len(run.values)])
        for (start, end), ends in zip(places, pairwise([low, *cuts.tolist(), high]), strict=True):
            self._add_bin(run.values[start:end], run.counts[start:end], *ends)
        return first + codes

    def _find_ends(self, run: _Run, ordered: np.ndarray) -> tuple[float, float]:
        """Where the stretches of a run begin and end: as the column itself does, short of heavy values."""
        half = self._step / 2
        low, high = self._ends[0] - half, self._ends[1] + half
        if run.below is not None:
            low = max(-protect_high(-ordered[::-1], self._step) - half, run.below + half)
        if run.above is not None:
            high = min(protect_high(ordered, self._step) + half, run.above - half)
        return low, high

    def _add_bin(self, values: np.ndarray, counts: np.ndarray, low: float, high: float) -> None:
        """A cell from `low` to `high`: its shared values, and stretches of the others if many."""
        is_held = counts >= FEWEST_SHARING
        shared = zip(values[is_held].tolist(), counts[is_held].tolist(), strict=True)
        self._entries += [(self._size, rows, value, value, 0.0) for value, rows in shared]
        others = np.repeat(values[~is_held], counts[~is_held])
        if len(others) >= FEWEST_SHARING or not is_held.any():
            cuts = cut_rows(others, max(1, len(others) // _STRETCH_ROWS), self._step)
            self._add_stretches(others, np.array([low, *cuts, high]))
        self._size += 1

    def _add_stretches(self, ordered: np.ndarray, ends: np.ndarray) -> None:
        """The stretches of the current cell between `ends`, which hold these numbers."""
        starts = np.append(0, np.searchsorted(ordered, ends[1:-1]))
        rows = np.diff(np.append(starts, len(ordered)))
        # Where the outermost rows are, beyond the ends, tells nothing.
        means = np.add.reduceat(np.clip(ordered, ends[0], ends[-1]), starts) / rows
        parts = (rows, ends[:-1], ends[1:], _find_tilts(rows, means, ends))
        self._entries += [(self._size, *one) for one in zip(*(part.tolist() for part in parts), strict=True)]

    def finish(self) -> Cells:
        """The cells."""
        owner, rows, lows, highs, tilts = (np.array(column) for column in zip(*self._entries, strict=True))
        return Cells(_arrange(owner, rows), lows, highs, tilts)


def _find_tilts(rows: np.ndarray, means: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """How stretches between `ends` lean, from the means of their rows; those of too few rows do not."""
    widths = np.diff(ends)
    places = (means - ends[:-1]) / np.where(widths > 0, widths, 1.0)
    tilts = np.clip(np.round(6 * _TILTS * (places - 0.5)) / _TILTS, -1.0, 1.0)
    return np.where((rows >= FEWEST_SHARING) & (widths > 0), tilts, 0.0)


def _arrange(owner: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The cumulative shares that make entries findable, which stand in order of their cells."""
    total = np.bincount(owner, rows)
    spots = owner + (np.cumsum(rows) - (np.cumsum(total) - total)[owner]) / total[owner]
    is_last = np.append(owner[1:] != owner[:-1], True)
    spots[is_last] = owner[is_last] + 1.0
    return spots
