"""How many pairs of real rows chance makes equal, estimated from pairs that differ in one column alone.

Where rows repeat because their columns have few values, many more rows differ in a single value: a
pair that agrees on all other columns agrees on the last one as often as two values of it do. Rows
that are equal though very few differ in one value are the same case recorded twice, and no chance.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipeline.evaluation.privacy.intervals import most_events

_SEED = 0


def bound_chance_pairs(columns: Sequence[np.ndarray]) -> float:
    """The equal pairs that chance explains at most, from codes (0, 1, …) of shape (rows,) per column.

    Columns that depend on one another understate it one by one, so that the most informative one counts;
    where none is informative, the bound is that of the column with most values.
    """
    rng = np.random.default_rng(_SEED)
    parts = [_scramble(codes, rng) for codes in columns]
    # Sums of random 64-bit numbers stand for rows: they differ where rows do, but for one chance in 10¹⁹.
    whole = np.array(parts, dtype=np.uint64).sum(axis=0) if parts else np.zeros(0, dtype=np.uint64)
    equal = _count_pairs(whole)
    estimates = [
        _tell(codes, _count_pairs(whole - part) - equal) for codes, part in zip(columns, parts, strict=True)
    ]
    varying = [one for one in estimates if one is not None]
    if not varying:
        return float(equal)
    return max(*(seen for seen, _ in varying), min(most for _, most in varying))


def _tell(codes: np.ndarray, neighbours: int) -> tuple[float, float] | None:
    """Equal pairs by this column's neighbours, and at most; None for a column without two values."""
    agreeing, pairs = _count_pairs(codes), len(codes) * (len(codes) - 1) // 2
    if agreeing >= pairs:
        return None
    others = pairs - agreeing
    return neighbours * agreeing / others, most_events(neighbours) * max(agreeing, 1) / others


def _scramble(codes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A random number for each code."""
    return rng.integers(0, 2**64, int(codes.max(initial=0)) + 1, dtype=np.uint64)[codes]


def _count_pairs(values: np.ndarray) -> int:
    """Pairs of equal values."""
    _, counts = np.unique(values, return_counts=True)
    return int((counts.astype(np.int64) * (counts - 1) // 2).sum())
