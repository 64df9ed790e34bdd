"""Load several tables into a database: all of them, counted, in one transaction, or nothing."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from sqlalchemy import Connection, Engine, Table, inspect
from sqlalchemy.engine import URL
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.schema import CreateTable, DropTable

from pipeline.datasets.databases.address import find_file, open_reader, open_writer, parse_address
from pipeline.datasets.databases.failures import find_constraint, is_check, translate, translated_failures
from pipeline.datasets.databases.reading import reading
from pipeline.datasets.related.schema import RelatedSchema
from pipeline.errors import ExportError
from pipeline.exporters.sql.dialects import SqlDialect, find_dialect
from pipeline.exporters.sql.fit import Fitted, fit_types
from pipeline.exporters.sql.insertion import Inserter
from pipeline.exporters.sql.keys import order_tables
from pipeline.exporters.sql.tables import TableWriter
from pipeline.progress import OnProgress, RowProgress, Stage, tell

KEPT = "nothing was loaded"
_KEY_HINT = "append only rows whose keys are not there yet."


@dataclass(frozen=True)
class LoadPlan:
    """What loading does: `statements` as the dialect has them, `counts` the rows of each table.

    `created` are the tables that are made; the others are there. `findings` say what was adjusted in the
    rows, and what could not be declared.
    """

    statements: tuple[str, ...]
    counts: Mapping[str, int]
    created: tuple[str, ...]
    findings: tuple[str, ...] = ()


def plan_load(
    url: str,
    schema: RelatedSchema,
    tables: Mapping[str, pd.DataFrame],
    database_schema: str | None = None,
    append: bool = False,
    password: str | None = None,
) -> LoadPlan:
    """What `load` would do with the same arguments, which it refuses for the same reasons; writes nothing."""
    address = parse_address(url)
    job = LoadJob(address, schema, tables, database_schema, append)
    file = find_file(address)
    if file is not None and not file.exists():
        return job.plan({})
    engine = open_reader(address, password)
    try:
        with translated_failures(), reading(engine) as connection:
            return job.plan(job.find_existing(connection))
    finally:
        engine.dispose()


def load(
    url: str,
    schema: RelatedSchema,
    tables: Mapping[str, pd.DataFrame],
    database_schema: str | None = None,
    append: bool = False,
    password: str | None = None,
    on_progress: OnProgress | None = None,
) -> LoadPlan:
    """Make the tables that are missing and fill all, parents first; commit when all rows are counted there.

    A table that is there must be empty unless `append` is set. Whatever fails leaves nothing: ExportError
    for rows or tables that the database refuses, StoreError where it is full, away or locked, JobCancelled
    on STOP.
    """
    address = parse_address(url)
    job = LoadJob(address, schema, tables, database_schema, append)
    with opened_target(address, password) as engine, translated_failures(), _without_echo():
        return job.run(engine, on_progress)


@contextmanager
def opened_target(address: URL, password: str | None) -> Iterator[Engine]:
    """An engine for writing; a file that was made for it goes again where loading fails."""
    file = find_file(address)
    is_new = file is not None and not file.exists()
    engine = open_writer(address, password)
    try:
        yield engine
    except BaseException:
        engine.dispose()
        _remove(file if is_new else None)
        raise
    engine.dispose()


def wait_briefly(connection: Connection) -> None:
    """Have a transaction end with an error where another one keeps it waiting for a lock."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL lock_timeout = '15s'")


@contextmanager
def _without_echo() -> Iterator[None]:
    """Keep psycopg 3.3 from logging that a batch ended with the error that is raised anyway."""
    logger = logging.getLogger("psycopg")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


def _remove(file: Path | None) -> None:
    for suffix in ("", "-journal", "-wal", "-shm"):
        if file is not None:
            Path(f"{file}{suffix}").unlink(missing_ok=True)


