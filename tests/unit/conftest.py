"""What tests of the store stand on: a migrated database, in SQLite and in PostgreSQL, its runs, its log."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from pipeline.access.audit import AuditEvent, AuditLog
from pipeline.runs.claims import RunClaims
from pipeline.runs.store import RunStore
from pipeline.settings import DatabaseOptions, Settings
from pipeline.store.database import Database, open_database, utc_now
from tests import postgresql
from tests.databases import give_database
from tests.unit.access import audit_cases
from tests.unit.databases import make_url_of


@pytest.fixture(scope="session")
def postgres() -> Iterator[postgresql.PostgresServer]:
    programs = postgresql.find_programs()
    if programs is None:
        pytest.skip(postgresql.MISSING)
    with postgresql.running_server(programs) as server:
        yield server


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Take both databases, or those that a module names in `DATABASES` as they would all tell the same."""
    if "database_options" in metafunc.fixturenames:
        databases = getattr(metafunc.module, "DATABASES", ("sqlite", "postgresql"))
        metafunc.parametrize("database_options", databases, indirect=True)


@pytest.fixture
def database_options(request: pytest.FixtureRequest) -> Iterator[DatabaseOptions]:
    """Where a test's database lies; PostgreSQL's has its tables already."""
    if request.param == "sqlite":
        yield DatabaseOptions()
        return
    server: postgresql.PostgresServer = request.getfixturevalue("postgres")
    url = server.create_migrated()
    yield DatabaseOptions(url=url)
    server.drop(url)


@pytest.fixture
def settings(tmp_path: Path, database_options: DatabaseOptions) -> Settings:
    if not database_options.url:
        give_database(tmp_path)
    return Settings(home=tmp_path, database=database_options)


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    database = open_database(settings)
    yield database
    database.close()


@pytest.fixture
def clock() -> Callable[[], datetime]:
    """The time by which runs are stored; a module that moves it has a clock of its own."""
    return utc_now


@pytest.fixture
def store(database: Database, clock: Callable[[], datetime]) -> RunStore:
    return RunStore(database, clock)


@pytest.fixture
def claims(database: Database, clock: Callable[[], datetime]) -> RunClaims:
    return RunClaims(database, clock)


@pytest.fixture
def log(database: Database, tmp_path: Path) -> AuditLog:
    return AuditLog(database, tmp_path, audit_cases.Clock())


@pytest.fixture
def filled(log: AuditLog) -> AuditLog:
    """An audit log of six entries."""
    for rows in range(1, 7):
        log.append(audit_cases.ADA, AuditEvent.TABLE_GENERATED, "employee", {"rows": rows * 1000})
    return log


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database of each kind."""
    return make_url_of(request.param, request, tmp_path)


@pytest.fixture
def postgres_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return make_url_of("postgresql", request, tmp_path)
