"""A PostgreSQL of the tests' own: Debian's package, on a socket in a temporary folder, without a network."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

from sqlalchemy import URL, create_engine, make_url

from pipeline.settings import DatabaseOptions, Settings
from pipeline.store.database import open_database
from tests import guardian

MISSING = "PostgreSQL is missing; install Debian's postgresql package"
_OWNER = "postgres"
_TEMPLATE = "template_of_tests"
_FIRST_WITH_STRATEGY = 150_000
_OPTIONS = "-c listen_addresses='' -c fsync=off -c synchronous_commit=off -c full_page_writes=off"


class PostgresServer:
    """A running server; each test gets a database of its own."""

    def __init__(self, socket_folder: Path) -> None:
        self._socket_folder = socket_folder
        self._numbers = itertools.count(1)
        self._engine = create_engine(self._write_url("postgres"), isolation_level="AUTOCOMMIT")

    def create_empty(self) -> str:
        """The address of a new database without tables."""
        return self._create("template0")

    def create_migrated(self) -> str:
        """The address of a new database with the newest tables; they are made once and then copied."""
        return self._create(self._template)

    @cached_property
    def _strategy(self) -> str:
        """Copying files takes a sixth of the time of going by the log, which nobody reads here."""
        with self._engine.connect() as connection:
            version = connection.exec_driver_sql("SHOW server_version_num").scalar_one()
        return " STRATEGY FILE_COPY" if int(version) >= _FIRST_WITH_STRATEGY else ""

    @cached_property
    def _template(self) -> str:
        self._execute(f"CREATE DATABASE {_TEMPLATE} TEMPLATE template0")
        url = self._write_url(_TEMPLATE)
        open_database(Settings(database=DatabaseOptions(url=url))).close()
        return _TEMPLATE

    def drop(self, url: str) -> None:
        """Remove a database, in which a test may have left connections."""
        self._execute(f"DROP DATABASE {make_url(url).database} WITH (FORCE)")

    def close(self) -> None:
        """Let go of the connection that databases are made with."""
        self._engine.dispose()

    def _create(self, template: str) -> str:
        name = f"test_{next(self._numbers)}"
        self._execute(f"CREATE DATABASE {name} TEMPLATE {template}{self._strategy}")
        return self._write_url(name)

    def _execute(self, statement: str) -> None:
        with self._engine.connect() as connection:
            connection.exec_driver_sql(statement)

    def _write_url(self, database: str) -> str:
        address = {"host": str(self._socket_folder)}
        url = URL.create("postgresql+psycopg", username=_OWNER, database=database, query=address)
        return url.render_as_string(hide_password=False)


def find_programs() -> Path | None:
    """The folder of PostgreSQL's programs, of the newest version that is installed."""
    on_path = shutil.which("initdb")
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name))
    return Path(on_path).parent if on_path else next(reversed(found), None)


@contextmanager
def running_server(programs: Path) -> Iterator[PostgresServer]:
    """A server from first start to removal."""
    folder = guardian.make_folder()
    data = folder / "data"
    if os.getuid() == 0:
        shutil.chown(folder, _OWNER)
    _run(programs, "initdb", "-D", data, "-U", _OWNER, "--auth=trust", "-E", "UTF8", "--no-sync")
    options = f"{_OPTIONS} -k {folder}"
    try:
        _run(programs, "pg_ctl", "-D", data, "-l", folder / "log", "-o", options, "-w", "start")
        server = PostgresServer(folder)
        yield server
        server.close()
    finally:
        _run(programs, "pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder)


def _run(programs: Path, program: str, *arguments: object) -> None:
    # PostgreSQL refuses to run as root.
    as_owner = ["runuser", "-u", _OWNER, "--"] if os.getuid() == 0 else []
    command = [*as_owner, str(programs / program), *map(str, arguments)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL, cwd="/")
