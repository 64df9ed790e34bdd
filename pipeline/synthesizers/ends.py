"""Ends of ranges and of stretches of numbers that tell nobody's value, and how numbers are kept inside them.

An end is a round number that follows from rows with ten others between or beyond them. So it is somebody's
value no more often than a guess made without the sample would be, and no row draws it to its own value.
"""

from __future__ import annotations

import math

import numpy as np

FEWEST_ROWS = 5
"""A category, or a pair of them, of fewer training rows could identify a person: never reproduced."""

FEWEST_SHARING = 10
"""A number or a date that fewer training rows hold is a person's: neither kept nor drawn by preference."""

_TAIL_PART, _FEWEST_OF_TAIL = 25, 40
"""The shape of a tail is that of the outer part of the rows, beside as many and twice as many further in; of
fewer rows than that, it is not known and taken for one that ends at a limit."""
_LIMITED, _HEAVIEST = -1.0, 0.5
"""Shapes of tails: even up to a limit, and the heaviest, whose variance is barely finite."""
_WIDEST_WINDOW = 160
"""Rows on either side of a cut, at most, between which a round number is looked for."""


def protect_ends(numbers: np.ndarray, step: float = 0.0) -> tuple[float, float]:
    """The range in which numbers (at least one) may be given; `step` is their grid (0: none).

    An end that ten rows hold stays. Otherwise the range goes on beyond the tenth row from the end, as far as
    the rows further in let expect, to the roundest number there; it does not cross 0. Nine rows may lie
    anywhere beyond without moving it; of fewer than 30 rows, nearly a third. Fewer than ten rows have ends of
    one digit beyond them.
    """
    ordered = np.sort(numbers)
    if len(ordered) < FEWEST_SHARING:
        return _round_outwards(float(ordered[0]), float(ordered[-1]), step)
    # A negative zero would show.
    return 0.0 - protect_high(-ordered[::-1], step), protect_high(ordered, step)


