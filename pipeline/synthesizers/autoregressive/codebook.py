"""Codebooks: the columns of a table as whole numbers and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import accumulate
from typing import Any, Self

import numpy as np
import pandas as pd

from pipeline.datasets.spec import ModelledColumn, ModelledType
from pipeline.synthesizers.bounded_categories import CodeGrid
from pipeline.synthesizers.cells import Cells, learn_cells
from pipeline.synthesizers.columns import CategoryEncoding, DatetimeEncoding, NumberEncoding
from pipeline.synthesizers.ends import FEWEST_ROWS
from pipeline.synthesizers.protocol import take_arrays
from pipeline.synthesizers.width import ColumnPlan, Treatment, count_categories


@dataclass(frozen=True)
class DrawnColumn:
    """A column with its variables, which follow one another in drawing order."""

    name: str
    book: Book
    variables: range


@dataclass(frozen=True)
class Codebook:
    """The books of all columns, in table order; the rest follows from their sizes.

    Variables are drawn column by column, narrow columns first: measured on bank marketing, that order
    gives a better likelihood than the table's own (25.07 against 25.30 nats a row) or the reverse (25.36).
    """

    books: tuple[Book, ...]

    @classmethod
    def learn(
        cls, table: pd.DataFrame, columns: tuple[ModelledColumn, ...], plans: tuple[ColumnPlan, ...]
    ) -> tuple[Self, np.ndarray]:
        """Give the codebook of a table and its codes, shape rows × variables in drawing order.

        A column whose plan splits it takes two variables.
        """
        split = {plan.column for plan in plans if plan.treatment is Treatment.SPLIT}
        learned = [_learn_book(table[column.name], column.kind, column.name in split) for column in columns]
        codebook = cls(tuple(book for book, _ in learned))
        return codebook, np.concatenate([learned[place][1] for place in codebook.order], axis=1)

    @property
    def names(self) -> tuple[str, ...]:
        """The columns in table order."""
        return tuple(book.encoding.name for book in self.books)

    @cached_property
    def order(self) -> tuple[int, ...]:
        """The places of the columns in the table, in drawing order."""
        return tuple(sorted(range(len(self.books)), key=lambda place: sum(self.books[place].sizes)))

    @cached_property
    def drawn(self) -> tuple[DrawnColumn, ...]:
        """The columns in drawing order."""
        books = [self.books[place] for place in self.order]
        starts = accumulate((len(book.sizes) for book in books), initial=0)
        return tuple(
            DrawnColumn(book.encoding.name, book, range(start, start + len(book.sizes)))
            for book, start in zip(books, starts, strict=False)
        )

    @property
    def sizes(self) -> tuple[int, ...]:
        """The number of codes of each variable, in drawing order."""
        return tuple(size for column in self.drawn for size in column.book.sizes)

    @property
    def ordered_codes(self) -> tuple[int, ...]:
        """How many leading codes of each variable stand in increasing order of value; 0 for categories."""
        return tuple(
            len(column.book.cells) if isinstance(column.book, NumberBook) else 0
            for column in self.drawn
            for _ in column.variables
        )

    @property
    def categories(self) -> dict[str, CategoryEncoding]:
        """The categorical columns by name, with the categories that can be sampled."""
        return {book.encoding.name: book.encoding for book in self.books if isinstance(book, CategoryBook)}

    def restore(self, codes: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
        """The table of sampled codes (rows × variables in drawing order), columns in table order."""
        parts = {
            column.name: column.book.restore(codes[:, column.variables.start : column.variables.stop], rng)
            for column in self.drawn
        }
        return pd.DataFrame({name: parts[name] for name in self.names})

    @property
    def values(self) -> dict[str, Any]:
        """All JSON-able values."""
        return {"books": [book.as_dict() for book in self.books]}

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """All arrays by name."""
        return {
            f"cells.{place}.{name}": array
            for place, book in enumerate(self.books)
            if isinstance(book, NumberBook)
            for name, array in book.cells.arrays.items()
        }

    @classmethod
    def from_parts(cls, values: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Self:
        """The codebook again from `values` and `arrays`."""
        return cls(tuple(_load_book(book, place, arrays) for place, book in enumerate(values["books"])))


def _learn_book(series: pd.Series, kind: ModelledType, is_split: bool) -> tuple[Book, np.ndarray]:
    if kind in (ModelledType.NUMERICAL, ModelledType.DATETIME):
        return NumberBook.learn(series, kind)
    return CategoryBook.learn(series, is_split)


def _load_book(values: Mapping[str, Any], place: int, arrays: Mapping[str, np.ndarray]) -> Book:
    if "has_rare" in values:
        return CategoryBook.from_dict(values)
    return NumberBook.from_dict(values, Cells.from_arrays(take_arrays(arrays, f"cells.{place}.")))


@dataclass(frozen=True)
class NumberBook:
    """The codes of one numeric or date column: its cells in increasing order, then one for missing cells."""

    encoding: NumberEncoding | DatetimeEncoding
    cells: Cells

    @classmethod
    def learn(cls, series: pd.Series, kind: ModelledType) -> tuple[Self, np.ndarray]:
        """Give the book of a column and the codes of its rows, shape rows × 1."""
        of_kind = DatetimeEncoding if kind is ModelledType.DATETIME else NumberEncoding
        encoding: NumberEncoding | DatetimeEncoding = of_kind.learn(series)
        numbers = encoding.numbers(series)
        is_observed = ~np.isnan(numbers)
        cells, observed_codes = learn_cells(numbers[is_observed], encoding.step)
        codes = np.full(len(series), len(cells), dtype=np.int64)
        codes[is_observed] = observed_codes
        return cls(encoding, cells), codes[:, None]

    @property
    def sizes(self) -> tuple[int, ...]:
        """The number of codes of the one variable."""
        return (len(self.cells) + self.encoding.has_missing,)

    @property
    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """The least and the greatest number that each cell can give, in the encoding's own count."""
        return self.cells.bounds(self.encoding.step)

    def allowed(self, is_wanted: np.ndarray, _earlier: np.ndarray) -> np.ndarray:
        """Which codes of the variable are wanted, shape 1 × codes: the same for all rows."""
        return is_wanted[None]

    def restore(self, codes: np.ndarray, rng: np.random.Generator) -> pd.Series:
        """The column of sampled codes (rows × 1) in its own dtype; `rng` draws inside the cells."""
        is_missing = codes[:, 0] == len(self.cells)
        numbers = np.zeros(len(codes))
        numbers[~is_missing] = self.cells.draw(codes[~is_missing, 0], rng)
        return self.encoding.values(numbers, is_missing if is_missing.any() else None)

    def as_dict(self) -> dict[str, Any]:
        """JSON-able values for `from_dict`; the cells are arrays and go their own way."""
        return {"encoding": asdict(self.encoding), "is_date": isinstance(self.encoding, DatetimeEncoding)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], cells: Cells) -> Self:
        """The book again from its plain values and its cells."""
        encoding = DatetimeEncoding if values["is_date"] else NumberEncoding
        return cls(encoding.from_dict(values["encoding"]), cells)


@dataclass(frozen=True)
class CategoryBook:
    """The codes of one categorical column, as one variable or, `is_split`, as two.

    Only categories with enough rows are known to `encoding`; the rare ones share one code of their own,
    the last of the first variable. The network learns around it, and sampling never gives it: its share
    goes to the known categories in the proportions of the current row. With two variables a category is a
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


Book = CategoryBook | NumberBook
