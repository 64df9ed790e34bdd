"""Keys that are given rather than found: by a database, by SDV metadata or by a user."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pipeline.datasets.related.schema import Relation, SqlType


@dataclass(frozen=True)
class Declared:
    """What is known of several tables before their values are looked at; all of it wins over detection.

    An empty primary key says that the table has none.
    Of each relation `child`, `columns`, `parent` and `parent_columns` count, and `why` where it says more
    than that it was declared; what follows from values is found again. `omitted` are ids of relations that
    are none, found or given, such as "orders.customer_id". Where `is_complete`, no relation is looked for
    beyond those given; primary keys of tables without one always are. `source` says where the tables come
    from, as `RelatedSchema.source` does.
    """

    primary_keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unique: Mapping[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)
    relations: tuple[Relation, ...] = ()
    types: Mapping[str, Mapping[str, SqlType]] = field(default_factory=dict)
    public: frozenset[str] = frozenset()
    omitted: frozenset[str] = frozenset()
    is_complete: bool = False
    source: Mapping[str, Any] = field(default_factory=dict)

    def without(self, tables: Collection[str]) -> Declared:
        """What is known of the other tables."""
        if not tables:
            return self
        return replace(
            self,
            primary_keys={name: key for name, key in self.primary_keys.items() if name not in tables},
            unique={name: keys for name, keys in self.unique.items() if name not in tables},
            relations=tuple(one for one in self.relations if not {one.child, one.parent} & set(tables)),
            types={name: types for name, types in self.types.items() if name not in tables},
            public=self.public - set(tables),
        )


NOTHING = Declared()
"""Nothing is given: all keys are found."""


def join_declared(said: Declared, given: Declared) -> Declared:
    """What a user says of tables, and what a database or metadata gives: of two keys that of the user."""
    ids = {one.id for one in said.relations}
    return Declared(
        {**given.primary_keys, **said.primary_keys},
        {**given.unique, **said.unique},
        (*said.relations, *(one for one in given.relations if one.id not in ids)),
        {**given.types, **said.types},
        given.public | said.public,
        given.omitted | said.omitted,
        given.is_complete or said.is_complete,
        {**given.source, **said.source},
    )
