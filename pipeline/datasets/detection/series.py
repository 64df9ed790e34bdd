"""Whether whole numbers are a run of a numbering, such as the loans 100001 to 100150.

Amounts of five digits are not drawn from a narrow range far above 0; numberings are, since each number is one
above the last. The column name does not count here: what is called "loan" is an amount in one table and
the number of a contract in another.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.datasets.detection.counted import CountedNumbers

_FEWEST = 20
_MISSED = 10  # repeats that chance would make, of which there is none (birthday problem: n² / 2w)
_UNIQUE_DIGITS, _UNIQUE_OFFSET = 4, 2  # digits, and how many times its width a range lies above 0
_SHARED_DIGITS, _SHARED_OFFSET = 5, 10
_SHARED_FILLED = 0.5  # of the numbers of the range come
_MOST_ROWS = 50  # each number has fewer, else it is a category


@dataclass(frozen=True, eq=False)
class NumberSeries:
    """Distinct whole numbers, `counts` rows each, and the numbers of all rows in row order."""

    distinct: np.ndarray
    counts: np.ndarray
    rows: np.ndarray

    @property
    def is_unique_run(self) -> bool:
        """Whether numbers that stand in one row each fill a narrow range, where chance would repeat some."""
        size = len(self.distinct)
        is_unique = size >= _FEWEST and int(self.counts.max()) == 1
        return (
            is_unique
            and self._lies_above(_UNIQUE_DIGITS, _UNIQUE_OFFSET)
            and size**2 >= 2 * _MISSED * self._span
        )

    @property
    def is_shared_run(self) -> bool:
        """Whether numbers in several rows each fill a narrow range, and none is preferred as measures are."""
        size = len(self.distinct)
        if size < _FEWEST or not 1 < self.counts.mean() < _MOST_ROWS or size < _SHARED_FILLED * self._span:
            return False
        if not self._lies_above(_SHARED_DIGITS, _SHARED_OFFSET):
            return False
        return CountedNumbers(self.distinct, self.counts, self.rows).are_even

    @property
    def _span(self) -> int:
        return int(self.distinct.max()) - int(self.distinct.min()) + 1

    def _lies_above(self, digits: int, offset: int) -> bool:
        low, high = int(self.distinct.min()), int(self.distinct.max())
        return low >= offset * self._span and digits <= len(str(low)) == len(str(high))
