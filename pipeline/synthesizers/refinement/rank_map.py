"""Numbers brought back through their ranks: what a synthesizer bends in one column is straight again.

A drawn number has a rank among drawn numbers; the real number of that rank takes its place. Which rows go
with which, and so how columns depend on each other, stays as it was drawn. As in HMA (`marginals`), a number
is drawn among values that several training rows share, or in a stretch of several rows, and never copied from
a single row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np

from pipeline.synthesizers.cells import Cells, learn_cells
from pipeline.synthesizers.protocol import take_arrays

_MOST_KNOTS = 2_000
_LIKE = 1.36
"""Critical value of the Kolmogorov-Smirnov statistic at 5 %, in units of √((n + m) / nm)."""


@dataclass(frozen=True)
class RankMap:
    """From drawn numbers to real ones of one column.

    A drawn number at `knots[i]` has the ranks (0–1) from `lows[i]` to `highs[i]`, one between two knots those
    between them. `ends` are the cumulative shares of the real cells.
    """

    knots: np.ndarray
    lows: np.ndarray
    highs: np.ndarray
    ends: np.ndarray
    cells: Cells

    @classmethod
    def learn(cls, drawn: np.ndarray, real: np.ndarray, step: float) -> Self | None:
        """Learn the map from numbers without gaps; None where the two are as good as equally distributed.

        `step` is the grid of the real numbers (0: none).
        """
        if not len(drawn) or not len(real) or _is_alike(drawn, real):
            return None
        cells, codes = learn_cells(real, step)
        ends = np.cumsum(np.bincount(codes) / len(codes))
        ends[-1] = 1.0
        return cls(*_learn_ranks(drawn), ends, cells)

    def apply(self, drawn: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """The real number for each drawn one."""
        low, high = np.interp(drawn, self.knots, self.lows), np.interp(drawn, self.knots, self.highs)
        ranks = low + rng.random(len(drawn)) * (high - low)
        codes = np.minimum(np.searchsorted(self.ends, ranks, side="right"), len(self.ends) - 1)
        return self.cells.draw(codes, rng)

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """Everything by name, for `from_arrays`."""
        own = {"knots": self.knots, "lows": self.lows, "highs": self.highs, "ends": self.ends}
        return {**own, **{f"cells.{name}": array for name, array in self.cells.arrays.items()}}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Self:
        """The map again from `arrays`."""
        cells = Cells.from_arrays(take_arrays(arrays, "cells."))
        return cls(arrays["knots"], arrays["lows"], arrays["highs"], arrays["ends"], cells)


def _is_alike(drawn: np.ndarray, real: np.ndarray) -> bool:
    values = np.union1d(drawn, real)
    shares = (np.searchsorted(np.sort(part), values, side="right") / len(part) for part in (drawn, real))
    first, second = shares
    distance = float(np.abs(first - second).max())
    return bool(distance <= _LIKE * np.sqrt((len(drawn) + len(real)) / (len(drawn) * len(real))))


def _learn_ranks(drawn: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Knots with the lowest and the highest rank of each; many distinct numbers are thinned out evenly."""
    values, counts = np.unique(drawn, return_counts=True)
    highs = np.cumsum(counts) / len(drawn)
    lows = highs - counts / len(drawn)
    if len(values) > _MOST_KNOTS:
        is_heavy = counts > len(drawn) / _MOST_KNOTS
        even = np.unique(np.linspace(0, len(values) - 1, _MOST_KNOTS).astype(np.int64))
        kept = np.union1d(np.flatnonzero(is_heavy), even)
        values, lows, highs = values[kept], lows[kept], highs[kept]
    return values, lows, highs
