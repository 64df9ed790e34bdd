"""Primary keys of tables that declare none: one column, or two or three where no single one is a key."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from pipeline.datasets.detection.names import read_name
from pipeline.datasets.related.columns import KeyColumn, KeyColumns, ValueKind, number_rows
from pipeline.datasets.related.naming import (
    Agreement,
    compare_names,
    has_id_word,
    is_counter,
    is_surely_id,
    names_own_table,
)

_ENOUGH = 2
_MOST_COLUMNS = 8  # that may be part of a composite key
_SAMPLE_ROWS = 5_000
_FEWEST_REPEATS, _REPEAT_SHARE = 10, 0.2  # among rows dealt anew, for a composite key to be no chance
_FEWEST_ROWS = 20  # for a unique column to be a key without being the primary one
_NEARLY = 0.95


def find_primary_key(table: str, columns: KeyColumns) -> tuple[str, ...]:
    """The columns of the primary key of a table; empty where none can be told."""
    points = {name: _score(table, name, columns) for name in columns.list_names(table)}
    singles = {
        name: score
        for name, score in points.items()
        if score >= _ENOUGH and columns.get(table, name).is_unique
    }
    if singles:
        return (max(singles, key=lambda name: singles[name]),)
    found = (
        names for names in _list_combinations(table, columns) if _is_composite_key(table, names, columns)
    )
    return next(found, ())


def describe_key(table: str, key: Sequence[str], columns: KeyColumns) -> str:
    """The evidence for a key that holds, in words and without a value of the table."""
    noun = "value" if len(key) == 1 else "combination"
    counted = f"no {noun} comes twice in {columns.count_rows(table):,} rows"
    is_named = len(key) == 1 and (names_own_table(key[0], table) or has_id_word(key[0]))
    return f"{counted}; the name says so" if is_named else counted


def find_near_key(table: str, columns: KeyColumns) -> str:
    """The column that is named as the key of its table and is nearly unique, "" where there is none.

    For tables without a primary key: rows that come twice are an error of the export more often than not.
    """
    for name in columns.list_names(table):
        column = columns.get(table, name)
        rows = max(1, len(column.codes))
        is_near = len(column.distinct) >= _NEARLY * rows and column.missing <= (1 - _NEARLY) * rows
        if names_own_table(name, table) and has_id_word(name) and is_near and _may_identify(column):
            return name
    return ""


def find_unique_columns(table: str, columns: KeyColumns, taken: Sequence[str]) -> tuple[str, ...]:
    """Columns besides `taken` whose values are unique, and not by chance: identifiers by name, addresses."""
    if columns.count_rows(table) < _FEWEST_ROWS:
        return ()
    return tuple(
        name
        for name in columns.list_names(table)
        if name not in taken and columns.get(table, name).is_unique and _is_named(columns.get(table, name))
    )


def _is_named(column: KeyColumn) -> bool:
    hints = read_name(column.name)
    is_address = column.kind is ValueKind.CODE and all("@" in str(text) for text in column.distinct[:100])
    is_named = is_surely_id(column.name) or (hints.is_identifier and not hints.is_public)
    return is_address or (
        is_named and not hints.is_measure and column.kind in (ValueKind.WHOLE, ValueKind.CODE)
    )


def _may_identify(column: KeyColumn) -> bool:
    return column.kind in (ValueKind.WHOLE, ValueKind.CODE, ValueKind.TEXT)


def _score(table: str, name: str, columns: KeyColumns) -> int:
    """Points for a column as the key of its table by itself, if it is unique."""
    column, hints = columns.get(table, name), read_name(name)
    is_first = name == columns.list_names(table)[0]
    if column.kind is ValueKind.DATE:
        return _ENOUGH if is_first else 0
    if not _may_identify(column) or (hints.is_measure and not has_id_word(name)):
        return 0
    is_own = names_own_table(name, table)
    points = 4 if is_own else 3 if has_id_word(name) or hints.is_identifier else 0
    points += is_first + (column.kind in (ValueKind.WHOLE, ValueKind.CODE))
    return points - 3 * (not is_own and _names_other(table, name, columns))


def _names_other(table: str, name: str, columns: KeyColumns) -> bool:
    others = (other for other in columns.tables if other != table)
    return any(compare_names(name, other, "") is not Agreement.NONE for other in others)


def _list_combinations(table: str, columns: KeyColumns) -> Iterator[tuple[str, ...]]:
    """Two and three columns that may be a key together, the likeliest first."""
    names = columns.list_names(table)
    costs = {name: _cost(table, name, columns) for name in names}
    allowed = sorted((name for name in names if costs[name] >= 0), key=lambda name: costs[name])
    kept = [name for name in names if name in allowed[:_MOST_COLUMNS]]
    for size in (2, 3):
        yield from sorted(combinations(kept, size), key=lambda one: sum(costs[name] for name in one))


def _cost(table: str, name: str, columns: KeyColumns) -> int:
    """How unlikely a column is a part of a key, from 0 for one that names a table; -1 where it is none."""
    column, hints = columns.get(table, name), read_name(name)
    is_counted = is_counter(name) and column.kind is ValueKind.WHOLE
    if column.missing or len(column.distinct) < 2:
        return -1
    if column.kind is ValueKind.DATE or is_counted:
        return 1
    if column.kind not in (ValueKind.WHOLE, ValueKind.CODE, ValueKind.TEXT):
        return -1
    if hints.is_measure and not has_id_word(name):
        return -1
    if has_id_word(name) or _names_other(table, name, columns):
        return 0
    return 2 if column.kind is not ValueKind.TEXT else 3


def _is_composite_key(table: str, names: Sequence[str], columns: KeyColumns) -> bool:
    parts = columns.list(table, names)
    head = [KeyColumn(one.name, one.codes[:_SAMPLE_ROWS], one.distinct) for one in parts]
    if _has_repeats(number_rows(head)) or _has_repeats(number_rows(parts)):
        return False
    leading = columns.list_names(table)[: len(names)]
    is_named = all(_cost(table, name, columns) == 0 or is_counter(name) for name in names)
    return (is_named and tuple(names) == leading) or _would_repeat(parts)


def _has_repeats(numbers: np.ndarray) -> bool:
    return bool(pd.Series(numbers).duplicated().any())


def _would_repeat(parts: Sequence[KeyColumn]) -> bool:
    """Whether rows would repeat if the columns had nothing to do with each other: else it is chance."""
    generator = np.random.default_rng(0)
    dealt = [parts[0]]
    for part in parts[1:]:
        dealt.append(KeyColumn(part.name, generator.permutation(part.codes), part.distinct))
    repeats = int(pd.Series(number_rows(dealt)).duplicated().sum())
    return repeats >= min(_FEWEST_REPEATS, max(3, _REPEAT_SHARE * len(parts[0].codes)))
