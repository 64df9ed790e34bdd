"""Tables of a database as it declares them: columns with types, keys, foreign keys and checks."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, Inspector, inspect
from sqlalchemy import types as sql
from sqlalchemy.engine.interfaces import ReflectedColumn
from sqlalchemy.engine.reflection import ObjectKind
from sqlalchemy.exc import SAWarning

from pipeline.datasets.databases.checks import quote_name, quote_text, read_check, write_check
from pipeline.datasets.databases.sql_types import describe_type, list_choices
from pipeline.datasets.related.schema import RelatedTable, Relation, SqlType
from pipeline.errors import DataError

_WHY = "declared as a foreign key in the database"
_PARTITIONS = (
    "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE c.relispartition AND n.nspname = COALESCE(%(schema)s::text, current_schema())"
)
_LONGEST_SHOWN = 200
_WORD = re.compile(r"[^\W\d]\w*")


@dataclass(frozen=True, eq=False)
class Declared:
    """The tables of a database, parents before children, and the relations among them.

    `types` are the types of the columns as SQLAlchemy knows them, by table and column. `computed` are columns
    that the database computes from others and that are left out: `expression`, `is_stored` and `type`.
    """

    tables: tuple[RelatedTable, ...]
    relations: tuple[Relation, ...]
    types: Mapping[str, Mapping[str, sql.TypeEngine]]
    findings: tuple[str, ...] = ()
    computed: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)


def reflect_tables(connection: Connection, schema: str | None, names: Sequence[str] | None) -> Declared:
    """Read what the database says of its tables, or of those with these names (views too).

    DataError where the schema or a table does not exist, or where there is none at all.
    """
    with warnings.catch_warnings():
        # Types that SQLAlchemy does not know are read as text; indexes on expressions are no keys.
        warnings.simplefilter("ignore", SAWarning)
        inspector = inspect(connection)
        chosen = _choose(inspector, connection, schema, names)
        return _Reader(inspector, connection, schema, chosen).read()


def sort_tables(names: Iterable[str], relations: Sequence[Relation]) -> list[str]:
    """Names with parents before children, else as they come; a cycle is broken at its first table."""
    rest, done = list(dict.fromkeys(names)), []
    while rest:
        free = [name for name in rest if not _list_parents(name, relations) & set(rest)]
        done += free or rest[:1]
        rest = [name for name in rest if name not in set(done)]
    return done


def _list_parents(child: str, relations: Sequence[Relation]) -> set[str]:
    return {one.parent for one in relations if one.child == child and not one.is_self}


def _choose(
    inspector: Inspector, connection: Connection, schema: str | None, names: Sequence[str] | None
) -> list[str]:
    if schema is not None and schema not in inspector.get_schema_names():
        known = ", ".join(inspector.get_schema_names())
        raise DataError(f'The database has no schema "{schema}".', f"use one of {known}.")
    tables = inspector.get_table_names(schema)
    if names:
        known_names = {*tables, *inspector.get_view_names(schema)}
        missing = [name for name in names if name not in known_names]
        if missing:
            hint = (
                f"use some of {', '.join(sorted(known_names)[:30])}." if known_names else "choose a schema."
            )
            raise DataError(f'The database has no table "{missing[0]}".', hint)
        return sorted(set(names))
    parts = set()
    if connection.dialect.name == "postgresql":
        parts = set(connection.exec_driver_sql(_PARTITIONS, {"schema": schema}).scalars())
    if not tables:
        raise DataError(
            "The database has no tables here.", f"name a schema: {', '.join(inspector.get_schema_names())}."
        )
    return sorted(name for name in tables if name not in parts)


class _Reader:
    """What the inspector of SQLAlchemy says, for some tables at once."""

    def __init__(
        self, inspector: Inspector, connection: Connection, schema: str | None, names: Sequence[str]
    ) -> None:
        self._inspector = inspector
        self._dialect = connection.dialect
        self._schema = schema
        self._names = names
        self._findings: list[str] = []

    def read(self) -> Declared:
        columns = self._ask("get_multi_columns")
        keys = {
            name: tuple(one["constrained_columns"])
            for name, one in self._ask("get_multi_pk_constraint").items()
        }
        unique = self._list_unique()
        checks = self._ask("get_multi_check_constraints")
        relations = self._list_relations(columns, keys, unique)
        computed = self._leave_out_computed(columns, keys, unique, relations)
        tables = {
            name: RelatedTable(
                name,
                tuple(column["name"] for column in columns[name]),
                keys.get(name, ()),
                tuple(one for one in unique.get(name, ()) if one != keys.get(name, ())),
                types=self._describe(columns[name], self._list_checks(name, checks.get(name) or ())),
            )
            for name in self._names
        }
        types = {name: {one["name"]: one["type"] for one in columns[name]} for name in self._names}
        order = sort_tables(self._names, relations)
        found = tuple(tables[name] for name in order)
        return Declared(found, relations, types, tuple(self._findings), computed)

    def _leave_out_computed(
        self,
        columns: dict[str, list[ReflectedColumn]],
        keys: Mapping[str, tuple[str, ...]],
        unique: Mapping[str, tuple[tuple[str, ...], ...]],
        relations: Sequence[Relation],
    ) -> dict[str, dict[str, dict[str, Any]]]:
        """Take columns that follow from others out of `columns`, but for those of keys; what they are."""
        found: dict[str, dict[str, dict[str, Any]]] = {}
        for name in self._names:
            held = {one for key in (keys.get(name, ()), *unique[name]) for one in key}
            held |= {part for one in relations if one.child == name for part in one.columns}
            for column in [one for one in columns[name] if one.get("computed") and one["name"] not in held]:
                columns[name] = [one for one in columns[name] if one is not column]
                described = self._describe_computed(name, column)
                if described["expression"]:
                    found.setdefault(name, {})[column["name"]] = described
        return found

    def _describe_computed(self, table: str, column: ReflectedColumn) -> dict[str, Any]:
        expression = _cut_expression(column["computed"]["sqltext"])
        again = ", also in tables that are made anew for it" if expression else ""
        self._findings.append(
            f"{table}.{column['name']} is left out: the database computes it from other columns{again}."
        )
        kind = describe_type(column["type"], self._dialect, is_required=False)
        sizes = {"length": kind.length, "precision": kind.precision, "scale": kind.scale}
        return {
            "expression": expression,
            "is_stored": bool(column["computed"].get("persisted", True)),
            "type": {"name": kind.name} | {key: size for key, size in sizes.items() if size is not None},
        }

    def _list_checks(self, table: str, found: Sequence[Mapping[str, Any]]) -> list[str]:
        texts = [str(one["sqltext"]) for one in found]
        if self._dialect.name in ("mysql", "mariadb"):
            texts = [text.replace("\\'", "''").replace("\\\\", "\\") for text in texts]
        for one, text in zip(found, texts, strict=True):
            if read_check(text) is None:
                name = f'"{one["name"]}" ' if one.get("name") else ""
                self._findings.append(
                    f"{table}: the CHECK {name}({_shorten(text)}) is not understood, so generated rows may "
                    f"not load where it holds; declare what it says as a rule."
                )
        return texts

    def _ask(self, method: str) -> dict[str, Any]:
        try:
            found = getattr(self._inspector, method)(
                schema=self._schema, filter_names=self._names, kind=ObjectKind.ANY
            )
        except NotImplementedError:
            return {}
        return {name: value for (_, name), value in found.items()}

    def _list_unique(self) -> dict[str, tuple[tuple[str, ...], ...]]:
        """Unique constraints, and unique indexes over whole columns and all rows."""
        declared, indexes = self._ask("get_multi_unique_constraints"), self._list_indexes()
        found: dict[str, tuple[tuple[str, ...], ...]] = {}
        for name in self._names:
            keys = [tuple(one["column_names"]) for one in declared.get(name) or ()]
            keys += [tuple(one["column_names"]) for one in indexes.get(name) or () if _is_whole(one)]
            found[name] = tuple(dict.fromkeys(keys))
        return found

    def _list_indexes(self) -> dict[str, Any]:
        if self._dialect.name != "sqlite":
            return self._ask("get_multi_indexes")
        # SQLAlchemy 2.1 overlooks UNIQUE behind NOT NULL, but not the index that SQLite makes for it.
        return {
            name: self._inspector.get_indexes(name, self._schema, include_auto_indexes=True)
            for name in self._names
        }

    def _list_relations(
        self,
        columns: Mapping[str, list[ReflectedColumn]],
        keys: Mapping[str, tuple[str, ...]],
        unique: Mapping[str, tuple[tuple[str, ...], ...]],
    ) -> tuple[Relation, ...]:
        foreign = self._ask("get_multi_foreign_keys")
        found: dict[str, Relation] = {}
        for child in self._names:
            places = {one["name"]: place for place, one in enumerate(columns[child])}
            own_keys = {frozenset(key) for key in (*unique[child], keys.get(child, ())) if key}
            for one in sorted(
                foreign.get(child) or (), key=lambda key: places[key["constrained_columns"][0]]
            ):
                held = tuple(one["constrained_columns"])
                if self._is_within(child, held, one):
                    parent, referred = one["referred_table"], tuple(one["referred_columns"])
                    is_alone = frozenset(held) in own_keys
                    relation = Relation(child, held, parent, referred, is_one_to_one=is_alone, why=_WHY)
                    found.setdefault(relation.id, relation)
        return tuple(found.values())

    def _is_within(self, child: str, held: tuple[str, ...], key: Mapping[str, Any]) -> bool:
        parent, schema = key["referred_table"], key.get("referred_schema")
        if parent in self._names and schema in (None, self._schema, self._inspector.default_schema_name):
            return True
        self._findings.append(f'{child}.{"+".join(held)} refers to the table "{parent}", which is not read.')
        return False

    def _describe(self, columns: Sequence[ReflectedColumn], checks: Sequence[str]) -> dict[str, SqlType]:
        by_column = _share_checks([one["name"] for one in columns], checks)
        found = {}
        for column in columns:
            name = column["name"]
            kind = describe_type(column["type"], self._dialect, not column["nullable"])
            choices = list_choices(column["type"])
            one_of = [f"{quote_name(name)} IN ({', '.join(map(quote_text, choices))})"] if choices else []
            length = max(map(len, choices)) if choices else kind.length
            found[name] = replace(kind, length=length, checks=(*one_of, *by_column.get(name, ())))
        return found


def _is_whole(index: Mapping[str, Any]) -> bool:
    options = index.get("dialect_options") or {}
    is_partial = any(key.endswith("_where") and value is not None for key, value in options.items())
    return bool(index["unique"]) and None not in index["column_names"] and not is_partial


def _shorten(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= _LONGEST_SHOWN else f"{plain[:_LONGEST_SHOWN]}…"


def _cut_expression(text: str) -> str:
    """An expression without what follows its end: SQLAlchemy finds those of SQLite by a greedy pattern."""
    depth = 0
    for place, sign in enumerate(text):
        depth += (sign == "(") - (sign == ")")
        if depth < 0:
            return text[:place]
    return text


def _share_checks(names: Sequence[str], checks: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Each check with the first column that it names, in the form of every dialect where it is simple."""
    found: dict[str, tuple[str, ...]] = {}
    for text in checks:
        conditions = read_check(text)
        if conditions is None:
            words = set(_WORD.findall(text))
            column = next((name for name in names if name in words), names[0])
        else:
            # Some dialects fold the names of columns in the text of a check.
            known = {name.casefold(): name for name in names}
            column = known.get(conditions[0].column.casefold(), names[0])
        found[column] = (*found.get(column, ()), text if conditions is None else write_check(conditions))
    return found
