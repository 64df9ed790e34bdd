"""Counts of pairs of bins, of which those that too few rows hold are known only by their sums."""

from __future__ import annotations

import numpy as np

from pipeline.synthesizers.ends import FEWEST_ROWS

_SWEEPS = 100
_LEAST_SUM = 1e-12


def count_pairs(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """How many rows each pair of two columns of bins has, the bins of the first in rows."""
    shape = int(first.max()) + 1, int(second.max()) + 1
    return np.bincount(first * shape[1] + second, minlength=shape[0] * shape[1]).reshape(shape)


def pool_rare_pairs(counts: np.ndarray) -> np.ndarray:
    """`counts` in which pairs of fewer than `FEWEST_ROWS` rows share theirs as if they were independent.

    A pair that one row holds could tell of a person. The sums of rows and columns stay: the rare pairs, those
    without any row among them, are raked to what they had in each (Deming and Stephan 1940).
    """
    is_rare = counts < FEWEST_ROWS
    held = np.where(is_rare, counts, 0)
    pooled = np.where(is_rare, np.outer(counts.sum(axis=1), counts.sum(axis=0)), 0.0)
    for _ in range(_SWEEPS):
        for axis in (1, 0):
            sums = pooled.sum(axis=axis, keepdims=True)
            pooled *= held.sum(axis=axis, keepdims=True) / np.maximum(sums, _LEAST_SUM)
    return np.where(is_rare, pooled, counts)


def spread_pairs(counts: np.ndarray, bins: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """The shares of codes in each bin of a parent; a pair's rows go to its codes by their `shares`."""
    of_bins = np.bincount(bins, shares)
    return counts[:, bins] * (shares / of_bins[bins])
