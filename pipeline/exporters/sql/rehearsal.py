"""Whether tables could be loaded into a database, asked before any of their rows are made."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace

import pandas as pd
from sqlalchemy import Connection, inspect
from sqlalchemy.engine.interfaces import ReflectedColumn

from pipeline.datasets.databases.address import find_file, open_writer, parse_address
from pipeline.datasets.databases.failures import translated_failures
from pipeline.datasets.databases.reflection import reflect_tables
from pipeline.datasets.related.schema import RelatedSchema, SqlType
from pipeline.errors import DataError, ExportError
from pipeline.exporters.sql.fit import fit_types
from pipeline.exporters.sql.inference import infer_types
from pipeline.exporters.sql.load import LoadJob, naming, wait_briefly


def rehearse_load(
    url: str,
    schema: RelatedSchema,
    sample: Mapping[str, pd.DataFrame],
    database_schema: str | None = None,
    append: bool = False,
    password: str | None = None,
) -> None:
    """Raise DataError where tables like those of `sample` could not be loaded; StoreError as `load` does.

    No row of the sample is sent: it is held against the types of the tables that are there. Missing tables
    are made in a transaction that is undone, where the database can undo that, so that a missing right shows.
    """
    address = parse_address(url)
    try:
        job = LoadJob(address, schema, sample, database_schema, append)
        file = find_file(address)
        if file is not None and not file.exists():
            if not file.parent.is_dir() or not os.access(file.parent, os.W_OK):
                raise DataError(f"No file can be made in {file.parent}.", "choose another folder.")
            return
        engine = open_writer(address, password)
        try:
            with translated_failures(), engine.connect() as connection:
                connection.begin()
                _Rehearsal(job, schema, sample, database_schema, connection).run()
                connection.rollback()
        finally:
            engine.dispose()
    except ExportError as error:
        raise DataError(error.message, error.hint) from error


class _Rehearsal:
    """One database, and what would be loaded into it."""

    def __init__(
        self,
        job: LoadJob,
        schema: RelatedSchema,
        sample: Mapping[str, pd.DataFrame],
        database_schema: str | None,
        connection: Connection,
    ) -> None:
        self._job, self._schema, self._sample = job, schema, sample
        self._database_schema, self._connection = database_schema, connection

    def run(self) -> None:
        """Everything that `load` would do but for the rows."""
        wait_briefly(self._connection)
        existing = self._job.find_existing(self._connection)
        self._require_filled(existing)
        self._require_types(existing)
        for name in self._job.order:
            if name not in existing:
                if not self._job.target.keeps_ddl_in_transaction:
                    continue
                self._job.create(self._connection, name)
            with naming(self._schema, name):
                self._job.inserter.fill_nothing(self._connection, name)

    def _require_filled(self, existing: Mapping[str, int]) -> None:
        """Every column that is there and may not be empty must be among ours, or filled by the database."""
        inspector = inspect(self._connection)
        for name in existing:
            ours = set(self._schema.get(name).columns)
            for column in inspector.get_columns(name, self._database_schema):
                if column["name"] not in ours and _needs_value(column):
                    raise ExportError(
                        f'Table "{name}" of the database has a column "{column["name"]}" that may not be '
                        "empty, and nothing fills it.",
                        "give it a default there, or choose another database or schema.",
                    )

    def _require_types(self, existing: Mapping[str, int]) -> None:
        """The sample must fit the types and checks of the tables that are there."""
        if not existing:
            return
        found = reflect_tables(self._connection, self._database_schema, list(existing))
        types = {table.name: dict(table.types) for table in found.tables}
        if self._job.target.name == "sqlite":
            ours = infer_types(self._schema, self._sample)
            types = {name: _loosen(there, ours.get(name, {})) for name, there in types.items()}
        tables = tuple(
            replace(one, types={**one.types, **types.get(one.name, {})}) for one in self._schema.tables
        )
        fit_types(replace(self._schema, tables=tables), self._sample, self._job.target.name)


def _needs_value(column: ReflectedColumn) -> bool:
    is_filled = column.get("default") is not None or column.get("autoincrement") is True
    return not column["nullable"] and not (is_filled or column.get("identity") or column.get("computed"))


def _loosen(there: Mapping[str, SqlType], ours: Mapping[str, SqlType]) -> dict[str, SqlType]:
    """Our types with what SQLite holds to: NOT NULL and checks, which compare numbers as numbers."""
    return {
        name: replace(
            ours.get(name, SqlType("TEXT")),
            length=None,
            precision=None,
            scale=None,
            is_required=kind.is_required,
            checks=kind.checks,
        )
        for name, kind in there.items()
    }
