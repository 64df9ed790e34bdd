"""What follows from relations: who owns the rows of a table, in which order they come, what they repeat."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from pipeline.datasets.related.columns import KeyColumn, KeyColumns, ValueKind
from pipeline.datasets.related.schema import RelatedTable, Relation

Positions = Mapping[str, np.ndarray]
"""By relation id the row (from 0) of the parent for each row of the child, -1 where there is none."""

_ROWS_FOR_ORDER = 1.5  # a parent, above which its rows have an order
_STEPS_FOR_ORDER = 20
_SORTED_AS_TEXT = re.compile(r"\d{4}-\d{2}-\d{2}")
_FEWEST_NUMBERS = 10  # distinct ones, for numbers to be a copy
_CHANCE = 1e-6
_FIRST_ROWS = 200


def complete_relation(relation: Relation, positions: np.ndarray) -> Relation:
    """The relation with what its rows say: whether it is optional, and one to one."""
    present = positions[positions >= 0]
    return replace(
        relation,
        is_optional=bool(len(present) < len(positions)),
        is_one_to_one=bool(len(present)) and len(np.unique(present)) == len(present),
    )


def choose_owners(
    relations: Sequence[Relation], positions: Positions, public: frozenset[str], roots: frozenset[str]
) -> tuple[Relation, ...]:
    """The relations with one owner for each child that can have one.

    An owner is required, refers to another table and to one that is not public. One that is marked already
    stays; else it is the relation with the fewest children of a parent, the first of equals. Tables in
    `roots` are set to have none.
    """
    owners = {}
    for child in dict.fromkeys(one.child for one in relations):
        able = [one for one in relations if one.child == child and _may_own(one, public)]
        if child in public | roots or not able:
            continue
        marked = [one for one in able if one.is_owner]
        owners[child] = (marked or sorted(able, key=lambda one: count_children(positions[one.id])))[0].id
    return tuple(replace(one, is_owner=owners.get(one.child) == one.id) for one in relations)


def count_children(positions: np.ndarray) -> float:
    """How many rows of the child a parent has that has any, on average."""
    present = positions[positions >= 0]
    return len(present) / max(1, len(np.unique(present)))


def find_order(table: RelatedTable, own: Sequence[str], owner: np.ndarray | None, columns: KeyColumns) -> str:
    """The column by which the rows of one parent follow each other, "" where none does.

    It is the date in the key of the table, the only date of a table whose parents have more than 1.5 rows
    each, or of several dates (opened, closed) the first along which the rows of every parent stand.
    """
    dates = [name for name in own if columns.get(table.name, name).kind is ValueKind.DATE]
    in_key = [name for name in dates if name in table.primary_key and len(table.primary_key) > 1]
    if owner is None:
        return ""
    if len(in_key) == 1:
        return in_key[0]
    if len(dates) == 1:
        return dates[0] if count_children(owner) > _ROWS_FOR_ORDER else ""
    return next((name for name in dates if _rises(columns.get(table.name, name), owner)), "")


def _rises(column: KeyColumn, owner: np.ndarray) -> bool:
    """Whether a date, written as text sorts it, is in all rows and never falls along those of one parent."""
    if column.missing or not all(_SORTED_AS_TEXT.match(value) for value in column.distinct):
        return False
    places = np.argsort(np.argsort(column.distinct.to_numpy(dtype=str)))
    rows = np.argsort(owner, kind="stable")
    rows = rows[owner[rows] >= 0]
    steps = np.diff(places[column.codes[rows]])[np.diff(owner[rows]) == 0]
    return bool((steps >= 0).all()) and int((steps > 0).sum()) >= _STEPS_FOR_ORDER


def find_copies(
    table: RelatedTable, relations: Sequence[Relation], positions: Positions, columns: KeyColumns
) -> tuple[tuple[str, str, str], ...]:
    """The columns that equal one of a parent in every row, as (column, relation id, parent column).

    Keys are left out: see `find_implied` for foreign keys that repeat one of a parent.
    """
    mine = [one for one in relations if one.child == table.name]
    keys = {*table.primary_key, *(name for key in table.unique for name in key)}
    keys |= {name for one in mine for name in one.columns}
    found: dict[str, tuple[str, str, str]] = {}
    for one in sorted(mine, key=lambda one: not one.is_owner):
        sources = [name for name in columns.list_names(one.parent) if name not in one.parent_columns]
        for name in table.columns:
            if name in keys or name in found or one.is_self:
                continue
            if source := _find_source(name, sources, one, positions[one.id], columns):
                found[name] = (name, one.id, source)
    return tuple(found[name] for name in table.columns if name in found)


def find_implied(relations: Sequence[Relation], positions: Positions) -> dict[str, tuple[str, Relation]]:
    """Relations that follow from two others in every row: by id the relation that leads to it, and the next.

    The customer of an order's line is the customer of its order; as a key of its own it could differ.
    """
    found: dict[str, tuple[str, Relation]] = {}
    for one in relations:
        if one.is_owner or one.is_self:
            continue
        used = {first for first, _ in found.values()}
        paths = (
            (first.id, second)
            for first in relations
            if first.child == one.child and first.id not in (*found, one.id) and not first.is_self
            for second in relations
            if second.child == first.parent and (second.parent, second.parent_columns) == _end(one)
        )
        path = next((path for path in paths if _leads(positions, one.id, path[0], path[1].id)), None)
        if path is not None and one.id not in used:
            found[one.id] = path
    return found


def _end(relation: Relation) -> tuple[str, tuple[str, ...]]:
    return relation.parent, relation.parent_columns


def _leads(positions: Positions, wanted: str, first: str, second: str) -> bool:
    """Whether two relations, one after the other, lead where a third leads in every row, by no chance."""
    reached = np.append(positions[second], -1)[positions[first]]
    return np.array_equal(reached, positions[wanted]) and not _is_chance(positions[second], positions[first])


def _may_own(relation: Relation, public: frozenset[str]) -> bool:
    return not (relation.is_self or relation.is_optional or relation.parent in public)


def _find_source(
    name: str, sources: Sequence[str], relation: Relation, positions: np.ndarray, columns: KeyColumns
) -> str:
    """The column of the parent that a column repeats, one of the same name before others."""
    column = columns.get(relation.child, name)
    if not len(column.distinct):
        return ""
    ordered = sorted(sources, key=lambda source: source != name)
    return next(
        (source for source in ordered if _is_copy(column, columns.get(relation.parent, source), positions)),
        "",
    )


def _is_copy(column: KeyColumn, source: KeyColumn, positions: np.ndarray) -> bool:
    few = len(column.distinct) < _FEWEST_NUMBERS
    if len(column.distinct) > len(source.distinct) or (
        few and column.kind in (ValueKind.WHOLE, ValueKind.NUMBER)
    ):
        return False
    known = np.append(source.distinct.get_indexer(column.distinct), -1)[column.codes]
    wanted = np.append(source.codes, -1)[positions]  # the last one answers a row without a parent
    if not np.array_equal(known[:_FIRST_ROWS], wanted[:_FIRST_ROWS]) or not np.array_equal(known, wanted):
        return False
    has_unknown = bool(((column.codes >= 0) & (known < 0)).any())
    return not has_unknown and not _is_chance(source.codes, positions)


def _is_chance(source: np.ndarray, positions: np.ndarray) -> bool:
    """Whether children could agree with their parents' values though they have nothing to do with them."""
    parents = pd.unique(positions[positions >= 0])
    counts = np.unique(source[parents], return_counts=True)[1]
    same = float(((counts / max(1, len(parents))) ** 2).sum())
    return bool(len(parents) * np.log(max(same, 1e-12)) > np.log(_CHANCE))
