"""Modelled rows as a matrix for trees: numbers as they are, categories as codes, missing cells as NaN."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from pipeline.datasets.spec import ModelledColumn
from pipeline.synthesizers.bounded_categories import BoundedCategoryEncoding
from pipeline.synthesizers.columns import CategoryEncoding, DatetimeEncoding, NumberEncoding
from pipeline.synthesizers.encoding import ColumnEncoding, TableEncoding, learn_unsplit
from pipeline.synthesizers.refinement.trees import MOST_CODES

_FILL_SEED = 0
_STRETCHES = 20


@dataclass(frozen=True)
class RowFeatures:
    """The encoding of real training rows, and the code of each category: its rank by frequency.

    `ranks` maps each categorical column to an array with an entry for each of its categories, `shares` to the
    share of the training rows that each holds. `stretches` maps each column of numbers to the inner ends of
    stretches with about equally many rows, and `held` to the shares of missing cells and of each stretch.
    """

    encoding: TableEncoding
    ranks: Mapping[str, np.ndarray]
    shares: Mapping[str, np.ndarray]
    stretches: Mapping[str, np.ndarray]
    held: Mapping[str, np.ndarray]

    @classmethod
    def learn(cls, training: pd.DataFrame, columns: tuple[ModelledColumn, ...]) -> Self:
        """Learn from training rows; rare categories have no code, as in the synthesizers."""
        encoding = learn_unsplit(training, columns)
        shares = {
            column.name: np.bincount(_read(column, training[column.name])) / len(training)
            for column in encoding.columns
            if is_categorical(column)
        }
        numbers = {
            column.name: _read(column, training[column.name])
            for column in encoding.columns
            if not is_categorical(column)
        }
        stretches = {name: find_edges(values) for name, values in numbers.items()}
        held = {
            name: np.bincount(find_cells(values, stretches[name]), minlength=len(stretches[name]) + 2)
            / len(training)
            for name, values in numbers.items()
        }
        return cls(encoding, {name: _rank(one) for name, one in shares.items()}, shares, stretches, held)

    def list_shares(self) -> list[np.ndarray]:
        """The shares of the training rows in each column that `read_places` reads."""
        return [*self.shares.values(), *self.held.values()]

    def read_places(self, table: pd.DataFrame) -> list[np.ndarray]:
        """The category or stretch of each row, for each column of `list_shares`."""
        columns = {column.name: column for column in self.encoding.columns}
        codes = [_read(columns[name], table[name]) for name in self.shares]
        cells = [
            find_cells(_read(columns[name], table[name]), edges) for name, edges in self.stretches.items()
        ]
        return [*codes, *cells]

    @property
    def is_categorical(self) -> np.ndarray:
        """Which columns of the matrix hold codes, shape (columns,)."""
        return np.array([column.name in self.ranks for column in self.encoding.columns], dtype=bool)

    def read(self, table: pd.DataFrame) -> np.ndarray:
        """The matrix of a modelled table, float64 of shape (rows, columns)."""
        vectors = []
        for column in self.encoding.columns:
            values = _read(column, table[column.name])
            vectors.append(self.ranks[column.name][values] if column.name in self.ranks else values)
        return np.column_stack(vectors).astype(np.float64)

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
        """The shares, in the order of the columns; the ranks follow from them."""
        parts = {"shares": self.shares, "stretches": self.stretches, "held": self.held}
        return {
            f"{part}.{place}": array
            for part, arrays in parts.items()
            for place, array in enumerate(arrays.values())
        }

    @classmethod
    def from_parts(cls, values: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Self:
        """The features again from `values` and `arrays`."""
        encoding = TableEncoding.from_dict(values["encoding"])
        names = [column.name for column in encoding.columns if is_categorical(column)]
        shares = {name: arrays[f"shares.{place}"] for place, name in enumerate(names)}
        # Models of earlier versions have no stretches: their numbers stay as they are drawn.
        numbers = [column.name for column in encoding.columns if not is_categorical(column)]
        stretches, held = (
            {
                name: arrays[f"{part}.{place}"]
                for place, name in enumerate(numbers)
                if f"{part}.{place}" in arrays
            }
            for part in ("stretches", "held")
        )
        return cls(encoding, {name: _rank(one) for name, one in shares.items()}, shares, stretches, held)


def is_categorical(column: ColumnEncoding) -> bool:
    """Whether a column holds categories."""
    return isinstance(column, CategoryEncoding | BoundedCategoryEncoding)


def find_edges(numbers: np.ndarray) -> np.ndarray:
    """Inner ends of stretches with about equally many rows; at least one, which codes do not have."""
    known = numbers[~np.isnan(numbers)]
    if not len(known):
        return np.zeros(1)
    return np.unique(np.quantile(known, np.arange(1, _STRETCHES) / _STRETCHES))


def find_cells(numbers: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Cell 0 for missing cells, stretches from 1 on."""
    return np.where(np.isnan(numbers), 0, np.searchsorted(edges, numbers, side="left") + 1)


def _read(column: ColumnEncoding, series: pd.Series) -> np.ndarray:
    """Category numbers, or numbers with NaN for missing cells."""
    if isinstance(column, CategoryEncoding):
        return column.codes(series)
    if isinstance(column, BoundedCategoryEncoding):
        return column.numbers(series, np.random.default_rng(_FILL_SEED))
    return column.numbers(series)


def _rank(shares: np.ndarray) -> np.ndarray:
    ranks = np.empty(len(shares), dtype=np.int64)
    ranks[np.argsort(-shares, kind="stable")] = np.arange(len(shares))
    # The rarest categories beyond share the last code.
    return np.minimum(ranks, MOST_CODES - 1)


def _name(category: Any) -> str:
    return "(missing)" if category is None else str(category)
