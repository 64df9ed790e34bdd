"""Read the tables of a database: in one transaction that only looks, by batches, whole or a part of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Engine
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError

from pipeline.datasets.databases.address import describe_address, open_reader, parse_address
from pipeline.datasets.databases.cells import MOST_BYTES, ColumnCells
from pipeline.datasets.databases.closure import Chosen, Closure
from pipeline.datasets.databases.failures import translated_failures
from pipeline.datasets.databases.loose_types import observe_type
from pipeline.datasets.databases.queries import Key, Queries
from pipeline.datasets.databases.reflection import Declared, reflect_tables
from pipeline.datasets.related.schema import RelatedTable, Relation, SqlType
from pipeline.progress import OnProgress, RowProgress, Stage, tell

KEPT = "nothing was kept"
_SEED = 0
_BEGINNINGS: Mapping[str, tuple[str, ...]] = {
    "postgresql": (
        "SET LOCAL TIME ZONE 'UTC'",
        "SET LOCAL datestyle = 'ISO, YMD'",
        "SET LOCAL lock_timeout = '15s'",
    ),
    "mysql": ("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",),
    "mariadb": ("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",),
    "oracle": ("SET TRANSACTION READ ONLY",),
}


@dataclass(frozen=True, eq=False)
class DatabaseTables:
    """Tables as they were in a database at one moment, parents before children.

    `frames` hold text, None where missing; `tables` their columns, keys and types; `relations` the foreign
    keys that are declared among them. `source` is for `RelatedSchema.source`, without user and password.
    """

    frames: Mapping[str, pd.DataFrame]
    tables: tuple[RelatedTable, ...]
    relations: tuple[Relation, ...]
    source: Mapping[str, Any]
    findings: tuple[str, ...] = ()


def read_database(
    url: str,
    schema: str | None = None,
    tables: Sequence[str] | None = None,
    roots: Mapping[str, int] | None = None,
    on_progress: OnProgress | None = None,
    password: str | None = None,
    seed: int = _SEED,
) -> DatabaseTables:
    """Read all tables of a database or schema, or those that are named, views too.

    `roots` limits the rows of some tables and reads of the others what belongs to these rows, so that no
    foreign key dangles. DataError where the address, a name or the rights are wrong; StoreError where the
    database cannot be reached or the connection is lost; JobCancelled on STOP.
    """
    address = parse_address(url)
    engine = open_reader(address, password)
    try:
        with translated_failures(), reading(engine) as connection:
            declared = reflect_tables(connection, schema, tables)
            found = _Reading(connection, schema, declared, on_progress).read(dict(roots or {}), seed)
    finally:
        engine.dispose()
    return replace(found, source={**_describe_source(address, schema, roots), **found.source})


def _describe_source(address: URL, schema: str | None, roots: Mapping[str, int] | None) -> dict[str, Any]:
    found: dict[str, Any] = {"kind": "database", "dialect": address.get_backend_name()}
    found |= {"address": describe_address(address)} | ({"schema": schema} if schema else {})
    return found | ({"roots": dict(roots)} if roots else {})


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One transaction that sees one moment and can change nothing, as far as the dialect lets it."""
    with engine.connect() as connection:
        _isolate(connection)
        with connection.begin():
            for statement in _BEGINNINGS.get(connection.dialect.name, ()):
                connection.exec_driver_sql(statement)
            yield connection


def _isolate(connection: Connection) -> None:
    name = connection.dialect.name
    if name == "postgresql":
        connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    elif name in ("mysql", "mariadb"):
        connection.execution_options(isolation_level="REPEATABLE READ")
    elif name not in ("sqlite", "oracle"):
        try:
            connection.execution_options(isolation_level="SERIALIZABLE")
        except (ArgumentError, NotImplementedError):
            return


