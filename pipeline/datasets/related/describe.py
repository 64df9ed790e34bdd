"""From several tables of text to their schema: keys and relations found or given, verified, and ordered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from pipeline.datasets.related.columns import KeyColumns, RelatedTables
from pipeline.datasets.related.completing import Described, complete_schema
from pipeline.datasets.related.declared import NOTHING, Declared
from pipeline.datasets.related.keys import find_near_key, find_primary_key, find_unique_columns
from pipeline.datasets.related.mismatches import find_mismatches, refuse_mismatches
from pipeline.datasets.related.origins import without_clashes
from pipeline.datasets.related.relations import (
    are_named_alike,
    find_composite_relations,
    find_relations,
    replace_less_specific,
)
from pipeline.datasets.related.schema import RelatedSchema, RelatedTable, Relation
from pipeline.datasets.related.verification import (
    is_circular,
    verify_keys,
)
from pipeline.errors import DataError, MetadataError


def describe_tables(
    name: str,
    tables: RelatedTables,
    declared: Declared = NOTHING,
    as_of: date | None = None,
    source: Mapping[str, Any] | None = None,
) -> Described:
    """The schema of tables of text, with keys and relations as declared and found beyond that.

    DataError names tables without rows, keys that repeat, children without a parent and circles, with
    counts; MetadataError what is declared and does not exist.
    """
    columns = KeyColumns(tables)
    _check_tables(tables)
    _check_declared(tables, declared)
    keys = {
        one: declared.primary_keys[one] if one in declared.primary_keys else find_primary_key(one, columns)
        for one in tables
    }
    relations = _find_all(columns, keys, declared)
    said = _tell_mismatches(columns, keys, relations, declared)
    described = tuple(_describe_table(one, columns, keys, relations, declared) for one in tables)
    day = as_of or date.today()
    title = name.replace("_", " ").replace("-", " ").capitalize()
    text = f"{len(tables)} tables, registered on {day.isoformat()}."
    noted = add_findings(source or {}, said)
    draft = RelatedSchema(name, title, text, day, described, relations, source=noted)
    return complete_schema(draft, columns)


def _describe_table(
    name: str,
    columns: KeyColumns,
    keys: Mapping[str, tuple[str, ...]],
    relations: Sequence[Relation],
    declared: Declared,
) -> RelatedTable:
    """A table with its keys, and its types where a database gave them."""
    given = tuple(declared.unique.get(name, ()))
    return RelatedTable(
        name,
        columns.list_names(name),
        keys[name],
        given + _find_unique(name, columns, keys, relations, declared),
        is_public=name in declared.public,
        types=dict(declared.types.get(name, {})),
    )


def _find_all(
    columns: KeyColumns, keys: Mapping[str, tuple[str, ...]], declared: Declared
) -> tuple[Relation, ...]:
    """The relations that are declared, and those found among other columns."""
    given = _list_given(declared)
    if declared.is_complete:
        return replace_less_specific(columns, given)
    _refuse_repeats(columns, keys, declared)
    taken = {(one.child, name) for one in given for name in one.columns}
    taken |= _list_omitted(columns, declared)
    unique = {one: find_unique_columns(one, columns, keys[one]) for one in columns.tables}
    single = find_relations(columns, keys, unique, taken)
    known = declared.omitted | {one.id for one in given}
    several = find_composite_relations(columns, keys, (*given, *single))
    found = (*single, *(one for one in several if one.id not in known))
    opened = _open_circles(given, found, columns)
    specific = replace_less_specific(columns, opened)
    kept = [one for one in given if one in specific]
    return without_clashes(kept, [one for one in specific if one not in given])


def _tell_mismatches(
    columns: KeyColumns,
    keys: Mapping[str, tuple[str, ...]],
    relations: Sequence[Relation],
    declared: Declared,
) -> dict[str, list[str]]:
    """By table what is named as a foreign key and is none; DataError where it must be one."""
    if declared.is_complete:
        return {}
    taken = {(one.child, name) for one in relations for name in one.columns}
    taken |= _list_omitted(columns, declared)
    found = find_mismatches(columns, keys, taken)
    refuse_mismatches(found)
    said: dict[str, list[str]] = {}
    for one in found:
        said.setdefault(one.child, []).append(f"{one.describe()}; it is taken for no foreign key.")
    return said


def add_findings(source: Mapping[str, Any], said: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """A `RelatedSchema.source` with more sentences on some tables."""
    tables = dict(source.get("tables", {}))
    for name, sentences in said.items():
        before = tables.get(name, {})
        tables[name] = {**before, "findings": [*before.get("findings", ()), *sentences]}
    return {**source, "tables": tables} if tables else dict(source)


def _list_omitted(columns: KeyColumns, declared: Declared) -> set[tuple[str, str]]:
    """Tables and columns that are said to be no foreign key."""
    return {
        (table, name)
        for table in columns.tables
        for name in columns.list_names(table)
        if f"{table}.{name}" in declared.omitted
    }


def _list_given(declared: Declared) -> tuple[Relation, ...]:
    """The relations that are declared, one for the same columns, without those that are omitted."""
    first: dict[str, Relation] = {}
    for one in declared.relations:
        if one.id not in declared.omitted:
            first.setdefault(one.id, one)
    return tuple(first.values())


def _open_circles(
    given: Sequence[Relation], found: Sequence[Relation], columns: KeyColumns
) -> tuple[Relation, ...]:
    """The relations without those that values alone suggest and that would close a circle."""
    names = list(columns.tables)
    kept = [*given, *(one for one in found if are_named_alike(one))]
    for one in found:
        if one not in kept and not is_circular(names, (*kept, one)):
            kept.append(one)
    return tuple(kept)


def _find_unique(
    table: str,
    columns: KeyColumns,
    keys: Mapping[str, tuple[str, ...]],
    relations: Sequence[Relation],
    declared: Declared,
) -> tuple[tuple[str, ...], ...]:
    """Further keys of one column, and those that relations refer to."""
    known = {keys[table], *declared.unique.get(table, ())}
    foreign = [name for one in relations if one.child == table for name in one.columns]
    referred = [one.parent_columns for one in relations if one.parent == table]
    found = [(name,) for name in find_unique_columns(table, columns, (*keys[table], *foreign))]
    return tuple(key for key in dict.fromkeys((*referred, *found)) if key not in known)


def _check_tables(tables: RelatedTables) -> None:
    if len(tables) < 2:
        raise DataError("There is one table only.", "register it as a dataset of one table.")
    empty = [name for name, rows in tables.items() if rows.empty]
    if empty:
        raise DataError(f'Table "{empty[0]}" has no row.', "leave it out, or give a sample with rows.")


def _check_declared(tables: RelatedTables, declared: Declared) -> None:
    """Raise MetadataError for a table or a column that is declared and does not exist."""
    wanted = [(name, key) for name, key in declared.primary_keys.items()]
    wanted += [(name, key) for name, keys in declared.unique.items() for key in keys]
    wanted += [(one.child, one.columns) for one in declared.relations]
    wanted += [(one.parent, one.parent_columns) for one in declared.relations]
    wanted += [(name, ()) for name in (*declared.public, *declared.types)]
    for name, names in wanted:
        if name not in tables:
            raise MetadataError(f'There is no table "{name}".', f"use one of {', '.join(tables)}.")
        absent = [column for column in names if column not in tables[name]]
        if absent:
            raise MetadataError(
                f'Table "{name}" has no column "{absent[0]}".', "check the spelling of the name."
            )
    for one in declared.relations:
        if len(one.columns) != len(one.parent_columns):
            raise MetadataError(
                f'The relation {one.id} has {len(one.columns)} columns in "{one.child}" and '
                f'{len(one.parent_columns)} in "{one.parent}".',
                "name as many columns of the parent as of the child.",
            )


def _refuse_repeats(columns: KeyColumns, keys: Mapping[str, tuple[str, ...]], declared: Declared) -> None:
    """Raise DataError for tables whose rows come twice: a column named as the key is unique but for a few."""
    near = {
        name: find_near_key(name, columns) for name in columns.tables if not keys[name] or len(keys[name]) > 1
    }
    verify_keys(
        columns, {name: [(key,)] for name, key in near.items() if key and name not in declared.primary_keys}
    )
