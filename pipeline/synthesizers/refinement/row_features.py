"""Modelled rows as a matrix for trees: numbers and categories as codes, missing cells as NaN.

Trees keep thresholds between the numbers that they saw, which would be people's. So a number is the place of
its stretch, and whatever is learned of it a place as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from pipeline.datasets.spec import ModelledColumn
from pipeline.synthesizers.bounded_categories import BoundedCategoryEncoding
from pipeline.synthesizers.cells import learn_cells
from pipeline.synthesizers.columns import CategoryEncoding, DatetimeEncoding, NumberEncoding
from pipeline.synthesizers.encoding import ColumnEncoding, TableEncoding, learn_unsplit
from pipeline.synthesizers.refinement.trees import MOST_CODES

_FILL_SEED = 0
_NUMBER_BINS = 127
"""With the values that many rows share about as many codes as the trees tell apart."""


@dataclass(frozen=True)
class RowFeatures:
    """The encoding of real training rows, and the code of each category: its rank by frequency.

    `ranks` maps each categorical column to an array with an entry for each of its categories, `shares` to the
    share of the training rows that each holds, and `edges` each column of numbers to the ends of its
    stretches in increasing order. Models of earlier versions have no edges: there, numbers stand as they are.
    """

    encoding: TableEncoding
    ranks: Mapping[str, np.ndarray]
    shares: Mapping[str, np.ndarray]
    edges: Mapping[str, np.ndarray]

    @classmethod
    def learn(cls, training: pd.DataFrame, columns: tuple[ModelledColumn, ...]) -> Self:
        """Learn from training rows; rare categories have no code, as in the synthesizers."""
        encoding = learn_unsplit(training, columns)
        shares = {
            column.name: np.bincount(_read(column, training[column.name])) / len(training)
            for column in encoding.columns
            if is_categorical(column)
        }
        edges = {
            column.name: _find_edges(column.numbers(training[column.name]), column.step)
            for column in encoding.columns
            if isinstance(column, NumberEncoding | DatetimeEncoding)
        }
        return cls(encoding, {name: _rank(one) for name, one in shares.items()}, shares, edges)

    @property
    def is_categorical(self) -> np.ndarray:
        """Which columns of the matrix hold codes, shape (columns,)."""
        return np.array([column.name in self.ranks for column in self.encoding.columns], dtype=bool)

    def read(self, table: pd.DataFrame) -> np.ndarray:
        """The matrix of a modelled table, float64 of shape (rows, columns)."""
        vectors = []
        for column in self.encoding.columns:
            values = _read(column, table[column.name])
            if column.name in self.ranks:
                values = self.ranks[column.name][values]
            elif column.name in self.edges:
                places = np.searchsorted(self.edges[column.name], values, side="right")
                values = np.where(np.isnan(values), np.nan, places)
            vectors.append(values)
        return np.column_stack(vectors).astype(np.float64)

    def find_pooled(self, table: pd.DataFrame) -> np.ndarray:
        """Which cells of the matrix do not say their category, bool of shape (rows, columns).

        Rare categories are not told apart: `read` fills their cells with draws from the others. Nor are those
        beyond as many as there are codes.
        """
        pooled = np.zeros((len(table), len(self.encoding.columns)), dtype=bool)
        for place, column in enumerate(self.encoding.columns):
            if isinstance(column, BoundedCategoryEncoding):
                pooled[:, place] = column.find_rare(table[column.name])
            if len(self.ranks.get(column.name, ())) > MOST_CODES:
                codes = self.ranks[column.name][_read(column, table[column.name])]
                pooled[:, place] |= codes == MOST_CODES - 1
        return pooled

    @property
    def number_encodings(self) -> tuple[NumberEncoding | DatetimeEncoding, ...]:
        """The encodings of the columns that hold numbers or dates."""
        return tuple(
            one for one in self.encoding.columns if isinstance(one, NumberEncoding | DatetimeEncoding)
        )

    def read_codes(self, table: pd.DataFrame, name: str) -> np.ndarray:
        """The category number of each row in one categorical column."""
        (column,) = (one for one in self.encoding.columns if one.name == name)
        return _read(column, table[name])

    def find_never_drawn(self, drawn: pd.DataFrame, least_share: float) -> dict[str, list[str]]:
        """Categories of at least `least_share` of the training rows that no drawn row has, by column."""
        found: dict[str, list[str]] = {}
        for name, shares in self.shares.items():
            is_absent = np.bincount(self.read_codes(drawn, name), minlength=len(shares)) == 0
            codes = np.flatnonzero(is_absent & (shares >= least_share))
            if len(codes):
                categories = self.encoding.categories[name].categories
                found[name] = [_name(categories[code]) for code in codes]
        return found

    @property
    def values(self) -> dict[str, Any]:
        """JSON-able values, for `from_parts`."""
        return {"encoding": self.encoding.as_dict()}

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """The shares and the edges, in the order of their columns; the ranks follow from the shares."""
        shares = {f"shares.{place}": one for place, one in enumerate(self.shares.values())}
        return shares | {f"edges.{place}": one for place, one in enumerate(self.edges.values())}

    @classmethod
    def from_parts(cls, values: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Self:
        """The features again from `values` and `arrays`."""
        encoding = TableEncoding.from_dict(values["encoding"])
        names = [column.name for column in encoding.columns if is_categorical(column)]
        shares = {name: arrays[f"shares.{place}"] for place, name in enumerate(names)}
        numbers = [column.name for column in encoding.columns if not is_categorical(column)]
        edges = {
            name: arrays[f"edges.{place}"] for place, name in enumerate(numbers) if f"edges.{place}" in arrays
        }
        return cls(encoding, {name: _rank(one) for name, one in shares.items()}, shares, edges)


def is_categorical(column: ColumnEncoding) -> bool:
    """Whether a column holds categories."""
    return isinstance(column, CategoryEncoding | BoundedCategoryEncoding)


def _read(column: ColumnEncoding, series: pd.Series) -> np.ndarray:
    """Category numbers, or numbers with NaN for missing cells."""
    if isinstance(column, CategoryEncoding):
        return column.codes(series)
    if isinstance(column, BoundedCategoryEncoding):
        return column.numbers(series, np.random.default_rng(_FILL_SEED))
    return column.numbers(series)


def _find_edges(numbers: np.ndarray, step: float) -> np.ndarray:
    """Where the cells of a column begin and end (half a step off its grid); each shared value has its own."""
    cells, _ = learn_cells(numbers[~np.isnan(numbers)], step, _NUMBER_BINS)
    first, last = cells.bounds(step)
    ends = last + step / 2 if step else np.where(first == last, np.nextafter(last, np.inf), last)
    return np.unique(np.concatenate([first - step / 2, ends]))


def _rank(shares: np.ndarray) -> np.ndarray:
    ranks = np.empty(len(shares), dtype=np.int64)
    ranks[np.argsort(-shares, kind="stable")] = np.arange(len(shares))
    # The rarest categories beyond share the last code.
    return np.minimum(ranks, MOST_CODES - 1)


def _name(category: Any) -> str:
    return "(missing)" if category is None else str(category)