def protect_high(ordered: np.ndarray, step: float) -> float:
    """The upper end of numbers in increasing order, by the rule of `protect_ends`."""
    rows = min(FEWEST_SHARING, max(1, len(ordered) // 3))
    nearest, inner = float(ordered[-rows]), float(ordered[-min(2 * rows, len(ordered))])
    if is_shared(ordered, nearest):
        return nearest
    # The next number on the grid at least: the nearest one is a person's.
    reach = nearest + max((nearest - inner) * _expect_tail(ordered, rows), 1.25 * step)
    reach = min(reach, 0.0) if nearest <= 0 else reach
    return find_round((nearest + reach) / 2, reach, step)


def _expect_tail(ordered: np.ndarray, rows: int) -> float:
    """How far to go beyond the first of `rows` rows at the end, in units of the spread of as many before it.

    The tail goes on as the rows further in do, ever thinner or to a limit (generalised Pareto distribution,
    its shape by Pickands, Annals of Statistics 3, 1975): to where the last row is expected, and half as far
    where there is a limit, such as an opening hour, which is not passed then.
    """
    depth, shape = len(ordered) // _TAIL_PART, _LIMITED
    outer, middle, inner = (float(ordered[-max(times * depth, 1)]) for times in (1, 2, 4))
    if depth >= _FEWEST_OF_TAIL and outer > middle > inner:
        shape = min(max(math.log2((outer - middle) / (middle - inner)), _LIMITED), _HEAVIEST)
    if shape < _LIMITED / 2:
        return 0.5
    return math.log2(rows) if abs(shape) < 1e-3 else (rows**shape - 1) / (1 - 2**-shape)


def is_shared(ordered: np.ndarray, number: float) -> bool:
    """Whether enough of the numbers, which stand in increasing order, are exactly this one."""
    first, end = np.searchsorted(ordered, number), np.searchsorted(ordered, number, side="right")
    return bool(end - first >= FEWEST_SHARING)


def keep_inside(
    numbers: np.ndarray, low: float, high: float, mirrors_low: bool, mirrors_high: bool
) -> np.ndarray:
    """`numbers` as float64 within `low` and `high`, mirrored at the ends that say so, clipped at the others.

    An end that was moved stands for no value that people share. Clipping would pile up there what
    mirroring lays over the rows beside it.
    """
    kept, width = np.asarray(numbers, dtype=np.float64), high - low
    if width > 0:
        is_mirrored = (kept < low) & mirrors_low | (kept > high) & mirrors_high
        kept = np.where(is_mirrored, low + np.abs((kept - low + width) % (2 * width) - width), kept)
    return np.clip(kept, low, high)


def cut_rows(ordered: np.ndarray, parts: int, step: float) -> np.ndarray:
    """Cuts of numbers in increasing order into about `parts` parts of equal rows, at least ten in each.

    On a grid of `step` (0: none) a cut lies half a step before a number; what equals a cut belongs above it.
    """
    places = (np.arange(1, parts) * len(ordered)) // parts
    found = np.array([_cut_near(ordered, int(place), step) for place in places])
    cuts = np.unique(found[~np.isnan(found)])
    kept, before = [], 0
    for cut, below in zip(cuts.tolist(), np.searchsorted(ordered, cuts).tolist(), strict=True):
        if below - before >= FEWEST_SHARING and len(ordered) - below >= FEWEST_SHARING:
            kept.append(cut)
            before = below
    return np.array(kept, dtype=np.float64)


def _cut_near(ordered: np.ndarray, place: int, step: float) -> float:
    """A cut with about `place` rows below it; NaN where there is none.

    It lies in the middle of two rows, five rows or more from `place` on either side. A number that ten rows
    share is a cut itself.
    """
    at, reach = float(ordered[place]), FEWEST_SHARING // 2
    if is_shared(ordered, at):
        return at - step / 2
    while reach <= _WIDEST_WINDOW:
        low, high = ordered[max(place - reach - 1, 0)], ordered[min(place + reach, len(ordered) - 1)]
        # The last number below the cut is told along with the first one above it: neither is one of the two.
        found = find_middle(float(low) + step, float(high), step)
        if not math.isnan(found):
            return found - step / 2
        reach *= 2
    return math.nan


def find_middle(low: float, high: float, step: float = 0.0) -> float:
    """The number with the fewest decimal digits between two, on a grid of `step` (0: none), or NaN.

    Of several, it is the one nearest to the middle: neither of the two is likelier to lie beside it.
    """
    middle, near = (low + high) / 2, step / 4
    for power in _list_powers(low + near, high - near, step):
        found = _scale(round(_scale(middle, -power)), power)
        if low + near < found < high - near:
            return found
    return math.nan


def find_round(low: float, high: float, step: float = 0.0) -> float:
    """The greatest of the numbers with the fewest decimal digits above `low` and up to `high`; else `low`."""
    for power in _list_powers(low, high, step):
        found = _scale(math.floor(round(_scale(high, -power), 6)), power)
        # Sums of decimals miss a round number by a hair.
        if low < found <= high + (high - low) * 1e-9:
            return found
    return low


def _list_powers(low: float, high: float, step: float) -> range:
    """Powers of ten from beyond both numbers down to one that fits between them and is on the grid."""
    if not low < high:
        return range(0)
    largest, least = max(abs(low), abs(high)), math.floor(math.log10(high - low)) - 1
    least = max(least, round(math.log10(step))) if step else least
    return range(math.ceil(math.log10(largest)) + 1, least - 1, -1)


def _scale(number: float, power: int) -> float:
    """A number times ten to the `power`."""
    # Powers of ten below 1 are no floats: dividing by their inverse keeps 0.3 the number 0.3.
    return number * 10.0**power if power >= 0 else number / 10.0**-power


def _round_outwards(low: float, high: float, step: float) -> tuple[float, float]:
    size = (high - low) or abs(high)
    if not size:
        return low, high
    power = max(math.floor(math.log10(size)), round(math.log10(step)) if step else -300)
    return _scale(math.floor(_scale(low, -power)), power), _scale(math.ceil(_scale(high, -power)), power)
