"""What a row knows before it is written, as codes: coarse bins of numbers and the frequent categories."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from pipeline.synthesizers.ends import FEWEST_ROWS, FEWEST_SHARING, cut_rows

_MOST_BINS = 24
_MOST_CODES = 255


@dataclass(frozen=True)
class ContextBins:
    """Values ↔ codes; the last code is for what is missing, rare or not known.

    `edges` between bins of numbers are cuts with ten rows or more between them, or before values of ten rows,
    so that none is anybody's; for categories they are the codes that have one of their own.
    """

    edges: np.ndarray
    is_category: bool

    @classmethod
    def learn(cls, values: np.ndarray, is_category: bool, step: float, distinct: int) -> Self:
        """Learn from the values of the rows, which come from about `distinct` different rows.

        `step` is the grid of numbers (0: none).
        """
        known, counts = np.unique(values[~np.isnan(values)], return_counts=True)
        if is_category:
            kept = (counts >= FEWEST_ROWS) & (known >= 0)
            order = np.argsort(-counts[kept], kind="stable")[:_MOST_CODES]
            return cls(np.sort(known[kept][order]), True)
        parts = int(np.clip(distinct // FEWEST_SHARING, 1, _MOST_BINS))
        if len(known) > parts:
            return cls(cut_rows(np.repeat(known, counts), parts, step), False)
        begins = (counts >= FEWEST_SHARING) & (np.cumsum(counts) - counts >= FEWEST_SHARING)
        return cls(known[begins] - step / 2, False)

    @property
    def size(self) -> int:
        """The number of codes."""
        return len(self.edges) + (1 if self.is_category else 2)

    @property
    def ordered(self) -> int:
        """How many leading codes stand in increasing order of value."""
        return 0 if self.is_category else self.size - 1

    def encode(self, values: np.ndarray) -> np.ndarray:
        """The codes of `values`."""
        unknown = self.size - 1
        if not self.is_category:
            return np.where(np.isnan(values), unknown, np.searchsorted(self.edges, values, side="right"))
        if not len(self.edges):
            return np.zeros(len(values), dtype=np.int64)
        places = np.minimum(np.searchsorted(self.edges, values), len(self.edges) - 1)
        return np.where(self.edges[places] == values, places, unknown)


@dataclass(frozen=True)
class ContextCode:
    """The bins of several contexts by name, in their order."""

    bins: Mapping[str, ContextBins]

    @property
    def sizes(self) -> tuple[int, ...]:
        """The number of codes of each context."""
        return tuple(one.size for one in self.bins.values())

    @property
    def ordered(self) -> tuple[int, ...]:
        """How many leading codes of each context stand in increasing order of value."""
        return tuple(one.ordered for one in self.bins.values())

    def encode(self, contexts: Mapping[str, np.ndarray], rows: int) -> np.ndarray:
        """Codes with shape rows × contexts."""
        codes = np.empty((rows, len(self.bins)), dtype=np.int64)
        for place, (name, one) in enumerate(self.bins.items()):
            codes[:, place] = one.encode(contexts[name])
        return codes

    @property
    def values(self) -> list[dict[str, Any]]:
        """JSON-able values for `from_parts`."""
        return [{"name": name, "is_category": one.is_category} for name, one in self.bins.items()]

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """All arrays by name."""
        return {str(place): one.edges for place, one in enumerate(self.bins.values())}

    @classmethod
    def from_parts(cls, values: list[dict[str, Any]], arrays: Mapping[str, np.ndarray]) -> Self:
        """The bins again."""
        return cls(
            {
                one["name"]: ContextBins(arrays[str(place)], one["is_category"])
                for place, one in enumerate(values)
            }
        )
