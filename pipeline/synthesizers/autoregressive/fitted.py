"""A fitted autoregressive model: what sampling needs and what is stored, and nothing of the training rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from pipeline.errors import SamplingError
from pipeline.synthesizers.autoregressive.codebook import Codebook, NumberBook
from pipeline.synthesizers.autoregressive.ranges import resolve_ranges
from pipeline.synthesizers.protocol import Shares, take_arrays
from pipeline.synthesizers.shares import ShareTarget, resolve_shares
from pipeline.synthesizers.width import ColumnPlan

_NETWORK = "network."


@dataclass(frozen=True)
class FittedAutoregressive:
    """`weights` are those of the network with masks and coarse features multiplied in."""

    codebook: Codebook
    plans: tuple[ColumnPlan, ...]
    weights: Mapping[str, np.ndarray]

    def sample(self, rows: int, seed: int, shares: Shares | None = None) -> pd.DataFrame:
        """`rows` rows in the learned dtypes; raise SamplingError for shares that cannot be met."""
        from pipeline.synthesizers.autoregressive.sampler import Sampler

        if rows < 1:
            raise SamplingError(f"{rows} rows cannot be sampled.", "ask for at least one row.")
        targets = self._resolve(shares or {})
        rng = np.random.default_rng(seed)
        codes = Sampler(self.codebook, self.weights, rng).draw(rows, targets)
        return self.codebook.restore(codes, rng)

    def _resolve(self, shares: Shares) -> tuple[ShareTarget, ...]:
        numbers = {book.encoding.name: book for book in self.codebook.books if isinstance(book, NumberBook)}
        of_categories = {column: parts for column, parts in shares.items() if column not in numbers}
        return (
            *resolve_shares(of_categories, self.codebook.categories, self.codebook.names),
            *(
                resolve_ranges(column, parts, numbers[column])
                for column, parts in shares.items()
                if column in numbers and parts
            ),
        )

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """All numbers by name."""
        return {**self.codebook.arrays, **{_NETWORK + name: array for name, array in self.weights.items()}}

    @property
    def values(self) -> dict[str, Any]:
        """All JSON-able values."""
        return {**self.codebook.values, "plans": [plan.as_dict() for plan in self.plans]}

    @classmethod
    def from_parts(cls, values: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Self:
        """The model again from `values` and `arrays`."""
        plans = tuple(ColumnPlan.from_dict(plan) for plan in values["plans"])
        return cls(Codebook.from_parts(values, arrays), plans, take_arrays(arrays, _NETWORK))