class LoadJob:
    """Tables that fit a dialect, on their way into one database."""

    def __init__(
        self,
        address: URL,
        schema: RelatedSchema,
        tables: Mapping[str, pd.DataFrame],
        database_schema: str | None,
        append: bool,
    ) -> None:
        self._schema = schema
        self._database_schema = database_schema
        self._append = append
        self.target: SqlDialect = find_dialect(address.get_backend_name())
        self.fitted: Fitted = fit_types(schema, tables, self.target.name)
        types = {name: table.types for name, table in self.fitted.tables.items()}
        self._writer = TableWriter(schema, types, self.target, database_schema)
        self.inserter = Inserter(schema, database_schema)
        self.order = order_tables(schema)

    def find_existing(self, connection: Connection) -> dict[str, int]:
        """The rows of each table that is there; ExportError where one cannot be filled."""
        inspector = inspect(connection)
        schema = self._database_schema
        if schema is not None and schema not in inspector.get_schema_names():
            raise ExportError(f'The database has no schema "{schema}".', "make it first, or name another.")
        names = [name for name in self.order if inspector.has_table(name, schema)]
        for name in names:
            columns = inspector.get_columns(name, schema)
            self._check_columns(name, [one["name"] for one in columns])
            self.inserter.note(name, columns)
        counts = {name: self.inserter.count(connection, name) for name in names}
        filled = [f"{name} ({count:,} rows)" for name, count in counts.items() if count]
        if filled and not self._append:
            raise ExportError(
                f"Tables of the database are not empty: {', '.join(filled)}.",
                "empty them, choose another database or schema, or ask to append the rows.",
            )
        return counts

    def plan(self, existing: Mapping[str, int]) -> LoadPlan:
        """Statements and counts; texts of INSERT show parameters in place of values."""
        created = tuple(name for name in self.order if name not in existing)
        statements = [f"{self._writer.write(name)};" for name in created]
        statements += [self._write_insert(name) for name in self.order]
        counts = {name: self.fitted.tables[name].rows for name in self.order}
        return LoadPlan(
            tuple(statements), counts, created, (*self.fitted.adjustments, *self._writer.findings)
        )

    def run(self, engine: Engine, on_progress: OnProgress | None) -> LoadPlan:
        """Load all tables, or undo what was done."""
        made: list[Table] = []
        try:
            with engine.connect() as connection, connection.begin():
                wait_briefly(connection)
                existing = self.find_existing(connection)
                plan = self.plan(existing)
                for name in plan.created:
                    self.create(connection, name)
                    made.append(self._writer.tables[name])
                self._fill_all(connection, on_progress)
                self._verify(connection, existing)
                return plan
        except BaseException:
            if not self.target.keeps_ddl_in_transaction:
                _drop(engine, made)
            raise

    def create(self, connection: Connection, name: str) -> None:
        """Make a table that is missing."""
        with naming(self._schema, name):
            connection.execute(CreateTable(self._writer.tables[name]))

    def _fill_all(self, connection: Connection, on_progress: OnProgress | None) -> None:
        total = sum(table.rows for table in self.fitted.tables.values())
        done = 0
        for place, name in enumerate(self.order):
            with naming(self._schema, name):
                for count in self.inserter.fill(connection, self.fitted.tables[name]):
                    done += count
                    report = RowProgress(
                        Stage.LOAD, rows=done, total_rows=total, parts=place, total_parts=len(self.order)
                    )
                    tell(on_progress, report, KEPT)

    def _verify(self, connection: Connection, existing: Mapping[str, int]) -> None:
        for name, table in self.fitted.tables.items():
            found, wanted = self.inserter.count(connection, name), existing.get(name, 0) + table.rows
            if found != wanted:
                raise ExportError(
                    f'Table "{name}" holds {found:,} rows after loading, and should hold {wanted:,}.',
                    "look for triggers or rules of the table; nothing was loaded.",
                )

    def _check_columns(self, name: str, there: Sequence[str]) -> None:
        missing = [one for one in self._schema.get(name).columns if one not in there]
        if missing:
            raise ExportError(
                f'Table "{name}" of the database has no column "{missing[0]}".',
                "rename the table there, or choose another database or schema.",
            )

    def _write_insert(self, name: str) -> str:
        quote = self.target.quote
        columns = self.inserter.list_filled(name)
        schema = f"{quote(self._database_schema)}." if self._database_schema else ""
        names, marks = ", ".join(map(quote, columns)), ", ".join("?" * len(columns))
        own = "OVERRIDING SYSTEM VALUE " if self.inserter.is_numbered(name) else ""
        return f"INSERT INTO {schema}{quote(name)} ({names}) {own}VALUES ({marks});"


def _advise_rule(schema: RelatedSchema) -> str:
    return (
        "declare what this CHECK says as a rule, which generated rows keep: "
        f"`rules {schema.name} --propose --accept`, or its text with `--add`."
    )


@contextmanager
def naming(schema: RelatedSchema, table: str) -> Iterator[None]:
    """Errors of the database with the table of a set that they are about, and without a value."""
    try:
        yield
    except IntegrityError as error:
        raise ExportError(
            f'Table "{table}" cannot be loaded: its rows break the constraint {find_constraint(error)}.',
            f"{KEPT}; {_advise_rule(schema) if is_check(error) else _KEY_HINT}",
        ) from error
    except SQLAlchemyError as error:
        found = translate(error)
        raise type(found)(f'Table "{table}" cannot be loaded. {found.message}', found.hint) from error


def _drop(engine: Engine, made: Sequence[Table]) -> None:
    """Remove tables that were made, where the dialect does not do so with the transaction."""
    for table in reversed(made):
        with suppress(SQLAlchemyError), engine.begin() as connection:
            connection.execute(DropTable(table))
