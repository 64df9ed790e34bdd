"""Training by sampling (Xu et al. 2019, section 4.3): a condition for each row, and a real row for it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.synthesizers.ctgan.layout import Layout


@dataclass(frozen=True)
class ConditionOdds:
    """Draws positions of the condition vector: a discrete field evenly, then a category by its odds.

    The cumulative odds of all fields stand in one increasing array, field k between k and k + 1, so
    that one binary search answers for a whole epoch.
    """

    cumulative: np.ndarray
    fields: int

    @classmethod
    def of_counts(cls, counts: np.ndarray, layout: Layout, logarithmic: bool) -> ConditionOdds:
        """Odds from category counts: their logarithms in training, the counts themselves in sampling."""
        weights = np.log(counts + 1.0) if logarithmic else counts.astype(np.float64)
        parts = []
        for field, (start, size) in enumerate(
            zip(layout.condition_starts, layout.category_sizes, strict=True)
        ):
            shares = np.cumsum(weights[start : start + size])
            parts.append(field + shares / shares[-1])
        return cls(np.concatenate(parts) if parts else np.empty(0), len(layout.category_sizes))

    def draw(self, rng: np.random.Generator, rows: int) -> np.ndarray:
        """`rows` positions of the condition vector."""
        spots = rng.integers(0, self.fields, rows) + rng.random(rows)
        return np.minimum(np.searchsorted(self.cumulative, spots, side="right"), len(self.cumulative) - 1)


class RowLookup:
    """Real rows by category: the rows of each condition lie together, and counts and offsets find them."""

    def __init__(self, codes: np.ndarray, layout: Layout) -> None:
        self.counts = count_conditions(codes, layout)
        self._starts = np.concatenate([[0], np.cumsum(self.counts)[:-1]]).astype(np.int64)
        orders = [np.argsort(codes[:, field], kind="stable") for field in range(len(layout.category_sizes))]
        self._rows = np.concatenate(orders) if orders else np.empty(0, dtype=np.int64)

    def draw(self, rng: np.random.Generator, conditions: np.ndarray) -> np.ndarray:
        """One row for each condition, evenly among those that meet it."""
        counts = self.counts[conditions]
        within = np.minimum((rng.random(conditions.shape) * counts).astype(np.int64), counts - 1)
        return self._rows[self._starts[conditions] + within]


def count_conditions(codes: np.ndarray, layout: Layout) -> np.ndarray:
    """How often each category of each discrete field occurs, in the order of the condition vector."""
    counts = [
        np.bincount(codes[:, field], minlength=size) for field, size in enumerate(layout.category_sizes)
    ]
    return np.concatenate(counts) if counts else np.empty(0, dtype=np.int64)
