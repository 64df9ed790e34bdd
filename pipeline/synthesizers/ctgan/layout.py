"""Where each part of a row stands in the vectors that the networks see.

    [ scalars of the numbers | one-hot categories | one-hot mixture components of the numbers ]

Scalars go through tanh, every one-hot group through a softmax of its own. Conditions are the one-hot
categories of the middle part, so that a condition's position there is its position in the condition vector.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np


@dataclass(frozen=True)
class Layout:
    """Sizes of the parts: scalars and component groups belong together in order."""

    category_sizes: tuple[int, ...]
    component_sizes: tuple[int, ...]

    @property
    def scalars(self) -> int:
        """Number of numeric fields."""
        return len(self.component_sizes)

    @property
    def conditions(self) -> int:
        """Length of the condition vector: all categories of all discrete fields."""
        return sum(self.category_sizes)

    @property
    def group_sizes(self) -> tuple[int, ...]:
        """Sizes of all one-hot groups, categories first."""
        return self.category_sizes + self.component_sizes

    @property
    def width(self) -> int:
        """Length of a row vector."""
        return self.scalars + sum(self.group_sizes)

    @cached_property
    def group_starts(self) -> np.ndarray:
        """First position of each one-hot group in a row vector."""
        return self.scalars + np.concatenate([[0], np.cumsum(self.group_sizes)[:-1]]).astype(np.int64)

    @cached_property
    def condition_starts(self) -> np.ndarray:
        """First position of each discrete field in the condition vector."""
        return self.group_starts[: len(self.category_sizes)] - self.scalars

    @cached_property
    def group_of_condition(self) -> np.ndarray:
        """The discrete field to which each position of the condition vector belongs."""
        return np.repeat(np.arange(len(self.category_sizes)), self.category_sizes)

    @cached_property
    def membership(self) -> np.ndarray:
        """1.0 where a one-hot position (row) belongs to a group (column), else 0.0."""
        groups = np.repeat(np.arange(len(self.group_sizes)), self.group_sizes)
        return np.equal.outer(groups, np.arange(len(self.group_sizes))).astype(np.float64)
