"""Columns that are named after the key of another table and hold other values: said, not passed over."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.datasets.detection.names import read_name
from pipeline.datasets.related.columns import KeyColumn, KeyColumns, ValueKind
from pipeline.datasets.related.naming import (
    Agreement,
    compare_names,
    has_id_word,
    is_surely_id,
    names_own_table,
)
from pipeline.errors import DataError

_NEARLY = 0.9  # of a child's rows, for values to be the same ones in another form
_KEYS = (ValueKind.WHOLE, ValueKind.CODE, ValueKind.TEXT)
_SIGNS = re.compile(r"[\W_]+")
_ZEROS = re.compile(r"(?<!\d)0+(?=\d)")


@dataclass(frozen=True)
class Mismatch:
    """A column that by its name refers to a key, with the rows that have a value and those without a parent.

    `alike` rows have one if case, leading zeros and punctuation do not count.
    """

    child: str
    column: str
    parent: str
    key: str
    agreement: Agreement
    rows: int
    orphans: int
    alike: int

    @property
    def is_surely_meant(self) -> bool:
        """Whether it must be a foreign key: by its name alone, or by values in another form."""
        is_named = self.agreement is Agreement.TABLE and is_surely_id(self.column)
        return is_named or self.alike >= _NEARLY * self.rows

    def describe(self) -> str:
        """The names and counts in words, without a value."""
        text = (
            f"{self.child}.{self.column} is named after {self.parent}.{self.key}, but {self.orphans:,} of "
            f"{self.rows:,} rows hold no value of it"
        )
        if self.alike <= self.rows - self.orphans:
            return text
        form = "if upper and lower case, leading zeros and punctuation did not count"
        return f"{text}; {form}, {self.alike:,} rows would"


def find_mismatches(
    columns: KeyColumns, keys: Mapping[str, tuple[str, ...]], taken: Collection[tuple[str, str]]
) -> tuple[Mismatch, ...]:
    """The columns in no relation whose names say that they are one; `taken` are (table, column) pairs."""
    single = {table: key[0] for table, key in keys.items() if len(key) == 1}
    found = [
        max(candidates, key=lambda one: (one.agreement, one.alike))
        for child in columns.tables
        for name in columns.list_names(child)
        if (child, name) not in taken
        and (candidates := list(_compare_all(child, name, columns, keys.get(child, ()), single)))
    ]
    return tuple(found)


def refuse_mismatches(found: Sequence[Mismatch]) -> None:
    """Raise DataError for columns that must be foreign keys and whose values do not fit."""
    meant = [one for one in found if one.is_surely_meant]
    if meant:
        first = meant[0]
        raise DataError(
            f"{'; '.join(one.describe() for one in meant[:3])}.",
            "write the values as the key has them, give a sample whose tables belong together, or say that "
            f"the column is no foreign key: `add ... --no-relation {first.child}.{first.column}`.",
        )


def _compare_all(
    child: str, name: str, columns: KeyColumns, own_key: tuple[str, ...], keys: Mapping[str, str]
) -> Iterator[Mismatch]:
    is_own_key = own_key == (name,) and names_own_table(name, child)
    if is_own_key or not has_id_word(name) or read_name(name).is_measure:
        return
    column = columns.get(child, name)
    if column.kind not in _KEYS:
        return
    for parent, key in keys.items():
        agreement = compare_names(name, parent, key)
        if parent != child and agreement is not Agreement.NONE and columns.get(parent, key).kind in _KEYS:
            yield _count(child, parent, column, columns.get(parent, key), agreement)


def _count(child: str, parent: str, column: KeyColumn, key: KeyColumn, agreement: Agreement) -> Mismatch:
    counts = np.bincount(column.codes[column.codes >= 0], minlength=len(column.distinct))
    is_known = key.distinct.get_indexer(column.distinct) >= 0
    is_alike = pd.Index(_plain(column)).isin(_plain(key))
    rows = int(counts.sum())
    orphans = rows - int(counts[is_known].sum())
    return Mismatch(
        child, column.name, parent, key.name, agreement, rows, orphans, int(counts[is_alike].sum())
    )


def _plain(column: KeyColumn) -> list[str]:
    return [_ZEROS.sub("", _SIGNS.sub("", str(text).casefold())) for text in column.distinct]
