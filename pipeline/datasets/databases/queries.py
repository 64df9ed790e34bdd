"""Rows of a database by batches: whole tables, and the rows that hold some keys."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, cast, func, or_, select, tuple_, type_coerce
from sqlalchemy import types as sql
from sqlalchemy.sql import column, quoted_name, table

from pipeline.datasets.databases.sql_types import describe_type
from pipeline.datasets.related.schema import RelatedTable

Key = tuple[Any, ...]

_ROWS = 5_000
_MOST_PARAMETERS = {"sqlite": 30_000, "postgresql": 30_000, "mysql": 30_000, "mariadb": 30_000}
_FEW_PARAMETERS = 900  # Oracle allows 1,000 in a list, SQL Server 2,100 in a statement
_MOST_BATCHES = 20
_NO_ORDER = ("JSON", "BINARY", "INTERVAL")


class Queries:
    """Reads the tables of one transaction; every value of a key is the driver's own."""

    def __init__(
        self, connection: Connection, schema: str | None, types: Mapping[str, Mapping[str, sql.TypeEngine]]
    ) -> None:
        self._connection = connection.execution_options(stream_results=True, yield_per=_ROWS)
        self._dialect = connection.dialect
        self._schema = schema
        self._types = types
        self._tables: dict[str, Any] = {}
        self._most = _MOST_PARAMETERS.get(self._dialect.name, _FEW_PARAMETERS)

    def count(self, name: str) -> int:
        """How many rows a table has."""
        found = self._connection.execute(select(func.count()).select_from(self._table(name)))
        return int(found.scalar_one())

    def read_keys(
        self, name: str, columns: Sequence[str], order_by: Sequence[str] = ()
    ) -> Iterator[list[Key]]:
        """Some columns of all rows, by batches."""
        statement = select(*self._raw(name, columns)).select_from(self._table(name))
        for rows in self._stream(statement.order_by(*self._raw(name, order_by))):
            yield [tuple(row) for row in rows]

    def find(
        self, name: str, columns: Sequence[str], held: Sequence[str], keys: Collection[Key]
    ) -> Iterator[list[Key]]:
        """Some columns of the rows whose columns `held` hold one of the keys, by batches.

        Where the keys are many, the whole table is read and what does not fit is dropped here.
        """
        statement = select(*self._raw(name, columns), *self._raw(name, held)).select_from(self._table(name))
        yield from (
            [row[: len(columns)] for row in rows]
            for rows in self._match(statement, name, len(columns), held, keys)
        )

    def read_first(self, item: RelatedTable, columns: Sequence[str], limit: int) -> Iterator[list[Key]]:
        """Some columns of the first rows, by all columns that can be ordered."""
        statement = select(*self._raw(item.name, columns)).select_from(self._table(item.name))
        yield from self._stream(statement.order_by(*self._list_ordering(item)).limit(limit))

    def read_rows(self, item: RelatedTable, limit: int | None = None) -> Iterator[list[Key]]:
        """All rows in the order of their key; those of `read_first` where there is a limit."""
        statement = select(*self._cells(item)).select_from(self._table(item.name))
        order = self._raw(item.name, item.primary_key) if limit is None else self._list_ordering(item)
        yield from self._stream(statement.order_by(*order).limit(limit))

    def find_rows(
        self, item: RelatedTable, held: Sequence[str], keys: Collection[Key], also: Sequence[str] = ()
    ) -> Iterator[list[Key]]:
        """The rows whose columns `held` hold one of the keys, each followed by its key and `also`."""
        columns = [*self._cells(item), *self._raw(item.name, held), *self._raw(item.name, also)]
        statement = select(*columns).select_from(self._table(item.name))
        statement = statement.order_by(*self._raw(item.name, item.primary_key))
        yield from self._match(statement, item.name, len(item.columns), held, keys)

    def _list_ordering(self, item: RelatedTable) -> list[ColumnElement[Any]]:
        return self._raw(item.name, [one for one in item.columns if item.types[one].name not in _NO_ORDER])

    def _match(
        self, statement: Select[Any], name: str, width: int, held: Sequence[str], keys: Collection[Key]
    ) -> Iterator[list[Key]]:
        size = max(1, self._most // len(held))
        end = width + len(held)
        if len(keys) > size * _MOST_BATCHES:
            known = frozenset(keys)
            for rows in self._stream(statement):
                yield [row for row in rows if row[width:end] in known]
            return
        ordered = list(keys)
        for start in range(0, len(ordered), size):
            yield from self._stream(statement.where(self._hold(name, held, ordered[start : start + size])))

    def _hold(self, name: str, held: Sequence[str], keys: Sequence[Key]) -> ColumnElement[bool]:
        columns = self._raw(name, held)
        if len(held) == 1:
            return columns[0].in_([key[0] for key in keys])
        if self._dialect.name == "mssql":  # it compares no tuples
            return or_(
                *(and_(*(one == value for one, value in zip(columns, key, strict=True))) for key in keys)
            )
        return tuple_(*columns, types=[sql.NullType()] * len(held)).in_(keys)

    def _stream(self, statement: Select[Any]) -> Iterator[list[Any]]:
        result = self._connection.execute(statement)
        try:
            for rows in result.partitions(_ROWS):
                yield list(rows)
        finally:
            result.close()

    def _table(self, name: str) -> Any:
        if name not in self._tables:
            schema = None if self._schema is None else quoted_name(self._schema, quote=True)
            columns: list[Any] = [column(quoted_name(one, quote=True)) for one in self._types[name]]
            self._tables[name] = table(quoted_name(name, quote=True), *columns, schema=schema)
        return self._tables[name]

    def _raw(self, name: str, columns: Sequence[str]) -> list[ColumnElement[Any]]:
        """Columns without a conversion by SQLAlchemy, which stumbles over what SQLite lets in."""
        source = self._table(name)
        return [type_coerce(source.c[one], sql.NullType()) for one in columns]

    def _cells(self, item: RelatedTable) -> list[ColumnElement[Any]]:
        raw = self._raw(item.name, item.columns)
        return [self._as_cell(item.name, name, one) for name, one in zip(item.columns, raw, strict=True)]

    def _as_cell(self, name: str, column_name: str, one: ColumnElement[Any]) -> ColumnElement[Any]:
        """Moments of PostgreSQL as text: Python has no infinity and no year after 9999."""
        kind = describe_type(self._types[name][column_name], self._dialect, is_required=False).name
        is_far = kind in ("DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE")
        return cast(one, sql.Text()) if self._dialect.name == "postgresql" and is_far else one
