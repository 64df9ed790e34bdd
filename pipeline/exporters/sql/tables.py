"""Tables of a schema as SQLAlchemy describes them, for CREATE TABLE in any dialect."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    Computed,
    ForeignKeyConstraint,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
    text,
)
from sqlalchemy import types as sql
from sqlalchemy.dialects import mssql, mysql, oracle
from sqlalchemy.exc import CompileError, IdentifierError
from sqlalchemy.schema import CreateTable
from sqlalchemy.sql import quoted_name

from pipeline.datasets.databases.checks import read_check
from pipeline.datasets.related.schema import RelatedSchema, RelatedTable, SqlType
from pipeline.errors import ExportError
from pipeline.exporters.sql.dialects import SqlDialect
from pipeline.exporters.sql.keys import order_tables

_NAMES = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}
_KEY_LENGTH = 255
_PLAIN: Mapping[str, sql.TypeEngine[Any]] = {
    "SMALLINT": sql.SmallInteger(),
    "INTEGER": sql.Integer(),
    "BIGINT": sql.BigInteger(),
    "REAL": sql.REAL(),
    "DOUBLE PRECISION": sql.Double(),
    "BOOLEAN": sql.Boolean(),
    "DATE": sql.Date(),
    "TIME": sql.Time(),
    "TIMESTAMP": sql.DateTime(),
    "TIMESTAMP WITH TIME ZONE": sql.DateTime(timezone=True),
}
_SPECIAL: Mapping[tuple[str, str], sql.TypeEngine[Any]] = {
    ("mysql", "TIMESTAMP"): mysql.DATETIME(fsp=6),
    ("mysql", "TIME"): mysql.TIME(fsp=6),
    ("mysql", "TIMESTAMP WITH TIME ZONE"): sql.String(40),
    ("mysql", "JSON"): mysql.JSON(),
    ("mssql", "TIMESTAMP"): mssql.DATETIME2(),
    ("mssql", "TIMESTAMP WITH TIME ZONE"): mssql.DATETIMEOFFSET(),
    ("mssql", "TIME"): mssql.TIME(),
    ("mssql", "DATE"): mssql.DATE(),
    ("mssql", "UUID"): mssql.UNIQUEIDENTIFIER(),
    ("oracle", "TIMESTAMP"): oracle.TIMESTAMP(),
    ("oracle", "TIMESTAMP WITH TIME ZONE"): oracle.TIMESTAMP(timezone=True),
    ("oracle", "TIME"): sql.String(16),
    ("oracle", "BOOLEAN"): sql.SmallInteger(),
    ("postgresql", "JSON"): sql.JSON(),
    ("postgresql", "UUID"): sql.Uuid(),
    ("postgresql", "INTERVAL"): sql.Interval(),
}


class _OwnType(sql.UserDefinedType[Any]):
    """A type that only its own dialect has, by its name."""

    cache_ok = True

    def __init__(self, name: str) -> None:
        self.name = name

    def get_col_spec(self, **_: Any) -> str:
        return self.name


class TableWriter:
    """Makes the tables of a schema for one dialect; `findings` name the checks that only another one has."""

    def __init__(
        self,
        schema: RelatedSchema,
        types: Mapping[str, Mapping[str, SqlType]],
        target: SqlDialect,
        database_schema: str | None = None,
    ) -> None:
        self._schema = schema
        self._types = types
        self._target = target
        self._is_home = str(schema.source.get("dialect")).replace("mariadb", "mysql") == target.name
        self._metadata = MetaData(
            schema=None if database_schema is None else quoted_name(database_schema, quote=True),
            naming_convention=_NAMES,
        )
        self.findings: list[str] = []
        check_names(schema, target)
        self.tables: dict[str, Table] = {}
        for name in order_tables(schema):
            self.tables[name] = self._make(schema.get(name))

    def write(self, name: str) -> str:
        """The CREATE TABLE of one table."""
        try:
            statement = str(CreateTable(self.tables[name]).compile(dialect=self._target.compiler))
        except (CompileError, IdentifierError) as error:
            raise ExportError(
                f'Table "{name}" cannot be made in {self._target.name}.',
                "shorten its name and those of its columns, or choose another dialect.",
            ) from error
        return statement.strip().replace("\t", "    ").replace(" \n", "\n")

    def _make(self, table: RelatedTable) -> Table:
        types = self._types[table.name]
        keys = {column for key in self._list_keys(table) for column in key}
        columns = [
            Column(
                quoted_name(name, quote=True),
                self._type(types[name], is_key=name in keys),
                nullable=not (types[name].is_required or name in table.primary_key),
                autoincrement=False,
            )
            for name in table.columns
        ]
        columns += self._list_computed(table.name)
        constraints: list[Any] = [PrimaryKeyConstraint(*table.primary_key)] if table.primary_key else []
        constraints += [UniqueConstraint(*key) for key in table.unique if key != table.primary_key]
        constraints += self._list_checks(table)
        constraints += self._list_foreign_keys(table, {column.name: column for column in columns})
        return Table(
            quoted_name(table.name, quote=True),
            self._metadata,
            *columns,
            *constraints,
            mysql_charset="utf8mb4",
            mysql_engine="InnoDB",
        )

    def _list_computed(self, table: str) -> list[Column[Any]]:
        """The columns that the source computes from others, where it is of this dialect."""
        found = self._schema.source.get("computed", {}).get(table, {}) if self._is_home else {}
        return [
            Column(
                quoted_name(name, quote=True),
                self._type(SqlType(**one["type"]), is_key=False),
                Computed(text(one["expression"].replace(":", "\\:")), persisted=one["is_stored"]),
            )
            for name, one in found.items()
        ]

    def _list_keys(self, table: RelatedTable) -> Collection[tuple[str, ...]]:
        """All keys that a table takes part in: those of other tables need a type of the same length."""
        foreign = [one.columns for one in self._schema.list_relations(table.name)]
        return [table.primary_key, *table.unique, *foreign, *self._list_referred(table)]

    def _list_referred(self, table: RelatedTable) -> list[tuple[str, ...]]:
        return [one.parent_columns for one in self._schema.relations if one.parent == table.name]

    def _list_foreign_keys(
        self, table: RelatedTable, columns: Mapping[str, Column[Any]]
    ) -> list[ForeignKeyConstraint]:
        found: list[ForeignKeyConstraint] = []
        for one in self._schema.list_relations(table.name):
            parent = self._schema.get(one.parent)
            if one.parent_columns not in (parent.primary_key, *parent.unique):
                self.findings.append(
                    f"{one.id} is no foreign key in SQL: what it refers to is not declared unique."
                )
                continue
            held = columns if one.is_self else self.tables[one.parent].c
            found.append(ForeignKeyConstraint(one.columns, [held[name] for name in one.parent_columns]))
        return found

    def _list_checks(self, table: RelatedTable) -> list[CheckConstraint]:
        found: list[CheckConstraint] = []
        for column in table.columns:
            for check in self._types[table.name][column].checks:
                written = self._write_check(check, self._list_names(table))
                if written is None:
                    self.findings.append(f"{table.name}.{column}: a CHECK of another dialect is left out.")
                    continue
                # SQLAlchemy takes ":name" in a text for a parameter.
                found.append(CheckConstraint(text(written.replace(":", "\\:")), name=str(len(found) + 1)))
        return found

    def _list_names(self, table: RelatedTable) -> set[str]:
        return {*table.columns, *(str(one.name) for one in self._list_computed(table.name))}

    def _write_check(self, check: str, known: Collection[str]) -> str | None:
        conditions = read_check(check)
        if conditions is None:
            return check if self._is_home else None
        if not {name for one in conditions for name in (one.column, one.other) if name} <= set(known):
            return None
        return " AND ".join(one.write(self._target.quote, self._target.spell) for one in conditions)

    def _type(self, kind: SqlType, is_key: bool) -> sql.TypeEngine[Any]:
        if kind.name == "JSONB" and not self._is_home:
            kind = replace(kind, name="JSON")
        special = _SPECIAL.get((self._target.name, kind.name)) or _PLAIN.get(kind.name)
        if special is not None:
            return special
        if kind.name == "NUMERIC":
            return sql.Numeric(kind.precision, kind.scale)
        if kind.name == "BINARY":
            return self._binary(kind.length, is_key)
        if kind.name == "UUID":
            return sql.CHAR(36)
        if kind.name == "CHAR":
            return sql.NCHAR(kind.length) if self._target.name == "mssql" else sql.CHAR(kind.length)
        if self._is_home and kind.name not in ("VARCHAR", "TEXT", "JSON", "INTERVAL"):
            return _OwnType(kind.name)
        return self._text(kind.length if kind.name in ("VARCHAR", "TEXT") else None, is_key)

    def _text(self, length: int | None, is_key: bool) -> sql.TypeEngine[Any]:
        if self._target.name in ("mysql", "mssql", "oracle"):
            is_long = length is None or length > 4_000
            length = _KEY_LENGTH if is_long and is_key else None if is_long else length
        if self._target.name == "mssql":
            return mssql.NVARCHAR(length)
        if self._target.name == "mysql" and length is None:
            return mysql.LONGTEXT()
        return sql.Text() if length is None else sql.String(length)

    def _binary(self, length: int | None, is_key: bool) -> sql.TypeEngine[Any]:
        if self._target.name == "mysql":
            return mysql.VARBINARY(length or _KEY_LENGTH) if length or is_key else mysql.LONGBLOB()
        if self._target.name == "mssql":
            return mssql.VARBINARY(length or (_KEY_LENGTH if is_key else "max"))
        if self._target.name == "oracle" and (length or is_key):
            return oracle.RAW(length or _KEY_LENGTH)
        return sql.LargeBinary(length)


def check_names(schema: RelatedSchema, target: SqlDialect) -> None:
    """Refuse names that the dialect cannot tell apart or hold."""
    _refuse_alike("Tables", [table.name for table in schema.tables], target)
    for table in schema.tables:
        _refuse_alike(f'Columns of the table "{table.name}"', list(table.columns), target)
        for name in (table.name, *table.columns):
            if not target.takes_name(name):
                raise ExportError(
                    f'"{name[:60]}" cannot be a name in {target.name}, which has names of 1 to '
                    f"{target.most_name} bytes{', without emoji' if target.name == 'mysql' else ''}.",
                    "rename it, or choose another dialect.",
                )


def _refuse_alike(what: str, names: list[str], target: SqlDialect) -> None:
    if not target.folds_case:
        return
    counts = Counter(name.casefold() for name in names)
    alike = [name for name in names if counts[name.casefold()] > 1]
    if alike:
        raise ExportError(
            f"{what} differ in case only, which {target.name} does not tell apart: {', '.join(alike)}.",
            "rename one of them, or choose postgresql.",
        )