class _Reading:
    """The rows of all tables in one transaction, counted as they come."""

    def __init__(
        self, connection: Connection, schema: str | None, declared: Declared, on_progress: OnProgress | None
    ) -> None:
        self._queries = Queries(connection, schema, declared.types)
        self._declared = declared
        self._is_loose = connection.dialect.name == "sqlite"
        self._on_progress = on_progress
        self._rows = self._total = self._done = 0
        self._findings = list(declared.findings)

    def read(self, roots: dict[str, int], seed: int) -> DatabaseTables:
        self._tell()
        chosen = self._choose(roots, seed)
        self._total = sum(self._count(name, one) for name, one in chosen.items())
        found = []
        for table in self._declared.tables:
            found.append(self._read_table(table, chosen[table.name]))
            self._done += 1
            self._tell()
        frames = {table.name: frame for table, frame in found}
        tables = tuple(table for table, _ in found)
        relations = tuple(_observe(one, frames[one.child]) for one in self._declared.relations)
        computed = {name: dict(one) for name, one in self._declared.computed.items()}
        source = {"computed": computed} if computed else {}
        return DatabaseTables(frames, tables, relations, source, tuple(self._findings))

    def _choose(self, roots: dict[str, int], seed: int) -> dict[str, Chosen]:
        if not roots:
            return {table.name: Chosen(is_whole=True) for table in self._declared.tables}
        closure = Closure(self._queries, self._declared, roots, seed)
        chosen = closure.choose()
        self._findings += closure.findings
        return chosen

    def _count(self, name: str, chosen: Chosen) -> int:
        if chosen.is_whole:
            return self._queries.count(name)
        return chosen.limit or (len(chosen.pairs[0][1]) if chosen.pairs else 0)

    def _read_table(self, table: RelatedTable, chosen: Chosen) -> tuple[RelatedTable, pd.DataFrame]:
        keys = {column for key in (table.primary_key, *table.unique) for column in key}
        for one in self._declared.relations:
            keys |= set(one.columns if one.child == table.name else ())
        columns = [ColumnCells(table.types[name], name in keys) for name in table.columns]
        count = 0
        for rows in self._stream(table, chosen):
            for cells, values in zip(columns, zip(*rows, strict=True), strict=False):
                cells.add(values)
            count += len(rows)
            self._rows += len(rows)
            self._tell()
        return self._build(table, columns, count)

    def _stream(self, table: RelatedTable, chosen: Chosen) -> Iterator[list[Key]]:
        if chosen.is_whole or chosen.limit is not None:
            yield from self._queries.read_rows(table, chosen.limit)
            return
        earlier: list[tuple[tuple[str, ...], frozenset[Key]]] = []
        for columns, keys in chosen.pairs:
            also = [column for held, _ in earlier for column in held]
            start = len(table.columns) + len(columns)
            for rows in self._queries.find_rows(table, columns, keys, also):
                yield [row for row in rows if not _is_known(row[start:], earlier)]
            earlier.append((columns, frozenset(keys)))

    def _build(
        self, table: RelatedTable, columns: Sequence[ColumnCells], count: int
    ) -> tuple[RelatedTable, pd.DataFrame]:
        kept, types = {}, {}
        for name, cells in zip(table.columns, columns, strict=True):
            if cells.is_left_out:
                self._findings.append(
                    f"{table.name}.{name} is left out: it holds more than {MOST_BYTES:,} bytes in a cell."
                )
                continue
            texts = cells.finish()
            kept[name] = pd.Series(texts, dtype=object, index=pd.RangeIndex(count))
            types[name] = self._observe(table.types[name], texts)
        frame = pd.DataFrame(kept, index=pd.RangeIndex(count))
        return replace(table, columns=tuple(kept), types=types), frame

    def _observe(self, kind: SqlType, texts: Sequence[str | None]) -> SqlType:
        return observe_type(kind, texts) if self._is_loose else kind

    def _tell(self) -> None:
        report = RowProgress(
            Stage.READ,
            rows=self._rows,
            total_rows=max(self._total, self._rows),
            parts=self._done,
            total_parts=len(self._declared.tables),
        )
        tell(self._on_progress, report, KEPT)


def _is_known(values: Key, earlier: Sequence[tuple[tuple[str, ...], frozenset[Key]]]) -> bool:
    """Whether a row was read already for a pair before this one."""
    place = 0
    for columns, keys in earlier:
        if values[place : place + len(columns)] in keys:
            return True
        place += len(columns)
    return False


def _observe(relation: Relation, child: pd.DataFrame) -> Relation:
    """The relation as the rows are: optional where one of them has no parent."""
    is_optional = bool(child[list(relation.columns)].isna().any(axis=None))
    return replace(relation, is_optional=is_optional)
