"""The record of exports: which real rows each exported table repeats, as bits and without any value."""

from __future__ import annotations

from sqlalchemy import Connection, Row, select

from pipeline.evaluation.privacy import ExportRecord
from pipeline.store.database import Database, utc_now
from pipeline.store.tables import EXPORTS

_APPEND_LOCK = 4_071_925


class ExportLog:
    """One entry for each exported table, however often and in whatever formats it leaves."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, table_key: str, record: ExportRecord, actor: str) -> tuple[ExportRecord, ...]:
        """Note an export, and give those that `list_before` gives; harmless where this table has left before.

        Both happen under one lock, so that of two tables that leave at once one is told of the other.
        """
        values = {**vars(record), "table_key": table_key, "actor": actor, "at": utc_now()}
        with self._database.begin_alone(_APPEND_LOCK) as connection:
            known = connection.scalar(select(EXPORTS.c.number).where(EXPORTS.c.table_key == table_key))
            if known is None:
                connection.execute(EXPORTS.insert().values(**values))
            return _list_before(connection, table_key, record)

    def list_before(self, table_key: str, like: ExportRecord) -> tuple[ExportRecord, ...]:
        """Exports of the same real rows that left before this table did first, all where it has not yet.

        What a table is told of the others is thus the same every time that it leaves.
        """
        with self._database.read() as connection:
            return _list_before(connection, table_key, like)

    def list(self, dataset_fingerprint: str) -> tuple[ExportRecord, ...]:
        """Every export of a dataset, the oldest first."""
        wanted = select(EXPORTS).where(EXPORTS.c.dataset_fingerprint == dataset_fingerprint)
        with self._database.read() as connection:
            return tuple(_read(row) for row in connection.execute(wanted.order_by(EXPORTS.c.number)))


def _list_before(connection: Connection, table_key: str, like: ExportRecord) -> tuple[ExportRecord, ...]:
    columns = EXPORTS.c
    mine = select(columns.number).where(columns.table_key == table_key).scalar_subquery()
    wanted = (
        select(EXPORTS)
        .where(columns.dataset_fingerprint == like.dataset_fingerprint)
        .where(columns.training_rows == like.training_rows)
        .where(columns.holdout_rows == like.holdout_rows)
        .where((columns.number < mine) | mine.is_(None))
        .order_by(columns.number)
    )
    return tuple(_read(row) for row in connection.execute(wanted))


def _read(row: Row[tuple[object, ...]]) -> ExportRecord:
    return ExportRecord(
        row.dataset_fingerprint,
        row.rows,
        row.training_rows,
        row.holdout_rows,
        row.training_bits,
        row.holdout_bits,
    )
