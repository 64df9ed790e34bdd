"""The schema of several related tables: keys, relations and rules as frozen types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from pipeline.errors import MetadataError

SCHEMA_FILE = "schema.yaml"


@dataclass(frozen=True)
class Relation:
    """A foreign key: `columns` of `child` hold `parent_columns` of `parent`.

    `is_optional` where rows of the child have no parent, `is_one_to_one` where no parent has two rows.
    `is_owner` marks the one relation of a child whose parent generates its rows: an account its
    transactions. A child without such a relation has rows of its own, a root. `why` is the evidence in words
    and holds no value of a table.
    """

    child: str
    columns: tuple[str, ...]
    parent: str
    parent_columns: tuple[str, ...]
    is_optional: bool = False
    is_one_to_one: bool = False
    is_owner: bool = False
    why: str = ""

    @property
    def id(self) -> str:
        """A name that differs for any two relations of a schema, such as "accounts.customer_id"."""
        return f"{self.child}.{'+'.join(self.columns)}"

    @property
    def is_self(self) -> bool:
        """Whether rows refer to rows of their own table, as employees to managers."""
        return self.child == self.parent


@dataclass(frozen=True)
class SqlType:
    """The type of a column in the database that it came from; None for what the type does not have."""

    name: str
    length: int | None = None
    precision: int | None = None
    scale: int | None = None
    is_required: bool = False
    checks: tuple[str, ...] = ()


@dataclass(frozen=True)
class RelatedTable:
    """One table of several; `columns` are all of its raw columns in their order, foreign keys among them.

    `unique` are further keys besides the primary one. `order` is the column by which the rows of one parent
    follow each other, empty where they have no order. A table that `is_public` (districts, products) is
    kept as it is. `copied` are columns that repeat one of a parent, as (column, relation id, parent column).
    A table that somebody set to be a root (`is_root`) has no owner, whatever it refers to. `why` is the
    evidence for the primary key in words and holds no value of the table.
    """

    name: str
    columns: tuple[str, ...]
    primary_key: tuple[str, ...] = ()
    unique: tuple[tuple[str, ...], ...] = ()
    order: str = ""
    is_public: bool = False
    copied: tuple[tuple[str, str, str], ...] = ()
    types: Mapping[str, SqlType] = field(default_factory=dict)
    is_root: bool = False
    why: str = ""


@dataclass(frozen=True)
class RelatedRule:
    """What holds in every row, between a row and its parent, or along a parent's rows.

    `kind` is a name of `pipeline.datasets.rules`, `columns` are those of `table` that it reads, the
    one that it decides first. `relation` is the id of the relation that it goes along, empty inside a row.
    `rows` is how many rows of the sample speak for it. Only confirmed rules are promises.
    """

    kind: str
    table: str
    columns: tuple[str, ...]
    relation: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    is_confirmed: bool = True
    rows: int = 0


@dataclass(frozen=True)
class RelatedSchema:
    """The content of `schema.yaml`: tables (parents before children), relations and rules.

    `source` says where the tables came from: kind, and the form of each file; never a password.
    `is_single` where it describes a dataset of one table, whose rules name columns alone.
    """

    name: str
    title: str
    description: str
    as_of: date
    tables: tuple[RelatedTable, ...]
    relations: tuple[Relation, ...] = ()
    rules: tuple[RelatedRule, ...] = ()
    source: Mapping[str, Any] = field(default_factory=dict)
    holdout_fraction: float = 0.2
    is_builtin: bool = False
    is_single: bool = False

    @cached_property
    def by_name(self) -> Mapping[str, RelatedTable]:
        """The tables by name."""
        return {table.name: table for table in self.tables}

    def get(self, name: str) -> RelatedTable:
        """One table; MetadataError where there is none of that name."""
        if name not in self.by_name:
            raise MetadataError(
                f'"{self.name}" has no table "{name}".', f"use one of {', '.join(self.by_name)}."
            )
        return self.by_name[name]

    def list_relations(self, child: str) -> tuple[Relation, ...]:
        """The foreign keys of a table, in the order of its columns."""
        return tuple(one for one in self.relations if one.child == child)

    def find_owner(self, child: str) -> Relation | None:
        """The relation whose parent generates the rows of a table; None for a root."""
        return next((one for one in self.list_relations(child) if one.is_owner), None)

    def find_root(self, name: str) -> str:
        """The table at the end of the owners of a table: itself for a root."""
        owner = self.find_owner(name)
        return name if owner is None else self.find_root(owner.parent)

    def list_own_columns(self, name: str) -> tuple[str, ...]:
        """The columns of a table that are not a foreign key and repeat none of a parent.

        A column of a foreign key that is a part of the key with its owner as well (the date of a reading
        that belongs to a calendar) is its own only where it is in no relation.
        """
        table = self.get(name)
        foreign = {column for one in self.list_relations(name) for column in one.columns}
        taken = foreign | {column for column, _, _ in table.copied}
        return tuple(column for column in table.columns if column not in taken)

    def _repr_html_(self) -> str:
        """What a notebook shows: the tables with their keys, and the relations with what speaks for them."""
        from pipeline.datasets.notebook import render_card

        tables = ", ".join(f"{one.name} ({', '.join(one.primary_key) or 'no key'})" for one in self.tables)
        facts = {
            "name": self.name,
            "description": self.description,
            "tables": tables,
            "rules": len(self.rules),
        }
        rows = [(one.id, one.parent, one.why or "–") for one in self.relations]
        return render_card(self.title, facts, ("foreign key", "parent", "why"), rows)
