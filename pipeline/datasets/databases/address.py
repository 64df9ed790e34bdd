"""The address of a database: checked, without a password, and opened for reading or writing."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.pool import NullPool

from pipeline.errors import DataError

PASSWORD_VARIABLE = "WORKBENCH_SOURCE_PASSWORD"
"""The variable of the environment that surfaces read a password from."""

_FORM_HINT = (
    "write it as SQLAlchemy does: postgresql+psycopg://user@host/name, sqlite:///folder/file.db, "
    "mysql+pymysql://user@host/name."
)
_SECRET = re.compile(r"pass|pwd|secret|token", re.IGNORECASE)
_TIMEOUT_S = 15
_TIMEOUTS = {"psycopg": "connect_timeout", "psycopg2": "connect_timeout", "pymysql": "connect_timeout"}
_PACKAGES = {
    "psycopg": '"psycopg[binary]"',
    "psycopg2": "psycopg2-binary",
    "MySQLdb": "mysqlclient",
    "pymysql": "pymysql",
    "mysql": "mysql-connector-python",
    "mariadb": "mariadb",
    "pyodbc": "pyodbc",
    "pymssql": "pymssql",
    "oracledb": "oracledb",
    "cx_Oracle": "cx_Oracle",
    "pg8000": "pg8000",
}


def parse_address(address: str) -> URL:
    """The address as a URL; DataError where it is malformed or holds a password.

    No message repeats a part of the address: what is malformed may be a password.
    """
    try:
        url = make_url(address.strip())
    except (ArgumentError, ValueError):
        raise DataError("The address of the database cannot be read.", _FORM_HINT) from None
    # SQLAlchemy ends a password at the first "@"; the rest of it would be shown as a host.
    is_torn = url.get_backend_name() != "sqlite" and address.partition("?")[0].count("@") > 1
    secrets = [key for key, value in url.query.items() if _SECRET.search(f"{key} {value}")]
    if url.password is not None or is_torn or secrets:
        raise DataError(
            'The address of the database holds a password, or an "@" that is not the one before the host.',
            "omit the password, since addresses end up in histories and logs: set "
            f'{PASSWORD_VARIABLE}, or type it when you are asked. Write an "@" in a user as %40.',
        )
    return url


def describe_address(url: URL) -> str:
    """The address without user and options, as a description of a dataset keeps it."""
    return URL.create(url.drivername, host=url.host, port=url.port, database=url.database).render_as_string()


def find_file(url: URL) -> Path | None:
    """The file of an SQLite database; None for a server. DataError for a database in memory."""
    if url.get_backend_name() != "sqlite":
        return None
    if not url.database or url.database.startswith((":memory:", "file:")):
        raise DataError("The address names no file of an SQLite database.", "write sqlite:///folder/file.db.")
    return Path(url.database)


def open_reader(url: URL, password: str | None = None) -> Engine:
    """An engine whose connections can only read; DataError for an unknown dialect or a missing driver."""
    file = find_file(url)
    if file is None:
        return _open_server(url, password)
    if not file.is_file():
        raise DataError(f"There is no file {file}.", "check the path; it starts from the current folder.")
    return _open_sqlite(url, file, "ro", "BEGIN", ("PRAGMA query_only=ON",))


def open_writer(url: URL, password: str | None = None) -> Engine:
    """An engine for loading tables; an SQLite file is made where there is none."""
    file = find_file(url)
    if file is None:
        return _open_server(url, password)
    if not file.parent.is_dir():
        raise DataError(f"The folder {file.parent} does not exist.", "create it, or choose another one.")
    return _open_sqlite(url, file, "rwc", "BEGIN IMMEDIATE", ("PRAGMA foreign_keys=ON",))


def _open_sqlite(url: URL, file: Path, mode: str, begin: str, pragmas: tuple[str, ...]) -> Engine:
    name = f"file:{quote(str(file.absolute()))}?mode={mode}"

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(name, _TIMEOUT_S, isolation_level=None, check_same_thread=False, uri=True)

    engine = _create(url, creator=connect)
    event.listen(engine, "connect", _run_each(pragmas))
    event.listen(engine, "begin", _run_on_begin(begin))
    return engine


def _run_each(statements: tuple[str, ...]) -> Callable[[Any, Any], None]:
    def run(connection: Any, _record: Any) -> None:
        for statement in statements:
            connection.execute(statement)

    return run


def _run_on_begin(statement: str) -> Callable[[Connection], None]:
    def run(connection: Connection) -> None:
        connection.exec_driver_sql(statement)

    return run


def _open_server(url: URL, password: str | None) -> Engine:
    option = _TIMEOUTS.get(_find_driver(url))
    arguments = {option: _TIMEOUT_S} if option and option not in url.query else {}
    return _create(url if password is None else url.set(password=password), connect_args=arguments)


def _find_driver(url: URL) -> str:
    try:
        return str(url.get_dialect().driver)
    except NoSuchModuleError:
        raise DataError(
            f'"{url.get_backend_name()}" is not a supported kind of database.',
            "use sqlite, postgresql, mysql, mariadb, mssql, oracle, or install the dialect's package.",
        ) from None


def _create(url: URL, **options: Any) -> Engine:
    try:
        engine = create_engine(url, poolclass=NullPool, hide_parameters=True, **options)
    except ModuleNotFoundError as error:
        module = (error.name or "").partition(".")[0]
        raise DataError(
            f"The driver {module} for {url.get_backend_name()} is missing.",
            f"run `.venv/bin/pip install {_PACKAGES.get(module, module)}`, or name another driver in the "
            "address (mysql+pymysql://…).",
        ) from error
    except (ArgumentError, TypeError, ValueError):
        raise DataError("The address of the database has an option that is unknown.", _FORM_HINT) from None
    if engine.dialect.is_async:
        raise DataError(f"The driver {engine.driver} is an asynchronous one.", "name another driver.")
    return engine
