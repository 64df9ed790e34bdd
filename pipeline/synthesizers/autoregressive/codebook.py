"""A whole table ↔ codes: which variables there are, in which order they are drawn, and what they mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Any, Self

import numpy as np
import pandas as pd

from pipeline.datasets.spec import ModelledColumn, ModelledType
from pipeline.synthesizers.autoregressive.category_book import CategoryBook
from pipeline.synthesizers.autoregressive.number_book import NumberBook
from pipeline.synthesizers.cells import Cells
from pipeline.synthesizers.columns import CategoryEncoding
from pipeline.synthesizers.width import ColumnPlan, Treatment

Book = CategoryBook | NumberBook


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
    start = f"cells.{place}."
    cells = {name.removeprefix(start): array for name, array in arrays.items() if name.startswith(start)}
    return NumberBook.from_dict(values, Cells.from_arrays(cells))
