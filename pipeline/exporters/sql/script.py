"""A script that makes several tables and fills them, in one transaction where the dialect has that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from pipeline.datasets.related.schema import RelatedSchema
from pipeline.errors import ExportError
from pipeline.exporters.provenance import Provenance
from pipeline.exporters.sql.dialects import SqlDialect, find_dialect
from pipeline.exporters.sql.fit import FittedTable, fit_types
from pipeline.exporters.sql.keys import check_later, order_rows, order_tables
from pipeline.exporters.sql.tables import TableWriter

_MOST_CHARACTERS = 500_000


@dataclass(frozen=True)
class SqlScript:
    """A script, and in sentences what was adjusted in the tables or could not be written."""

    content: bytes
    findings: tuple[str, ...] = ()


def export_script(
    schema: RelatedSchema,
    tables: Mapping[str, pd.DataFrame],
    dialect: str,
    provenance: Provenance | None = None,
) -> SqlScript:
    """CREATE TABLE and INSERT for all tables, in UTF-8; the same tables give the same bytes.

    `dialect` is sqlite, postgresql, mysql (mariadb), mssql or oracle. Raise ExportError for tables that the
    dialect cannot hold, and for texts with a NUL character, which no script can.
    """
    target = find_dialect(dialect)
    fitted = fit_types(schema, tables, dialect)
    writer = TableWriter(schema, {name: one.types for name, one in fitted.tables.items()}, target)
    order = order_tables(schema)
    creating = [f"{writer.write(name)};" for name in order]
    filling = [line for name in order for line in _fill(schema, fitted.tables[name], target)]
    heading = [f"-- {line}" for line in _write_heading(provenance, target)]
    text = "\n".join([*heading, *_frame(target, creating, filling)]) + "\n"
    return SqlScript(text.encode(), (*fitted.adjustments, *writer.findings))


def _frame(target: SqlDialect, creating: list[str], filling: list[str]) -> list[str]:
    """The statements within a transaction, which CREATE TABLE would end in some dialects."""
    if target.keeps_ddl_in_transaction or not target.begin:
        return [*target.begin, *creating, *filling, target.end]
    *settings, begin = target.begin
    return [*settings, *creating, begin, *filling, target.end]


def _write_heading(provenance: Provenance | None, target: SqlDialect) -> Iterator[str]:
    if provenance is not None:
        yield " ".join(provenance.line.split())
    yield f"For {target.name}, in UTF-8."


def _fill(schema: RelatedSchema, table: FittedTable, target: SqlDialect) -> Iterator[str]:
    order = order_rows(schema, table.name, table.values, table.rows)
    check_later(schema, table.name, table.types, order.later)
    columns = {name: _write_column(table, name, target) for name in table.values}
    quoted = target.quote(table.name)
    head = f"INSERT INTO {quoted} ({', '.join(map(target.quote, columns))}) VALUES"
    emptied = {(row, name) for row, one in order.later for name in one.columns}
    rows = (
        "("
        + ", ".join("NULL" if (row, name) in emptied else cells[row] for name, cells in columns.items())
        + ")"
        for row in order.rows
    )
    for batch in _batch(rows, target.rows_each):
        yield f"{head}\n{','.join(f'{chr(10)}{row}' for row in batch).removeprefix(chr(10))};"
    key = schema.get(table.name).primary_key
    for row, one in order.later:
        assigned = ", ".join(f"{target.quote(name)} = {columns[name][row]}" for name in one.columns)
        where = " AND ".join(f"{target.quote(name)} = {columns[name][row]}" for name in key)
        yield f"UPDATE {quoted} SET {assigned} WHERE {where};"


def _write_column(table: FittedTable, name: str, target: SqlDialect) -> list[str]:
    found = [target.write(value) for value in table.values[name]]
    if any("\0" in text for text in found):
        raise ExportError(
            f'Table "{table.name}": column "{name}" holds NUL characters, which a script cannot.',
            "remove them, or load the tables into the database.",
        )
    return found


def _batch(rows: Iterator[str], most: int) -> Iterator[list[str]]:
    batch: list[str] = []
    size = 0
    for row in rows:
        if batch and (len(batch) == most or size + len(row) > _MOST_CHARACTERS):
            yield batch
            batch, size = [], 0
        batch.append(row)
        size += len(row)
    if batch:
        yield batch
