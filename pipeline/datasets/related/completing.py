"""What follows from the keys and relations of several tables, after these were verified in the rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pipeline.datasets.related.columns import KeyColumns, find_positions
from pipeline.datasets.related.edits import BY_HAND
from pipeline.datasets.related.families import (
    choose_owners,
    complete_relation,
    find_copies,
    find_implied,
    find_order,
)
from pipeline.datasets.related.keys import describe_key
from pipeline.datasets.related.origins import refuse_clash
from pipeline.datasets.related.relations import (
    are_named_alike,
    describe_relation,
)
from pipeline.datasets.related.schema import RelatedRule, RelatedSchema, RelatedTable, Relation
from pipeline.datasets.related.verification import (
    list_partly_empty,
    verify_keys,
    verify_order,
    verify_relations,
)
from pipeline.errors import DataError


@dataclass(frozen=True, eq=False)
class Described:
    """A schema that holds in the tables, and the positions of parents by relation id."""

    schema: RelatedSchema
    links: Mapping[str, np.ndarray]


def complete_schema(draft: RelatedSchema, columns: KeyColumns) -> Described:
    """A schema with all that follows from its keys and relations, after these were verified in the tables.

    Children, columns, parents and their columns are taken as they are, and so are owners and evidence that
    are stated already. DataError as for `describe_tables`.
    """
    found = _verify(draft, columns)
    order = verify_order([table.name for table in draft.tables], draft.relations)
    links = {one.id: positions for one, positions in found.items()}
    public = frozenset(one.name for one in draft.tables if one.is_public)
    roots = frozenset(one.name for one in draft.tables if one.is_root)
    owned = choose_owners([_complete(one, rows) for one, rows in found.items()], links, public, roots)
    paths = find_implied(owned, links)
    implied = [(one, *paths[one.id]) for one in owned if one.id in paths]
    kept = _sort_relations([one for one in owned if one.id not in paths], order, draft)
    refuse_clash(kept)
    tables = tuple(_complete_table(draft.get(one), kept, implied, links, columns) for one in order)
    return Described(
        replace(draft, tables=tables, relations=kept, rules=_keep_rules(draft.rules, kept)),
        {one.id: links[one.id] for one in kept},
    )


def _verify(draft: RelatedSchema, columns: KeyColumns) -> dict[Relation, np.ndarray]:
    """The positions of each relation, after its keys and its rows were verified."""
    keys = {one.name: [one.primary_key] if one.primary_key else [] for one in draft.tables}
    for one in draft.relations:
        if one.parent_columns not in keys[one.parent]:
            keys[one.parent].append(one.parent_columns)
    unique = {one.name: [key for key in one.unique if key not in keys[one.name]] for one in draft.tables}
    verify_keys(columns, keys, unique)
    _refuse_partly_empty(columns, draft.relations)
    found = {one: find_positions(*_list_ends(one, columns)) for one in draft.relations}
    verify_relations(found)
    return found


def _complete(relation: Relation, positions: np.ndarray) -> Relation:
    """The relation with what its rows say; what was set by hand has its evidence besides."""
    done = complete_relation(relation, positions)
    if done.why not in ("", BY_HAND):
        return done
    found = describe_relation(done, positions, are_named_alike(done))
    return replace(done, why=f"{done.why}: {found}" if done.why else found)


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
    why = table.why if table.why not in ("", BY_HAND) else _explain_key(table, columns)
    return replace(table, order=order, copied=copied, unique=_list_unique(table, relations), why=why)


def _list_unique(table: RelatedTable, relations: Sequence[Relation]) -> tuple[tuple[str, ...], ...]:
    """The keys of a table besides the primary one, those that relations refer to among them."""
    referred = [one.parent_columns for one in relations if one.parent == table.name]
    return tuple(key for key in dict.fromkeys((*table.unique, *referred)) if key != table.primary_key)


def _explain_key(table: RelatedTable, columns: KeyColumns) -> str:
    """The evidence for the primary key of a table, after what was said of it."""
    if not table.primary_key:
        return table.why
    found = describe_key(table.name, table.primary_key, columns)
    return f"{table.why}: {found}" if table.why else found


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


def _refuse_partly_empty(columns: KeyColumns, relations: Sequence[Relation]) -> None:
    for one, count in list_partly_empty(columns, relations):
        raise DataError(
            f'{count:,} rows of "{one.child}" fill only a part of the key {", ".join(one.columns)}.',
            "fill all columns of the key or none, or say that it is no foreign key: "
            f"`add ... --no-relation {one.id}`.",
        )
