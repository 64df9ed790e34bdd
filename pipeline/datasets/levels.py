"""Numbers that take few values far apart: status codes, rates of tax, terms of contracts.

Between 12, 24 and 36 months lie no others. A model of numbers would make them; categories keep to the levels.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

MOST_LEVELS = 12
_FEWEST_ROWS = 5  # of each level, so that none is a rare value
_ROWS_EACH = 10  # on average
_FILLED = 0.4  # of the numbers between the smallest and the largest come
_MOST_DECIMALS = 6
_FIRST_LOOK = 1_000


def are_levels(values: pd.Series, fewest: int = 3) -> bool:
    """Whether a column of numbers has `fewest` levels or more that leave most of their range out."""
    if values.head(_FIRST_LOOK).nunique() > MOST_LEVELS:
        return False
    counts = values.value_counts()
    if not fewest <= len(counts) <= MOST_LEVELS or counts.min() < _FEWEST_ROWS or counts.mean() < _ROWS_EACH:
        return False
    levels = np.sort(counts.index.to_numpy(dtype=float))
    if not np.isfinite(levels).all():
        return False
    decimals = next(
        (n for n in range(_MOST_DECIMALS) if np.allclose(levels, levels.round(n), atol=1e-9)), None
    )
    if decimals is None:
        return False
    steps = round(float(levels[-1] - levels[0]) * 10**decimals) + 1
    return len(levels) <= _FILLED * steps
