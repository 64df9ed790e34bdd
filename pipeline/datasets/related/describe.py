"""From several tables of text to their schema: keys and relations found or given, verified, and ordered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np

from pipeline.datasets.related.columns import KeyColumns, RelatedTables, find_positions
from pipeline.datasets.related.declared import NOTHING, Declared
from pipeline.datasets.related.families import (
    choose_owners,
    complete_relation,
    find_copies,
    find_implied,
    find_order,
)
from pipeline.datasets.related.keys import find_near_key, find_primary_key, find_unique_columns
from pipeline.datasets.related.relations import (
    are_named_alike,
    describe_relation,
    find_composite_relations,
    find_relations,
    replace_less_specific,
)
from pipeline.datasets.related.schema import RelatedRule, RelatedSchema, RelatedTable, Relation
from pipeline.datasets.related.verification import (
    is_circular,
    list_partly_empty,
    verify_keys,
    verify_order,
    verify_relations,
)
from pipeline.errors import DataError, MetadataError


@dataclass(frozen=True, eq=False)
class Described:
    """A schema that holds in the tables, and the positions of parents by relation id."""

    schema: RelatedSchema
    links: Mapping[str, np.ndarray]


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
    described = tuple(_describe_table(one, columns, keys, relations, declared) for one in tables)
    day = as_of or date.today()
    title = name.replace("_", " ").replace("-", " ").capitalize()
    text = f"{len(tables)} tables, registered on {day.isoformat()}."
    draft = RelatedSchema(name, title, text, day, described, relations, source=dict(source or {}))
    return complete_schema(draft, columns)


def complete_schema(draft: RelatedSchema, columns: KeyColumns) -> Described:
    """A schema with all that follows from its keys and relations, after these were verified in the tables.

    Children, columns, parents and their columns are taken as they are, and so are owners and evidence that
    are stated already. DataError as for `describe_tables`.
    """
    found = _verify(draft, columns)
    order = verify_order([table.name for table in draft.tables], draft.relations)
    links = {one.id: positions for one, positions in found.items()}
    public = frozenset(one.name for one in draft.tables if one.is_public)
    owned = choose_owners([_complete(one, rows) for one, rows in found.items()], links, public)
    paths = find_implied(owned, links)
    implied = [(one, *paths[one.id]) for one in owned if one.id in paths]
    kept = _sort_relations([one for one in owned if one.id not in paths], order, draft)
    tables = tuple(_complete_table(draft.get(one), kept, implied, links, columns) for one in order)
    return Described(
        replace(draft, tables=tables, relations=kept, rules=_keep_rules(draft.rules, kept)),
        {one.id: links[one.id] for one in kept},
    )


def _verify(draft: RelatedSchema, columns: KeyColumns) -> dict[Relation, np.ndarray]:
    """The positions of each relation, after its keys and its rows were verified."""
    keys = {one.name: [*one.unique, *([one.primary_key] if one.primary_key else [])] for one in draft.tables}
    for one in draft.relations:
        if one.parent_columns not in keys[one.parent]:
            keys[one.parent].append(one.parent_columns)
    verify_keys(columns, keys)
    _refuse_partly_empty(columns, draft.relations)
    found = {one: find_positions(*_list_ends(one, columns)) for one in draft.relations}
    verify_relations(found)
    return found


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
    taken |= {(one.partition(".")[0], one.partition(".")[2]) for one in declared.omitted}
    unique = {one: find_unique_columns(one, columns, keys[one]) for one in columns.tables}
    single = find_relations(columns, keys, unique, taken)
    known = declared.omitted | {one.id for one in given}
    several = find_composite_relations(columns, keys, (*given, *single))
    found = (*single, *(one for one in several if one.id not in known))
    return replace_less_specific(columns, _open_circles(given, found, columns))


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


def _complete(relation: Relation, positions: np.ndarray) -> Relation:
    done = complete_relation(relation, positions)
    return replace(done, why=done.why or describe_relation(done, positions, are_named_alike(done)))


def _complete_table(
    table: RelatedTable,
    relations: Sequence[Relation],
    implied: Sequence[tuple[Relation, str, Relation]],
    links: Mapping[str, np.ndarray],
    columns: KeyColumns,
) -> RelatedTable:
    """The table with its order and what it repeats of its parents."""
    copied = find_copies(table, [*relations, *(one for one, _, _ in implied)], links, columns)
    kept = {one.id for one in relations}
    followed = [
        (name, first, source)
        for one, first, second in implied
        if one.child == table.name
        for name, source in zip(one.columns, second.columns, strict=True)
    ]
    copied = (*(one for one in copied if one[1] in kept), *followed)
    foreign = {name for one in relations if one.child == table.name for name in one.columns}
    own = [name for name in table.columns if name not in foreign | {one[0] for one in copied}]
    owner = next((links[one.id] for one in relations if one.child == table.name and one.is_owner), None)
    order = table.order if table.order in own else find_order(table, own, owner, columns)
    return replace(table, order=order, copied=copied)


def _keep_rules(rules: Sequence[RelatedRule], relations: Sequence[Relation]) -> tuple[RelatedRule, ...]:
    """The rules along relations that there are, and those along none."""
    known = {"", *(one.id for one in relations)}
    return tuple(rule for rule in rules if rule.relation in known)


def _sort_relations(
    relations: Sequence[Relation], order: Sequence[str], schema: RelatedSchema
) -> tuple[Relation, ...]:
    def place(one: Relation) -> tuple[int, int]:
        return order.index(one.child), schema.get(one.child).columns.index(one.columns[0])

    return tuple(sorted(relations, key=place))


def _list_ends(relation: Relation, columns: KeyColumns) -> tuple[Any, Any]:
    return columns.list(relation.child, relation.columns), columns.list(
        relation.parent, relation.parent_columns
    )


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


def _refuse_partly_empty(columns: KeyColumns, relations: Sequence[Relation]) -> None:
    for one, count in list_partly_empty(columns, relations):
        raise DataError(
            f'{count:,} rows of "{one.child}" fill only a part of the key {", ".join(one.columns)}.',
            "fill all columns of the key or none, or say that it is no foreign key.",
        )
