"""The record of exports: which real rows each exported table repeats, as bits and without any value.

A large table leaves part by part. It has one entry all the same, which grows with each part.
"""

from __future__ import annotations

from sqlalchemy import Connection, Row, func, select

from pipeline.errors import NotFoundError
from pipeline.evaluation.privacy.repeats import ExportRecord, join_records
from pipeline.store.database import Database, utc_now
from pipeline.store.tables import EXPORTS

_APPEND_LOCK = 4_071_925


class ExportLog:
    """One entry for each exported table, however often and in whatever formats it leaves."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, table_key: str, record: ExportRecord, actor: str) -> tuple[ExportRecord, ...]:
        """Note an export, and give those that `list_before` gives; harmless where this table has left before.

        Both happen under one lock, so that of two simultaneous exports one includes the other.
        """
        values = {**vars(record), "table_key": table_key, "actor": actor, "at": utc_now()}
        with self._database.begin_alone(_APPEND_LOCK) as connection:
            known = connection.scalar(select(EXPORTS.c.number).where(EXPORTS.c.table_key == table_key))
            if known is None:
                connection.execute(EXPORTS.insert().values(**values))
            return _list_before(connection, table_key, record)

    def add_part(self, table_key: str, index: int, parts: int, record: ExportRecord, actor: str) -> None:
        """Note what part `index` of the `parts` of a large table repeats; harmless where it is noted already.

        With the last part the comparison includes all exports by then. Those that left while it was
        made were compared with its first parts alone, so it must be compared with them.
        """
        mine = EXPORTS.c.table_key == table_key
        with self._database.begin_alone(_APPEND_LOCK) as connection:
            row = _find(connection, table_key)
            noted = _read_parts(row)
            if noted >> index & 1:
                return
            noted |= 1 << index
            together = record if row is None else join_records(_read(row), record)
            values = {**vars(together), "parts": f"{noted:x}"}
            if row is None:
                begun = {"table_key": table_key, "actor": actor, "at": utc_now()}
                connection.execute(EXPORTS.insert().values(**values, **begun))
            else:
                connection.execute(EXPORTS.update().where(mine).values(**values))
            if noted.bit_count() == parts:
                newest = connection.scalar(select(func.max(EXPORTS.c.number)))
                connection.execute(EXPORTS.update().where(mine).values(told_until=newest))

    def list_parts(self, table_key: str) -> frozenset[int]:
        """The parts of a large table that are noted, by index."""
        with self._database.read() as connection:
            noted = _read_parts(_find(connection, table_key))
        return frozenset(index for index in range(noted.bit_length()) if noted >> index & 1)

    def get(self, table_key: str) -> ExportRecord:
        """What is noted of a table; NotFoundError where nothing is."""
        with self._database.read() as connection:
            row = _find(connection, table_key)
        if row is None:
            raise NotFoundError(
                "This table is not recorded in the export log.",
                "repeat the request: its parts are recorded again.",
            )
        return _read(row)

    def list_before(self, table_key: str, like: ExportRecord) -> tuple[ExportRecord, ...]:
        """Exports of the same real rows that left before this table did first, all where it has not yet.

        The comparison of a table is thus the same every time that it leaves, unless a large table
        was under way when it first left: what has left of that one must count, and it may have grown since.
        A large table is compared with those that left before its last part did.
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
    end = func.coalesce(columns.told_until + 1, columns.number)
    mine = select(end).where(columns.table_key == table_key).scalar_subquery()
    wanted = (
        select(EXPORTS)
        .where(columns.dataset_fingerprint == like.dataset_fingerprint)
        .where(columns.training_rows == like.training_rows)
        .where(columns.holdout_rows == like.holdout_rows)
        .where(columns.table_key != table_key)
        .where((columns.number < mine) | mine.is_(None))
        .order_by(columns.number)
    )
    return tuple(_read(row) for row in connection.execute(wanted))


def _find(connection: Connection, table_key: str) -> Row[tuple[object, ...]] | None:
    return connection.execute(select(EXPORTS).where(EXPORTS.c.table_key == table_key)).one_or_none()


def _read_parts(row: Row[tuple[object, ...]] | None) -> int:
    """Bit by bit, which parts are noted."""
    return int(row.parts or "0", 16) if row is not None else 0


def _read(row: Row[tuple[object, ...]]) -> ExportRecord:
    return ExportRecord(
        row.dataset_fingerprint,
        row.rows,
        row.training_rows,
        row.holdout_rows,
        row.training_bits,
        row.holdout_bits,
    )
