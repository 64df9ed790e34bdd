"""Real numbers that may be drawn: round ones, in place of a person's own.

A quantile, or the end of a range, is the value of one row or lies between those of two. Where enough
rows share it, it identifies no one; elsewhere it is moved to a
round step of the spread, and off that step where a few rows have just this value.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

LEAST_SHARED_ROWS = 10
"""A value that so many real rows share is drawn as it is."""

_LEAST_STEPS = 200
"""The spread of a column holds at least so many steps."""

_MOST_MOVES = 8
_MULTIPLES = (5, 2, 1)
_TOLERANCE = 1e-9


@dataclass(frozen=True)
class Steps:
    """The round values of one column: multiples of `width`, beside its real values in order.

    `is_whole` columns hold whole numbers alone.
    """

    width: float
    ordered: np.ndarray
    is_whole: bool

    def snap(self, values: np.ndarray) -> np.ndarray:
        """The nearest round values, moved by parts of a step where few real rows have them."""
        if not self.width:
            return values
        rounded = np.round(values / self.width) * self.width
        rounded = np.where(self._count(values) >= LEAST_SHARED_ROWS, values, rounded)
        return self._avoid(rounded, self.width / 2, is_halved=True)

    def snap_range(self, low: float, high: float) -> tuple[float, float]:
        """The outermost round values inside a range, so that no fewer rows lie beyond its ends."""
        if not self.width:
            return low, high
        ends = np.array([low, high])
        inside = self.width * np.array([math.ceil(low / self.width), math.floor(high / self.width)])
        rounded = np.where(self._count(ends) >= LEAST_SHARED_ROWS, ends, inside)
        inward = np.array([1.0, -1.0]) * self.width
        moved = self._avoid(rounded, inward if self.is_whole else inward / 2, is_halved=not self.is_whole)
        return float(moved[0]), float(moved[1])

    def _avoid(self, values: np.ndarray, move: np.ndarray | float, is_halved: bool) -> np.ndarray:
        for _ in range(_MOST_MOVES):
            counts = self._count(values)
            is_rare = (counts > 0) & (counts < LEAST_SHARED_ROWS)
            values = np.where(is_rare, values + move, values)
            move = move / 2 if is_halved else move
        return values

    def _count(self, values: np.ndarray) -> np.ndarray:
        """Real rows that have each value, as far as a drawing shows it."""
        reach = self.width * _TOLERANCE
        last = np.searchsorted(self.ordered, values + reach, side="right")
        return np.asarray(last - np.searchsorted(self.ordered, values - reach, side="left"))


def plan_steps(real: np.ndarray, low: float, high: float) -> Steps:
    """Steps of 1, 2 or 5 times a power of ten, at least 200 of them between `low` and `high`.

    Whole numbers have whole steps. Where the range has no width there is no step.
    """
    is_whole = bool((real == np.round(real)).all())
    if high <= low:
        return Steps(0.0, np.sort(real), is_whole)
    most = (high - low) / _LEAST_STEPS
    power = 10.0 ** math.floor(math.log10(most))
    width = power * next(multiple for multiple in _MULTIPLES if multiple * power <= most or multiple == 1)
    return Steps(max(1.0, width) if is_whole else width, np.sort(real), is_whole)
