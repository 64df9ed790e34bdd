"""Which numbers a column can plausibly hold, from those that a sample of it holds.

The ends of a sample are single people's values: as limits they would give these away, and refuse the
next real rows, some of which always lie further out.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal

import numpy as np

MOST_ALONE = 9
"""An end that more rows than this hold is a limit of the column (a scale from 1 to 5) and stays."""

_TAILS = (0.1, 0.9)
_ROOM = 2
"""An end moves by this many times its distance from the outer tenth, so that long tails get more room."""


def find_plausible_range(numbers: np.ndarray) -> tuple[float, float]:
    """Round limits beyond numbers (at least one, none missing): of the same sign, and whole where they are.

    An end moves outwards by twice its distance from the outer tenth of the values, and on to the next
    multiple of a power of ten: that above this move, at most the one below the span of the values. 0 is
    never crossed, and an end that ten rows hold stays.
    """
    low, high = float(numbers.min()), float(numbers.max())
    if not np.isfinite([low, high]).all():
        return low, high
    least = Decimal(int((numbers % 1 == 0).all()))
    width = Decimal(repr(high)) - Decimal(repr(low)) or abs(Decimal(repr(high))) or Decimal(1)
    lower, upper = np.quantile(numbers, _TAILS)
    limits = (
        low if _is_shared(numbers, low) else -_round_beyond(-low, float(lower) - low, width, least),
        high if _is_shared(numbers, high) else _round_beyond(high, high - float(upper), width, least),
    )
    return max(limits[0], 0.0) if low >= 0 else limits[0], min(limits[1], 0.0) if high <= 0 else limits[1]


def _is_shared(numbers: np.ndarray, end: float) -> bool:
    return int((numbers == end).sum()) > MOST_ALONE


def _round_beyond(end: float, distance: float, width: Decimal, least: Decimal) -> float:
    """A round number above `end` by _ROOM times `distance` or more; the end where no float is there."""
    exact, room = Decimal(repr(end)), _ROOM * Decimal(repr(distance))
    step = Decimal(1).scaleb(min(width.adjusted(), room.adjusted() + 1) if room else width.adjusted())
    step = max(step, least)
    rounded = ((exact + room) / step).to_integral_value(ROUND_CEILING)
    beyond = float((rounded + 1 if rounded * step <= exact else rounded) * step)
    return beyond if np.isfinite(beyond) else end
