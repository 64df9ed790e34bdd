"""Whether whole numbers could be those of people who are counted from 1: read off the values alone.

How many rows such a number has does not depend on the number. A measure that is spread evenly over its range
looks alike, so that what this module finds needs somebody to look, and stops nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.stats import kruskal, mannwhitneyu

FEWEST_COUNTED = 20
"""Fewer numbers are ranks, hours or grades."""

MOST_ROWS = 50
"""A number that more rows hold, on average, is a category."""

_CALENDAR_ENDS = frozenset({24, 28, 29, 30, 31})
_FILLED = 0.95  # of the numbers from 1 to the largest come
_STRETCHES = 6
_CHANCE = 0.01
_STEPS = (5, 10, 12)  # at whose multiples amounts, counts and terms gather


def are_counted(texts: Sequence[str], counts: np.ndarray) -> bool:
    """Whether distinct whole numbers, `counts` rows each, go from 1 to their number without a pattern."""
    if not FEWEST_COUNTED <= len(texts) == len(counts) or not all(text.isdecimal() for text in texts):
        return False
    numbers = np.array([int(text[:18]) for text in texts])
    high = int(numbers.max())
    if numbers.min() != 1 or high in _CALENDAR_ENDS or len(numbers) < _FILLED * high:
        return False
    is_shared = 2 <= counts.mean() < MOST_ROWS
    return is_shared and not _are_heaped(numbers, counts) and not _have_shape(numbers, counts)


def _are_heaped(numbers: np.ndarray, counts: np.ndarray) -> bool:
    """Whether round numbers have more rows than others (Mann and Whitney)."""
    rounds = [numbers % step == 0 for step in _STEPS if step <= numbers.max()]
    tests = (mannwhitneyu(counts[one], counts[~one], alternative="greater") for one in rounds)
    return any(test.pvalue < _CHANCE / len(_STEPS) for test in tests)


def _have_shape(numbers: np.ndarray, counts: np.ndarray) -> bool:
    """Whether stretches of the range differ in how many rows a number has (Kruskal and Wallis)."""
    if len(np.unique(counts)) == 1:
        return False
    stretches = np.array_split(counts[np.argsort(numbers)], _STRETCHES)
    return bool(kruskal(*stretches).pvalue < _CHANCE)
