"""A migrated database for each test of the store: once in SQLite, once in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.settings import DatabaseOptions, Settings
from pipeline.store.database import Database, open_database
from tests import postgresql


@pytest.fixture(scope="session")
def postgres() -> Iterator[postgresql.PostgresServer]:
    programs = postgresql.find_programs()
    if programs is None:
        pytest.skip(postgresql.MISSING)
    with postgresql.running_server(programs) as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def database_options(request: pytest.FixtureRequest) -> DatabaseOptions:
    """Where a test's database lies; PostgreSQL's has its tables already."""
    if request.param == "sqlite":
        return DatabaseOptions()
    return DatabaseOptions(url=request.getfixturevalue("postgres").create_migrated())


@pytest.fixture
def settings(tmp_path: Path, database_options: DatabaseOptions) -> Settings:
    return Settings(home=tmp_path, database=database_options)


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    database = open_database(settings)
    yield database
    database.close()
