"""Columns as keys: their distinct values, and in which row of another table each value is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import numpy as np
import pandas as pd

from pipeline.datasets.parsing import MISSING_NUMBER_WORDS, guess_date_format

RelatedTables = Mapping[str, pd.DataFrame]
"""Raw tables with all of their columns, as text (None for missing)."""

NO_PARENT = -1
ORPHAN = -2

_SAMPLE = 2_000
_WHOLE = re.compile(r"[+-]?\d{1,18}")
_WHOLE_FLOAT = re.compile(r"[+-]?\d{1,15}(\.0+)?")
_NUMBER = re.compile(r"[+-]?(\d[\d,' ]*(?:\.\d*)?|\.\d+)([eE][+-]?\d+)?\s*%?")
_LONG_TEXT = 40
_MISSING_TEXTS = frozenset({"null", "none", "nan", "n/a", "#n/a"})
_LARGEST = 2**62


class ValueKind(StrEnum):
    """What the values of a column are, as far as keys are concerned."""

    WHOLE = "whole"
    NUMBER = "number"
    DATE = "date"
    CODE = "code"
    TEXT = "text"
    EMPTY = "empty"


@dataclass(frozen=True, eq=False)
class KeyColumn:
    """One column: `distinct` values in the form in which keys are compared, `codes` of the rows (-1 missing).

    Blanks around values do not count, and 7.0 is 7 where all values are whole numbers.
    """

    name: str
    codes: np.ndarray
    distinct: pd.Index

    @property
    def missing(self) -> int:
        """Rows without a value."""
        return int((self.codes < 0).sum())

    @property
    def is_unique(self) -> bool:
        """Whether every row has a value of its own."""
        return bool(len(self.codes)) and len(self.distinct) == len(self.codes) and not self.missing

    @cached_property
    def kind(self) -> ValueKind:
        """What the values are, by a sample of the distinct ones."""
        texts = [str(text) for text in self._sample()]
        if not texts:
            return ValueKind.EMPTY
        if all(_WHOLE.fullmatch(text) for text in texts):
            return ValueKind.WHOLE
        if guess_date_format(pd.Series(texts, dtype=object)) is not None:
            return ValueKind.DATE
        if all(_NUMBER.fullmatch(text) for text in texts):
            return ValueKind.NUMBER
        blanks = sum(" " in text for text in texts)
        is_code = blanks * 10 <= len(texts) and max(map(len, texts)) <= _LONG_TEXT
        return ValueKind.CODE if is_code else ValueKind.TEXT

    @cached_property
    def span(self) -> int:
        """How many whole numbers lie between the least and the greatest of a column of whole numbers."""
        numbers = pd.to_numeric(pd.Series(self.distinct), errors="coerce")
        return int(numbers.max() - numbers.min()) + 1

    def _sample(self) -> pd.Index:
        places = np.linspace(0, len(self.distinct) - 1, min(_SAMPLE, len(self.distinct))).astype(int)
        return self.distinct[np.unique(places)]


class KeyColumns:
    """The columns of several tables as keys, each made when it is first asked for."""

    def __init__(self, tables: RelatedTables) -> None:
        self.tables = tables
        self._made: dict[tuple[str, str], KeyColumn] = {}

    def get(self, table: str, column: str) -> KeyColumn:
        """One column."""
        found = self._made.get((table, column))
        if found is None:
            found = self._made[table, column] = make_key_column(self.tables[table][column])
        return found

    def list_names(self, table: str) -> tuple[str, ...]:
        """The names of a table's columns in their order."""
        return tuple(map(str, self.tables[table].columns))

    def list(self, table: str, columns: Sequence[str]) -> tuple[KeyColumn, ...]:
        """Several columns of one table."""
        return tuple(self.get(table, column) for column in columns)

    def count_rows(self, table: str) -> int:
        """The rows of a table."""
        return len(self.tables[table])


def make_key_column(texts: pd.Series) -> KeyColumn:
    """A column of text as a key."""
    codes, distinct = pd.factorize(texts)
    forms = _plain_forms([str(text).strip() for text in distinct])
    again, values = pd.factorize(pd.Series(forms, dtype=object))
    mapped = np.append(again, -1).astype(np.int64)[codes]
    return KeyColumn(str(texts.name), mapped, pd.Index(values, dtype=object))


def number_rows(columns: Sequence[KeyColumn]) -> np.ndarray:
    """A number for each row, equal where all columns are; -1 where one has no value."""
    numbers, _ = _combine([column.codes for column in columns], [len(one.distinct) for one in columns])
    return numbers


def count_repeats(columns: Sequence[KeyColumn]) -> tuple[int, int]:
    """How many rows repeat an earlier one in all of the columns, and the first of them (from 1, else 0)."""
    numbers = number_rows(columns)
    is_repeated = pd.Series(numbers).duplicated().to_numpy() & (numbers >= 0)
    return int(is_repeated.sum()), int(is_repeated.argmax()) + 1 if is_repeated.any() else 0


def find_positions(child: Sequence[KeyColumn], parent: Sequence[KeyColumn]) -> np.ndarray:
    """For each row of the child the first row (from 0) of the parent with the same values.

    NO_PARENT where a column has no value, ORPHAN where no row of the parent has these values.
    """
    mapped = [_map_codes(one, two) for one, two in zip(child, parent, strict=True)]
    is_missing = np.any([one.codes < 0 for one in child], axis=0)
    sizes = [len(one.distinct) for one in parent]
    rows = len(parent[0].codes)
    joined = [np.concatenate([two.codes, one]) for one, two in zip(mapped, parent, strict=True)]
    numbers, _ = _combine(joined, sizes)
    firsts = pd.Series(np.arange(rows), index=numbers[:rows])
    firsts = firsts[(firsts.index >= 0) & ~firsts.index.duplicated()]
    places = firsts.index.get_indexer(pd.Index(numbers[rows:]))
    known = np.append(firsts.to_numpy(dtype=np.int64), ORPHAN)[places]
    return np.where(is_missing, NO_PARENT, known)


def _map_codes(child: KeyColumn, parent: KeyColumn) -> np.ndarray:
    """The codes of the child among the values of the parent, -1 for missing and unknown ones."""
    places = parent.distinct.get_indexer(child.distinct)
    return np.append(places, -1).astype(np.int64)[child.codes]


def _combine(codes: Sequence[np.ndarray], sizes: Sequence[int]) -> tuple[np.ndarray, int]:
    """One number for the codes of several columns, and how many numbers there could be."""
    numbers, size = codes[0].astype(np.int64), max(1, sizes[0])
    is_missing = codes[0] < 0
    for column, count in zip(codes[1:], sizes[1:], strict=True):
        is_missing |= column < 0
        if size * max(1, count) >= _LARGEST:
            numbers, distinct = pd.factorize(numbers)
            size = len(distinct)
        numbers, size = numbers * max(1, count) + column, size * max(1, count)
    return np.where(is_missing, -1, numbers), size


def _plain_forms(texts: Sequence[str]) -> list[str | None]:
    """Distinct values as keys are compared: None for words for no value, 7 for 7.0 among whole numbers."""
    lower = [text.lower() for text in texts]
    is_word = [word in MISSING_NUMBER_WORDS for word in lower]
    others = [text for text, gone in zip(texts, is_word, strict=True) if not gone]
    if others and all(_WHOLE_FLOAT.fullmatch(text) for text in others):
        return [None if gone else text.partition(".")[0] for text, gone in zip(texts, is_word, strict=True)]
    return [
        None if word in _MISSING_TEXTS or not word else text for text, word in zip(texts, lower, strict=True)
    ]
