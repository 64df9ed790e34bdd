"""Schemas with one thing changed: keys, relations, owners, public tables, rules, title.

Each gives a draft; `RelatedCatalog.change` verifies it in the tables and completes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipeline.datasets.related.schema import RelatedRule, RelatedSchema, RelatedTable, Relation
from pipeline.errors import DataError


def with_title(schema: RelatedSchema, title: str, description: str | None = None) -> RelatedSchema:
    """Another title, and another description where one is given."""
    return replace(
        schema, title=title, description=schema.description if description is None else description
    )


def with_rules(schema: RelatedSchema, rules: Sequence[RelatedRule]) -> RelatedSchema:
    """Other rules in place of all that there are."""
    return replace(schema, rules=tuple(rules))


def with_public(schema: RelatedSchema, table: str, is_public: bool) -> RelatedSchema:
    """A table that is kept as it is, or is generated again."""
    return _with_table(schema, replace(schema.get(table), is_public=is_public))


def with_order(schema: RelatedSchema, table: str, column: str) -> RelatedSchema:
    """Another column by which the rows of one parent follow each other."""
    _check_columns(schema.get(table), (column,))
    return _with_table(schema, replace(schema.get(table), order=column))


def with_primary_key(schema: RelatedSchema, table: str, columns: Sequence[str]) -> RelatedSchema:
    """Another primary key of a table, none where no column is named."""
    _check_columns(schema.get(table), columns)
    return _with_table(schema, replace(schema.get(table), primary_key=tuple(columns)))


def with_unique(schema: RelatedSchema, table: str, keys: Sequence[Sequence[str]]) -> RelatedSchema:
    """Other keys of a table besides the primary one."""
    for key in keys:
        _check_columns(schema.get(table), key)
    return _with_table(schema, replace(schema.get(table), unique=tuple(tuple(key) for key in keys)))


def with_relation(
    schema: RelatedSchema,
    child: str,
    columns: Sequence[str],
    parent: str,
    parent_columns: Sequence[str] = (),
) -> RelatedSchema:
    """One more foreign key, in place of one with the same columns; to the primary key by default."""
    target = tuple(parent_columns) or schema.get(parent).primary_key
    _check_columns(schema.get(child), columns)
    _check_columns(schema.get(parent), target)
    if not target or len(target) != len(columns):
        raise DataError(
            f'The key of "{parent}" has {len(target)} columns, but {len(columns)} of "{child}" were named.',
            "name as many columns of the child as the key of the parent has.",
        )
    relation = Relation(child, tuple(columns), parent, target, why="set by hand")
    others = tuple(one for one in schema.relations if one.id != relation.id)
    return replace(schema, relations=(*others, relation))


def without_relation(schema: RelatedSchema, relation: str) -> RelatedSchema:
    """Columns that are no foreign key, by the id of the relation; rules along it go with it."""
    _check_relation(schema, relation)
    return replace(schema, relations=tuple(one for one in schema.relations if one.id != relation))


def with_owner(schema: RelatedSchema, relation: str) -> RelatedSchema:
    """The relation as the one whose parent generates the rows of its child."""
    child = _check_relation(schema, relation).child
    return replace(
        schema,
        relations=tuple(
            replace(one, is_owner=one.id == relation) if one.child == child else one
            for one in schema.relations
        ),
    )


def _with_table(schema: RelatedSchema, table: RelatedTable) -> RelatedSchema:
    return replace(schema, tables=tuple(table if one.name == table.name else one for one in schema.tables))


def _check_columns(table: RelatedTable, columns: Sequence[str]) -> None:
    absent = [name for name in columns if name not in table.columns]
    if absent:
        raise DataError(
            f'Table "{table.name}" has no column "{absent[0]}".', f"use one of {', '.join(table.columns)}."
        )


def _check_relation(schema: RelatedSchema, relation: str) -> Relation:
    found = next((one for one in schema.relations if one.id == relation), None)
    if found is None:
        known = ", ".join(one.id for one in schema.relations) or "none"
        raise DataError(f'There is no foreign key "{relation}".', f"use one of {known}.")
    return found
