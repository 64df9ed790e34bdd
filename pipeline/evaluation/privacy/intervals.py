"""Intervals and limits of every privacy measure; all at three standard errors.

A table with nothing wrong passes a dozen measures at once, so each must be sure of itself: one side
of three standard errors is left by chance once in 741 times.
"""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

NOISE_ERRORS = 3.0
"""How many standard errors a measure must lie beyond its baseline before the table needs a look."""

_BISECTIONS = 60
_LARGE_MEAN = 500.0


class Interval(NamedTuple):
    """An estimate between its lower and its upper bound."""

    value: float
    low: float
    high: float


def chance_of_noise(tests: int = 1) -> float:
    """The chance (0–1) that one of `tests` findings passes the limit by noise alone, shared among them."""
    return NormalDist().cdf(-NOISE_ERRORS) / tests


def errors_for(tests: int) -> float:
    """Standard errors that keep the chance of a false alarm when the worst of `tests` numbers is reported."""
    return -NormalDist().inv_cdf(chance_of_noise(tests))


def bound_share(hits: float, rows: float, errors: float = NOISE_ERRORS) -> Interval:
    """A share (0–1) with its score interval (Wilson, 1927); `rows` may be an effective number."""
    share, square = hits / rows, errors**2
    centre = (share + square / (2 * rows)) / (1 + square / rows)
    spread = share * (1 - share) / rows + square / (4 * rows**2)
    half = errors * math.sqrt(max(spread, 0.0)) / (1 + square / rows)
    return Interval(share, min(max(0.0, centre - half), share), max(min(1.0, centre + half), share))


def bound_excess(main: Interval, control: Interval) -> Interval:
    """How much of the room above the control's share an attack gains (Giomi et al., arXiv:2211.10459).

    (main - control) / (1 - control): 0 means no more than among people outside the training rows, 1
    means everybody. Bounds combine those of both shares (Newcombe, 1998, method 10). A control of 1
    leaves no room, and the excess is 0.
    """
    if control.value >= 1.0:
        return Interval(0.0, 0.0, 0.0)
    gain, room = main.value - control.value, 1.0 - control.value
    below = math.hypot(main.value - main.low, control.high - control.value)
    above = math.hypot(main.high - main.value, control.value - control.low)
    return Interval(gain / room, (gain - below) / room, min((gain + above) / room, 1.0))


def bound_auc(positives: np.ndarray, negatives: np.ndarray) -> Interval:
    """The chance (0–1) that a positive scores higher than a negative, ties counted half.

    The interval solves Hanley and McNeil's variance for the bound itself (Newcombe, 2006, method 5),
    so that it has a width even where the groups part completely.
    """
    area = _area(positives, negatives)
    rows = (len(positives), len(negatives))
    return Interval(area, _lower_area(area, *rows), 1.0 - _lower_area(1.0 - area, *rows))


def most_by_chance(rows: int, chance_hits: int, chance_rows: int) -> int:
    """The most hits among `rows` that `chance_hits` of `chance_rows` explain (Fisher's exact test)."""
    low, high = 0, rows + 1
    while high - low > 1:
        middle = (low + high) // 2
        is_chance = _tail(middle, rows, chance_hits, chance_rows) >= chance_of_noise()
        low, high = (middle, high) if is_chance else (low, middle)
    return low


def most_events(count: int) -> float:
    """The largest mean under which so few events are still to be expected (score interval of Poisson)."""
    square = NOISE_ERRORS**2
    return count + square / 2 + NOISE_ERRORS * math.sqrt(count + square / 4)


def most_expected(mean: float, tests: int = 1) -> int:
    """The most events that chance explains in any of `tests` counts where each expects `mean` (Poisson)."""
    count, chance = 0, math.exp(-mean) if mean < _LARGE_MEAN else 0.0
    if not chance:
        return math.ceil(mean + errors_for(tests) * math.sqrt(mean))
    total = chance
    while 1.0 - total > chance_of_noise(tests):
        count += 1
        chance *= mean / count
        total += chance
    return count


def _tail(hits: int, rows: int, chance_hits: int, chance_rows: int) -> float:
    """The chance of at least `hits` in the first group, given how many both groups hold together."""
    total, factorials = hits + chance_hits, _log_factorials(_capacity(rows + chance_rows))
    possible = np.arange(hits, min(total, rows) + 1)
    logs = (
        _log_choose(factorials, rows, possible)
        + _log_choose(factorials, chance_rows, total - possible)
        - _log_choose(factorials, rows + chance_rows, np.array([total]))
    )
    return float(np.exp(logs).sum())


def _log_choose(factorials: np.ndarray, rows: int, taken: np.ndarray) -> np.ndarray:
    return factorials[rows] - factorials[taken] - factorials[rows - taken]


def _capacity(rows: int) -> int:
    return 1 << rows.bit_length()


@lru_cache(maxsize=2)
def _log_factorials(capacity: int) -> np.ndarray:
    return np.concatenate([[0.0], np.log(np.arange(1, capacity + 1)).cumsum()])


def _area(positives: np.ndarray, negatives: np.ndarray) -> float:
    ordered = np.sort(negatives)
    below = np.searchsorted(ordered, positives, side="left")
    upto = np.searchsorted(ordered, positives, side="right")
    return float((below + upto).mean() / (2 * len(negatives)))


def _lower_area(area: float, positives: int, negatives: int) -> float:
    low, high = 0.0, area
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        reach = NOISE_ERRORS * _area_error(middle, positives, negatives)
        low, high = (middle, high) if area - middle > reach else (low, middle)
    return low


def _area_error(area: float, positives: int, negatives: int) -> float:
    others = (positives + negatives) / 2 - 1
    spread = 1 + others * ((1 - area) / (2 - area) + area / (1 + area))
    return math.sqrt(area * (1 - area) * spread / (positives * negatives))
