"""Whether whole numbers that come back are customers counted from 1, or a measure of a small range.

Both fill their range. But people are numbered by chance: how many rows a number has does not depend on the
number, whereas measures gather in the middle, at the low end, or at round numbers. A measure that is spread
evenly cannot be told from numbered people; then its range does: few numberings end at 100 or 365.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

FEWEST_COUNTED = 50
"""Fewer numbers from 1 on are days, weeks, hours and ranks as often as people."""

_FEWEST_DOUBTFUL = 20
_FILLED = 0.95  # of the numbers from 1 to the largest come
_MOST_ROWS = 50  # each number has fewer, else it is a category
_STRETCHES = 8
_LIMITS = {20: 5.5, 50: 3.2, 100: 2.85, 400: 2.7}  # F at 1 % for 8 stretches, by the distinct numbers
_HEAPS = (5, 10, 12)  # the multiples at which amounts, counts and terms gather
_HEAPED, _SURE = 1.3, 3.5  # times as many rows as others have, and standard errors above them
_LEAST_SPREAD = 0.05  # of logarithms, where all numbers have as many rows
_ORDERED = 0.5  # of neighbouring rows hold the same number or the next one
_MEASURE_ENDS = frozenset(
    {24, 28, 29, 30, 31, 52, 53, 59, 60, 90, 99, 100, 168, 180, 200, 250, 255, 256, 300, 360, 365, 366, 500,
     999, 1000, 1440}
)  # fmt: skip
_CALENDAR_ENDS = frozenset({24, 28, 29, 30, 31})


@dataclass(frozen=True, eq=False)
class CountedNumbers:
    """Distinct whole numbers, `counts` rows each, and the numbers of all rows in row order."""

    distinct: np.ndarray
    counts: np.ndarray
    rows: np.ndarray

    @property
    def are_entities(self) -> bool:
        """Whether the numbers are those of people, accounts or devices that come back."""
        is_decided = len(self.distinct) >= FEWEST_COUNTED and self._high not in _MEASURE_ENDS
        return is_decided and self._may_be_entities and not self._is_ordered

    @property
    def are_doubtful(self) -> bool:
        """Whether they may be such numbers, and nothing decides it."""
        return self._high not in _CALENDAR_ENDS and self._may_be_entities and not self.are_entities

    @property
    def are_even(self) -> bool:
        """Whether how many rows a number has depends neither on the number nor on how round it is."""
        return not self._is_heaped and not self._depends_on_number

    @property
    def _high(self) -> int:
        return int(self.distinct.max())

    @cached_property
    def _may_be_entities(self) -> bool:
        size = len(self.distinct)
        if size < _FEWEST_DOUBTFUL or int(self.distinct.min()) != 1 or size < _FILLED * self._high:
            return False
        return 2 <= self.counts.mean() < _MOST_ROWS and self.are_even

    @property
    def _is_heaped(self) -> bool:
        return any(self._gather_at(step) for step in _HEAPS)

    def _gather_at(self, step: int) -> bool:
        is_round = self.distinct % step == 0
        if not is_round.any():
            return False
        others = self._sizes[~is_round]
        above = self._sizes[is_round].mean() - others.mean()
        error = max(_LEAST_SPREAD, others.std()) / np.sqrt(is_round.sum())
        return bool(above > np.log(_HEAPED) and above > _SURE * error)

    @cached_property
    def _sizes(self) -> np.ndarray:
        """The logarithm of how many rows each number has, which a few busy customers do not dominate."""
        return np.log(self.counts.astype(float))

    @property
    def _depends_on_number(self) -> bool:
        """Whether some stretches of the range have more rows each than others (analysis of variance)."""
        parts = np.array_split(self._sizes[np.argsort(self.distinct)], _STRETCHES)
        between = sum(len(part) * (part.mean() - self._sizes.mean()) ** 2 for part in parts)
        within = sum(float(((part - part.mean()) ** 2).sum()) for part in parts)
        freedom = len(self.counts) - _STRETCHES
        limit = next(value for size, value in reversed(_LIMITS.items()) if len(self.counts) >= size)
        return bool(between / (_STRETCHES - 1) > limit * max(within, _LEAST_SPREAD) / freedom)

    @property
    def _is_ordered(self) -> bool:
        steps = np.diff(self.rows)
        return bool(((steps == 0) | (steps == 1)).mean() > _ORDERED) if len(steps) else False
