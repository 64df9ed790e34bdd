"""How numbers are spread: evenly over a range, as codes are, or with tails, as amounts are."""

from __future__ import annotations

import numpy as np

_FLAT, _MARGIN = 1.8, 4.0  # kurtosis of an even spread, that of a normal one is 3; 1 in 100 is above


def are_flat(values: np.ndarray) -> bool:
    """Whether values have no tails: their kurtosis is no more than that of an even spread."""
    spread = float(values.std())
    if not spread:
        return False
    kurtosis = float((((values - values.mean()) / spread) ** 4).mean())
    return kurtosis < _FLAT + _MARGIN / np.sqrt(len(values))
