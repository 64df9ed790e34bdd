"""Foreign keys of tables that declare none, by names, by types, and by which values are in which table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.datasets.detection.names import read_name
from pipeline.datasets.related.circles import find_circles
from pipeline.datasets.related.columns import (
    NO_PARENT,
    ORPHAN,
    KeyColumn,
    KeyColumns,
    ValueKind,
    find_positions,
)
from pipeline.datasets.related.naming import (
    Agreement,
    compare_names,
    compare_with_own,
    has_id_word,
    has_same_name,
    is_surely_id,
    names_own_table,
)
from pipeline.datasets.related.schema import Relation

PrimaryKeys = Mapping[str, tuple[str, ...]]

_SHARE_OF_ROLE, _SHARE_OF_NAME = 0.9, 0.1  # of a child's values, below which names agree by chance
_FEWEST_VALUES, _FEWEST_OF_DENSE = 10, 20  # distinct ones of the child where no name agrees
_HALF = 0.5  # of the parent's values
_SPARSE = 0.2  # of the numbers in their range that keys may use for inclusion to be no chance


@dataclass(frozen=True)
class _Candidate:
    """A column that may refer to a key of one column, with the evidence."""

    parent: str
    key: str
    agreement: Agreement
    share: float
    coverage: float
    is_dense: bool


def find_relations(
    columns: KeyColumns, keys: PrimaryKeys, unique: Mapping[str, Sequence[str]], taken: set[tuple[str, str]]
) -> tuple[Relation, ...]:
    """Foreign keys of one column each, the best parent for each column; orphans may be among their rows.

    `keys` are the primary keys, `unique` further columns that are keys; `taken` are (table, column) pairs
    that need no relation.
    """
    found: list[Relation] = []
    for child in columns.tables:
        for name in columns.list_names(child):
            if (child, name) not in taken:
                found += _find_parent(child, name, columns, keys, unique)
    return _without_mutual(found, columns)


def describe_relation(relation: Relation, positions: np.ndarray, is_named: bool) -> str:
    """The evidence for a relation in words, without a value of a table."""
    rows, empty = len(positions), int((positions == NO_PARENT).sum())
    noun = "another row of the table" if relation.is_self else f"a row in {relation.parent}"
    if empty:
        counted = (
            f"{rows - empty:,} of {rows:,} rows have {noun}, {empty:,} {'has' if empty == 1 else 'have'} none"
        )
    else:
        counted = f"all {rows:,} rows have {noun}"
    if relation.is_self:
        counted += _tell_circles(positions)
    return f"{counted}; {'the names agree' if is_named else 'the values alone say so'}"


def _tell_circles(positions: np.ndarray) -> str:
    """How many rows refer to each other in circles, where some do; to itself a row may refer."""
    own = np.arange(len(positions))
    inside, _ = find_circles(np.where((positions == own) | (positions < 0), -1, positions))
    if not len(inside):
        return ""
    return f", {len(inside):,} rows refer to each other in circles, which generated rows do not"


def are_named_alike(relation: Relation) -> bool:
    """Whether the names of the columns of a relation agree with those that they refer to."""
    compare = compare_with_own if relation.is_self else compare_names
    return all(
        has_same_name(one, two) or compare(one, relation.parent, two) is not Agreement.NONE
        for one, two in zip(relation.columns, relation.parent_columns, strict=True)
    )


def _find_parent(
    child: str, name: str, columns: KeyColumns, keys: PrimaryKeys, unique: Mapping[str, Sequence[str]]
) -> Iterator[Relation]:
    """The relation of a column to the table that it names best, if there is one."""
    column = columns.get(child, name)
    is_own_key = keys.get(child) == (name,) and names_own_table(name, child)
    if is_own_key or column.kind in (ValueKind.EMPTY, ValueKind.NUMBER):
        return
    if column.kind is ValueKind.DATE:
        yield from () if keys.get(child) == (name,) else _find_calendar(child, column, columns, keys)
        return
    candidates = [
        one
        for parent, key, is_primary in _list_keys(columns, keys, unique)
        if (parent, key) != (child, name)
        and (one := _compare(child, column, parent, key, columns)) is not None
        and (is_primary or one.agreement >= Agreement.KEY)
    ]
    best = _choose(candidates, column, is_key=keys.get(child) == (name,))
    if best is not None:
        yield Relation(child, (name,), best.parent, (best.key,))


def _find_calendar(
    child: str, column: KeyColumn, columns: KeyColumns, keys: PrimaryKeys
) -> Iterator[Relation]:
    """The relation of a date to a table of one row a day, where the names agree and no day is missing."""
    for parent, key in keys.items():
        if parent == child or len(key) != 1 or columns.get(parent, key[0]).kind is not ValueKind.DATE:
            continue
        found = _compare(child, column, parent, key[0], columns)
        is_named = found is not None and found.agreement >= Agreement.KEY
        if found is not None and found.share == 1.0 and (is_named or has_same_name(column.name, key[0])):
            yield Relation(child, (column.name,), parent, key)
            return


def _list_keys(
    columns: KeyColumns, keys: PrimaryKeys, unique: Mapping[str, Sequence[str]]
) -> Iterator[tuple[str, str, bool]]:
    """Keys of one column: table, column, and whether it is the primary key."""
    for table in columns.tables:
        if len(keys.get(table, ())) == 1:
            yield table, keys[table][0], True
        for name in unique.get(table, ()):
            yield table, name, False


def _compare(child: str, column: KeyColumn, parent: str, key: str, columns: KeyColumns) -> _Candidate | None:
    """How well a column fits a key; None where it cannot refer to it."""
    agreement = (compare_with_own if parent == child else compare_names)(column.name, parent, key)
    if read_name(column.name).is_measure and not has_id_word(column.name):
        return None
    target = columns.get(parent, key)
    is_known = target.distinct.get_indexer(column.distinct) >= 0
    if not is_known.any():
        return None
    counts = np.bincount(column.codes[column.codes >= 0], minlength=len(column.distinct))
    share = 1.0 if is_known.all() else float(counts[is_known].sum() / counts.sum())
    is_dense = target.kind is ValueKind.WHOLE and len(target.distinct) > _SPARSE * target.span
    coverage = float(is_known.sum() / len(target.distinct))
    return _Candidate(parent, key, agreement, share, coverage, is_dense)


def _choose(candidates: Sequence[_Candidate], column: KeyColumn, is_key: bool) -> _Candidate | None:
    """The candidate whose name agrees best; without names the only one that holds all values."""
    named = [one for one in candidates if _is_named(one, column)]
    if named:
        return max(named, key=lambda one: (one.agreement, one.share, one.coverage))
    unnamed = [] if is_key else [one for one in candidates if _is_by_values(one, column)]
    sure = [one for one in unnamed if not one.is_dense] or unnamed
    return sure[0] if len(sure) == 1 else None


def _is_named(one: _Candidate, column: KeyColumn) -> bool:
    if one.agreement is Agreement.NONE or one.share == 1.0:
        return one.agreement is not Agreement.NONE
    least = _SHARE_OF_ROLE if one.agreement is Agreement.ROLE else _SHARE_OF_NAME
    return has_id_word(column.name) and one.share >= least


def _is_by_values(one: _Candidate, column: KeyColumn) -> bool:
    """Whether all values are in the key of a table, though no name says so, and not by chance.

    Numbers from 1 on are in every table that is counted from 1: there a name must say that they are keys.
    """
    values = len(column.distinct)
    if one.share < 1.0 or column.kind is ValueKind.TEXT:
        return False
    if one.is_dense:
        return is_surely_id(column.name) and values >= _FEWEST_OF_DENSE and one.coverage >= _HALF
    return values >= _FEWEST_VALUES


def _without_mutual(found: Sequence[Relation], columns: KeyColumns) -> tuple[Relation, ...]:
    """Of two keys that refer to each other, that of the smaller table, or of the later one."""
    order = list(columns.tables)
    ends = {(one.child, one.columns, one.parent, one.parent_columns) for one in found}

    def is_kept(one: Relation) -> bool:
        is_mutual = (one.parent, one.parent_columns, one.child, one.columns) in ends
        sizes = columns.count_rows(one.child), columns.count_rows(one.parent)
        return (
            not is_mutual
            or one.is_self
            or sizes[0] < sizes[1]
            or (sizes[0] == sizes[1] and order.index(one.child) > order.index(one.parent))
        )

    return tuple(one for one in found if is_kept(one))


def find_composite_relations(
    columns: KeyColumns, keys: PrimaryKeys, known: Sequence[Relation]
) -> tuple[Relation, ...]:
    """Foreign keys of several columns: a composite key under the same names, each row with a parent."""
    found = []
    for parent, key in keys.items():
        for child in columns.tables:
            if len(key) < 2 or child == parent:
                continue
            names = [_find_namesake(child, parent, part, columns, known) for part in key]
            if "" in names or len(set(names)) < len(names):
                continue
            positions = find_positions(columns.list(child, names), columns.list(parent, key))
            if not (positions == ORPHAN).any() and (positions >= 0).any():
                found.append(Relation(child, tuple(names), parent, key))
    return _without_mutual(found, columns)


def _find_namesake(child: str, parent: str, part: str, columns: KeyColumns, known: Sequence[Relation]) -> str:
    """The column of the child that is called as a part of the parent's key, "" where there is none."""
    names = columns.list_names(child)
    if part in names:
        return part
    alike = [name for name in names if has_same_name(name, part)]
    target = next((one.parent for one in known if one.child == parent and one.columns == (part,)), None)
    siblings = [one.columns[0] for one in known if one.child == child and one.parent == target]
    return next(iter(alike or (siblings if len(siblings) == 1 else [])), "")


def replace_less_specific(columns: KeyColumns, relations: Sequence[Relation]) -> tuple[Relation, ...]:
    """Leave out relations that follow from one with more columns, which every row fills.

    Readings that belong to (store, date) of a calendar belong to the store of that calendar already. A
    booking that names no card of its account still has the account.
    """
    full = [one for one in relations if _is_filled(one, columns)]
    return tuple(one for one in relations if not any(_follows(one, other, relations) for other in full))


def _is_filled(relation: Relation, columns: KeyColumns) -> bool:
    return all((part.codes >= 0).all() for part in columns.list(relation.child, relation.columns))


def _follows(one: Relation, other: Relation, relations: Sequence[Relation]) -> bool:
    if one.child != other.child or not set(one.columns) < set(other.columns):
        return False
    named = dict(zip(other.columns, other.parent_columns, strict=True))
    reached = tuple(named[name] for name in one.columns)
    return any(
        (up.child, up.columns, up.parent, up.parent_columns)
        == (other.parent, reached, one.parent, one.parent_columns)
        for up in relations
    )
