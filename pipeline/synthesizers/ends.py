"""The ends of numeric columns, which a single person may hold, and how numbers are kept inside them."""

from __future__ import annotations

import math

import numpy as np

FEWEST_ROWS = 5
"""A category, a binned value or an end of fewer training rows could identify a person: never reproduced."""


def protect_ends(numbers: np.ndarray) -> tuple[float, float]:
    """The range in which numbers may be given; an end that too few rows hold is never part of it.

    The range goes on beyond the fifth row from an end about as far as the five rows before it are spread, to
    the roundest number there, and never beyond the last row: no outlier decides where it ends.
    """
    ordered = np.sort(numbers)
    return -_protect_high(-ordered[::-1]), _protect_high(ordered)


def keep_inside(
    numbers: np.ndarray, low: float, high: float, mirrors_low: bool, mirrors_high: bool
) -> np.ndarray:
    """`numbers` as float64 within `low` and `high`, mirrored at the ends that say so, clipped at the others.

    An end that was moved inwards stands for no value that people share. Clipping would pile up there what
    mirroring lays over the rows beside it.
    """
    kept, width = np.asarray(numbers, dtype=np.float64), high - low
    if width > 0:
        is_mirrored = (kept < low) & mirrors_low | (kept > high) & mirrors_high
        kept = np.where(is_mirrored, low + np.abs((kept - low + width) % (2 * width) - width), kept)
    return np.clip(kept, low, high)


def find_round(lows: np.ndarray, highs: np.ndarray) -> np.ndarray:
    """The number with the fewest decimal digits above each of `lows` and up to that of `highs`.

    It depends on the two only by the power of ten that fits between them, and gives neither away. `lows`
    where the two are as good as equal.
    """
    found, is_open = np.array(lows, dtype=np.float64), np.asarray(highs > lows)
    if not is_open.any():
        return found
    largest = float(np.abs(np.concatenate([lows, highs])).max())
    nearest = float((highs - lows)[is_open].min())
    for power in range(math.ceil(math.log10(largest or 1.0)) + 1, math.floor(math.log10(nearest)) - 1, -1):
        # Powers of ten below 1 are no floats: dividing by their inverse keeps 0.3 the number 0.3.
        rounded = np.floor(highs / 10.0**power) * 10.0**power if power >= 0 else _floor(highs, -power)
        fits = is_open & (rounded > lows)
        found[fits], is_open = rounded[fits], is_open & ~fits
    return found


def _floor(numbers: np.ndarray, decimals: int) -> np.ndarray:
    return np.floor(np.round(numbers * 10.0**decimals, 6)) / 10.0**decimals


def _protect_high(ordered: np.ndarray) -> float:
    rows = min(FEWEST_ROWS, max(1, len(ordered) // 4))
    nearest, farthest = float(ordered[-rows]), float(ordered[-1])
    if nearest == farthest:
        return farthest
    reach = min(2 * nearest - float(ordered[-2 * rows]), farthest)
    return float(find_round(np.array([nearest]), np.array([reach]))[0])
