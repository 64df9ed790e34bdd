"""Rows of fitted tables into a database by batches, each value as the driver takes it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, time
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Insert,
    MetaData,
    Table,
    bindparam,
    false,
    func,
    insert,
    select,
    update,
)
from sqlalchemy import types as sql
from sqlalchemy.engine.interfaces import ReflectedColumn
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import quoted_name
from sqlalchemy.sql.compiler import SQLCompiler

from pipeline.datasets.related.schema import RelatedSchema
from pipeline.exporters.sql.dialects import spell_moment
from pipeline.exporters.sql.fit import FittedTable
from pipeline.exporters.sql.keys import RowOrder, check_later, order_rows

_BATCH = 5_000


class _InsertAll(Insert):
    """INSERT into a table whose numbering the database would else do itself."""

    inherit_cache = False


@compiles(_InsertAll, "postgresql")
def _write_overriding(statement: _InsertAll, compiler: SQLCompiler, **options: Any) -> str:
    """PostgreSQL takes values for GENERATED ALWAYS AS IDENTITY only where the statement says so."""
    text = compiler.visit_insert(statement, **options)
    return re.sub(r"\) (VALUES|SELECT) ", r") OVERRIDING SYSTEM VALUE \1 ", text, count=1)


class Inserter:
    """Fills and counts the tables of a schema in one database.

    Columns that a table computes itself there are left to it.
    """

    def __init__(self, schema: RelatedSchema, database_schema: str | None) -> None:
        self._schema = schema
        self._database_schema = database_schema
        self._computed: dict[str, set[str]] = {}
        self._numbered: set[str] = set()

    def note(self, name: str, columns: Sequence[ReflectedColumn]) -> None:
        """Remember of a table that is there what the database fills itself."""
        self._computed[name] = {one["name"] for one in columns if one.get("computed")}
        if any(one["identity"].get("always") for one in columns if one.get("identity")):
            self._numbered.add(name)

    def count(self, connection: Connection, name: str) -> int:
        """How many rows a table has there."""
        found = connection.execute(select(func.count()).select_from(self._describe(name)))
        return int(found.scalar_one())

    def fill_nothing(self, connection: Connection, name: str) -> None:
        """Insert no row, for which the database asks for the same rights as for any."""
        target = self._describe(name)
        columns = [target.c[place] for place in self._list_places(name)]
        nobody = select(*columns).where(false())
        statement = self._insert(name, target)
        connection.execute(statement.from_select([one.key for one in columns], nobody))

    def _insert(self, name: str, target: Table) -> Insert:
        return _InsertAll(target) if self.is_numbered(name) else insert(target)

    def list_filled(self, name: str) -> tuple[str, ...]:
        """The columns that INSERT names: all that the database does not compute."""
        return tuple(self._list_places(name).values())

    def is_numbered(self, name: str) -> bool:
        """Whether the database numbers the rows of a table always, unless it is told otherwise."""
        return name in self._numbered

    def _list_places(self, name: str) -> dict[str, str]:
        """The keys of the columns that are filled, and their names."""
        computed = self._computed.get(name, set())
        columns = enumerate(self._schema.get(name).columns)
        return {f"c{place}": one for place, one in columns if one not in computed}

    def fill(self, connection: Connection, table: FittedTable) -> Iterator[int]:
        """Insert all rows of a table, parents first, and say after each batch how many it had."""
        order = order_rows(self._schema, table.name, table.values, table.rows)
        check_later(self._schema, table.name, table.types, order.later)
        target = self._describe(table.name)
        bind = _BINDERS.get(connection.dialect.name, _bind_plain)
        statement = self._insert(table.name, target)
        places = self._list_places(table.name)
        for start in range(0, table.rows, _BATCH):
            batch = order.rows[start : start + _BATCH]
            connection.execute(statement, _bind_rows(table, places, batch, order, bind))
            yield len(batch)
        for row, one in order.later:
            cells = {name: bind(values[row]) for name, values in table.values.items()}
            self._set(connection, table, target, cells, one.columns)

    def _set(
        self,
        connection: Connection,
        table: FittedTable,
        target: Table,
        cells: Mapping[str, Any],
        columns: Sequence[str],
    ) -> None:
        """Set some cells of the row with the key that stands in `cells`."""
        places = {name: f"c{place}" for place, name in enumerate(table.values)}
        statement = update(target).values({places[name]: cells[name] for name in columns})
        for name in self._schema.get(table.name).primary_key:
            value = bindparam(None, cells[name], type_=sql.NullType())
            statement = statement.where(target.c[places[name]] == value)
        connection.execute(statement)

    def _describe(self, name: str) -> Table:
        """The table with columns under plain keys and without types: values are bound as they are."""
        schema = None if self._database_schema is None else quoted_name(self._database_schema, quote=True)
        columns = [
            Column(quoted_name(one, quote=True), sql.NullType(), key=f"c{place}")
            for place, one in enumerate(self._schema.get(name).columns)
        ]
        return Table(quoted_name(name, quote=True), MetaData(), *columns, schema=schema)


def _bind_rows(
    table: FittedTable,
    places: Mapping[str, str],
    rows: Sequence[int],
    order: RowOrder,
    bind: Callable[[Any], Any],
) -> list[dict[str, Any]]:
    """Rows as parameters, empty where a cell is set later."""
    emptied = {(row, name) for row, one in order.later for name in one.columns}
    return [
        {
            key: None if (row, name) in emptied else bind(table.values[name][row])
            for key, name in places.items()
        }
        for row in rows
    ]


def _bind_plain(value: Any) -> Any:
    return value


def _bind_sqlite(value: Any) -> Any:
    """SQLite knows numbers, texts and bytes; the affinity of a column makes numbers of decimals."""
    if isinstance(value, date | time):
        return spell_moment(value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    return int(value) if isinstance(value, bool) else value


def _bind_postgresql(value: Any) -> Any:
    """PostgreSQL reads every type from text, also those that Python has no type for."""
    if value is None or isinstance(value, bytes):
        return value
    if isinstance(value, date | time):
        return spell_moment(value)
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _bind_mysql(value: Any) -> Any:
    """MySQL has no zones: such a moment is text there."""
    is_zoned = isinstance(value, date) and getattr(value, "tzinfo", None) is not None
    return spell_moment(value) if is_zoned else value


_BINDERS: Mapping[str, Callable[[Any], Any]] = {
    "sqlite": _bind_sqlite,
    "postgresql": _bind_postgresql,
    "mysql": _bind_mysql,
    "mariadb": _bind_mysql,
}
