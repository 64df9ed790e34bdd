"""Categories ↔ codes, with rare categories protected and very many of them kept narrow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
import pandas as pd

from pipeline.synthesizers.bounded_categories import CodeGrid
from pipeline.synthesizers.columns import CategoryEncoding
from pipeline.synthesizers.ends import FEWEST_ROWS
from pipeline.synthesizers.width import count_categories


@dataclass(frozen=True)
class CategoryBook:
    """The codes of one categorical column, as one variable or, `is_split`, as two.

    Only categories with enough rows are known to `encoding`; the rare ones share one code of their own,
    the last of the first variable. The network learns around it, and sampling never gives it: its share
    goes to the known categories in the proportions of the row at hand. With two variables a category is a
    bucket and a place in it, so that 10,000 categories take 200 codes.
    """

    encoding: CategoryEncoding
    has_rare: bool
    is_split: bool

    @classmethod
    def learn(cls, series: pd.Series, is_split: bool = False) -> tuple[Self, np.ndarray]:
        """Give the book of a column and the codes of its rows, shape rows × variables."""
        counts = count_categories(series)
        is_known = (series.isna() | series.isin(counts.index[counts >= FEWEST_ROWS])).to_numpy()
        known = series[is_known]
        if isinstance(series.dtype, pd.CategoricalDtype):
            known = known.cat.remove_unused_categories()
        encoding = CategoryEncoding.learn(known)
        book = cls(encoding, not is_known.all(), is_split)
        categories = np.full(len(series), -1, dtype=np.int64)
        categories[is_known] = encoding.codes(known)
        return book, book._codes_of(categories)

    @property
    def sizes(self) -> tuple[int, ...]:
        """The number of codes of each variable."""
        first, *second = self._grid.sizes
        return first + self.has_rare, *second

    def restore(self, codes: np.ndarray, _rng: np.random.Generator) -> pd.Series:
        """The column of sampled codes (rows × variables) in its own dtype; nothing here is random."""
        return self.encoding.values(self._grid.merge(tuple(codes.T)))

    def allowed(self, is_wanted: np.ndarray, earlier: np.ndarray) -> np.ndarray:
        """Which codes of the next variable lead to a wanted category.

        `is_wanted` is a claim for each known category, `earlier` the codes drawn so far (rows × variables
        before); the result has shape rows × codes, or 1 × codes where it is the same for all rows.
        """
        if not self.is_split:
            return np.append(is_wanted, [False] * self.has_rare)[None]
        table = np.zeros(self._grid.sizes, dtype=bool)
        table.ravel()[: len(is_wanted)] = is_wanted
        if not earlier.shape[1]:
            return np.append(table.any(axis=1), [False] * self.has_rare)[None]
        return table[earlier[:, 0]]

    def as_dict(self) -> dict[str, Any]:
        """JSON-able values for `from_dict`."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The book again from its plain values."""
        encoding = CategoryEncoding.from_dict(values["encoding"])
        return cls(encoding, values["has_rare"], values["is_split"])

    @cached_property
    def _grid(self) -> CodeGrid:
        return CodeGrid(len(self.encoding.categories), self.is_split)

    def _codes_of(self, categories: np.ndarray) -> np.ndarray:
        """Codes of known categories, and of rare ones, which are given as -1."""
        is_rare = categories < 0
        first, *second = self._grid.split(categories)
        # A rare category has no place; the first one stands in, in the bucket that is never sampled.
        places = [np.where(is_rare, 0, place) for place in second]
        return np.stack([np.where(is_rare, self.sizes[0] - 1, first), *places], axis=1)
