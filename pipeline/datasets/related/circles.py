"""Rows that refer to rows of their own table: how deep they are, and circles among them."""

from __future__ import annotations

import numpy as np


def climb_rows(upper: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The steps from each row up to the last one, and that one; `upper` is the row above each, -1: none.

    Where a circle is above a row, the second is a row of the circle and the first tells nothing.
    """
    own = np.arange(len(upper))
    above, steps = np.where(upper < 0, own, upper), (upper >= 0).astype(np.int64)
    # Each round doubles how far a row looks.
    for _ in range(len(upper).bit_length()):
        steps = steps + steps[above]
        above = above[above]
    return steps, above


def find_circles(upper: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The rows that lie in circles, and for each the lowest row of its circle."""
    _, top = climb_rows(upper)
    inside = np.unique(top[upper[top] >= 0])
    lowest, above = np.arange(len(upper)), upper.copy()
    for _ in range(len(upper).bit_length()):
        lowest[inside] = np.minimum(lowest[inside], lowest[above[inside]])
        above[inside] = above[above[inside]]
    return inside, lowest[inside]
