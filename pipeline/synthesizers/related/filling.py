"""Which siblings have a value in a column that may be missing, by what their owner knows of them all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

import numpy as np

from pipeline.synthesizers.ends import FEWEST_SHARING
from pipeline.synthesizers.related.attributes import Columns
from pipeline.synthesizers.related.siblings import Siblings

_FEW_ROWS = 5_000
"""A network that saw more rows than these knows by itself how often siblings have a value."""
_LARGEST_SHIFT, _HALVINGS = 7.0, 40


@dataclass(frozen=True)
class Sorted:
    """Marks of rows: a value is missing, is due, or may be the first or a further one of siblings."""

    is_empty: np.ndarray
    is_due: np.ndarray
    is_first: np.ndarray
    is_further: np.ndarray


@dataclass(frozen=True)
class Filling:
    """The contexts with an owner's number of rows and their mean of a column.

    `first` and `further` are the shares of rows with a value where siblings before have none, and where they
    have one; None where the network decides.
    """

    count: str
    mean: str
    first: float | None = None
    further: float | None = None

    def learn(self, above: Columns, siblings: Siblings, key: str, values: np.ndarray) -> Self:
        """With the shares of a table of few rows."""
        if len(values) > _FEW_ROWS:
            return self
        rows, is_filled = self.sort(above, siblings, key), ~np.isnan(values)
        first, further = (
            float(is_filled[one].mean()) if one.sum() >= FEWEST_SHARING else None
            for one in (rows.is_first, rows.is_further)
        )
        return replace(self, first=first, further=further)

    def sort(self, above: Columns, siblings: Siblings, key: str) -> Sorted:
        """What is known of each row: no sibling has a value where there is no mean, else at least one has."""
        is_owned, has_mean = ~np.isnan(above[self.count]), ~np.isnan(above[self.mean])
        last, is_last = siblings.last.get(key), siblings.left == 1
        is_further = np.zeros(len(has_mean), dtype=bool) if last is None else ~np.isnan(last)
        is_first = (siblings.place == 0) if last is None else ~is_further
        is_first, is_further = is_owned & has_mean & is_first, is_owned & has_mean & is_further
        return Sorted(is_owned & ~has_mean, is_first & is_last, is_first & ~is_last, is_further)

    def lean(self, weights: np.ndarray, rows: Sorted) -> np.ndarray:
        """The weights of codes, the last one for what is missing, with the shares of filled rows."""
        factors = np.ones(len(weights))
        for marked, share in ((rows.is_first, self.first), (rows.is_further, self.further)):
            if share is not None and marked.any():
                chances = 1.0 - weights[marked, -1] / weights[marked].sum(axis=1)
                factors[marked] = _find_factor(chances, share)
        return np.concatenate([weights[:, :-1] * factors[:, None], weights[:, -1:]], axis=1)

    def as_dict(self) -> dict[str, Any]:
        """JSON-able values for `from_dict`."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The filling again."""
        return cls(**values)


def _find_factor(chances: np.ndarray, share: float) -> float:
    """What the odds are multiplied by so that the mean chance is `share`."""
    odds = chances / np.maximum(1.0 - chances, 1e-12)
    low, high = -_LARGEST_SHIFT, _LARGEST_SHIFT
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        moved = odds * np.exp(middle)
        low, high = (middle, high) if (moved / (1.0 + moved)).mean() < share else (low, middle)
    return float(np.exp((low + high) / 2))
