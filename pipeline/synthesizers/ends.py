"""The ends of numeric columns, which a single person may hold, and how numbers are kept inside them."""

from __future__ import annotations

import numpy as np

FEWEST_ROWS = 5
"""A category, a binned value or an end of fewer training rows could identify a person: never reproduced."""


def protect_ends(numbers: np.ndarray, step: float) -> tuple[float, float]:
    """The range in which numbers may be given; an end that too few rows hold is never part of it.

    Beyond the fifth row from an end, values are drawn as far as twice the mean distance of those five rows:
    their spread is kept, and no single row decides it. `step` is the grid of the numbers (0: none).
    """
    ordered = np.sort(numbers)
    return -_protect_high(-ordered[::-1], step), _protect_high(ordered, step)


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


def _protect_high(ordered: np.ndarray, step: float) -> float:
    rows = min(FEWEST_ROWS, max(1, len(ordered) // 4))
    nearest, farthest = float(ordered[-rows]), float(ordered[-1])
    if nearest == farthest:
        return farthest
    margin = step or (farthest - nearest) / FEWEST_ROWS
    return min(2 * float(ordered[-rows:].mean()) - nearest, max(farthest - margin, nearest))
