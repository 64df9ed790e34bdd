"""Databases for tests of reading and loading: empty ones in SQLite and PostgreSQL, and statements in them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, make_url

from pipeline.datasets.databases.reading import DatabaseTables
from pipeline.datasets.related.schema import RelatedSchema
from tests.unit.exporters.export_cases import PROVENANCE


@contextmanager
def opened(url: str) -> Iterator[Any]:
    """A connection of the driver itself."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        connection = sqlite3.connect(str(address.database))
        yield connection
        connection.commit()
        connection.close()
        return
    engine = create_engine(address)
    raw = engine.raw_connection()
    yield raw.driver_connection
    raw.commit()
    raw.close()
    engine.dispose()


def run(url: str, script: str) -> None:
    """Run several statements."""
    with opened(url) as connection:
        if isinstance(connection, sqlite3.Connection):
            connection.executescript(script)
        else:
            connection.execute(script)


def ask(url: str, statement: str) -> list[tuple[Any, ...]]:
    """The rows that a query gives."""
    with opened(url) as connection:
        return connection.execute(statement).fetchall()


def make_url_of(kind: str, request: pytest.FixtureRequest, folder: Path) -> str:
    """The address of an empty database."""
    if kind == "sqlite":
        return f"sqlite:///{folder / 'empty.db'}"
    return str(request.getfixturevalue("postgres").create_empty())


def as_schema(found: DatabaseTables) -> RelatedSchema:
    """The schema that a database declares."""
    return RelatedSchema(
        "bank", "Bank", "", PROVENANCE.as_of, found.tables, found.relations, source=found.source
    )
