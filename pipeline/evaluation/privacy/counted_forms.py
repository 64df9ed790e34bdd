"""Whether whole numbers could be those of people who are counted, from 1 or from far above: by values alone.

How many rows such a number has does not depend on the number. A measure that is spread evenly over its range
looks alike, so that what this module finds needs a review, and stops nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.stats import kruskal, mannwhitneyu

FEWEST_COUNTED = 20
"""Fewer numbers are ranks, hours or grades."""

MOST_ROWS = 50
"""A number that more rows hold, on average, is a category."""

FEWEST_MISSED = 10
"""So many repeats chance would make where there is none (birthday problem, n² / 2w)."""

UNIQUE_DIGITS, UNIQUE_OFFSET = 4, 2
"""Digits of numbers without a repeat, and how many times its width their range lies above 0."""

SHARED_DIGITS, SHARED_OFFSET, SHARED_FILLED = 5, 10, 0.5
"""The same for numbers in several rows each, and how much of their range they fill."""

_DAYS = (30_000, 52_000)
_LONGEST = 18
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


def are_run(texts: Sequence[str], counts: np.ndarray) -> bool:
    """Whether distinct whole numbers of one length, `counts` rows each, fill a narrow range far above 0."""
    widths = {len(text) for text in texts}
    if len(texts) < FEWEST_COUNTED or len(texts) != len(counts) or len(widths) != 1 or max(widths) > _LONGEST:
        return False
    if not all(text.isdecimal() for text in texts):
        return False
    numbers = np.array([int(text) for text in texts])
    span = int(numbers.max() - numbers.min()) + 1
    if counts.max() == 1:
        is_above = numbers.min() >= UNIQUE_OFFSET * span and min(widths) >= UNIQUE_DIGITS
        return bool(is_above and len(numbers) ** 2 >= 2 * FEWEST_MISSED * span)
    is_above = numbers.min() >= SHARED_OFFSET * span and min(widths) >= SHARED_DIGITS
    is_filled = len(numbers) >= SHARED_FILLED * span and counts.mean() < MOST_ROWS
    return bool(
        is_above and is_filled and not _are_heaped(numbers, counts) and not _have_shape(numbers, counts)
    )


def may_be_days(texts: Sequence[str]) -> bool:
    """Whether whole numbers lie where a spreadsheet counts days: 1982 to 2042."""
    return all(text.isdecimal() and _DAYS[0] <= int(text) <= _DAYS[1] for text in texts)


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
