"""The database: opened, migrated, and its errors translated, in one place."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    InterfaceError,
    NoSuchModuleError,
    OperationalError,
    SQLAlchemyError,
)

from pipeline.errors import ConfigError, StoreError
from pipeline.settings import Settings

_MIGRATIONS = Path(__file__).parent / "migrations"
_BUSY_TIMEOUT_S = 15
_HASTE_MS = 50
_MIGRATION_LOCK = 4_071_923
_IS_READING = "is_reading"
_IS_HASTY = "is_hasty"
_HINTS = {
    "locked": "another program holds the database; close it and try again.",
    "readonly": "give this user the right to write to the database file and its folder.",
    "not a database": "restore the database from a backup, or move the file away to start with a new one.",
    "malformed": "restore the database from a backup, or move the file away to start with a new one.",
    "unable to open": "check that the state folder exists and that this user may write to it.",
    "full": "free some disk space and try again.",
}
_ADDRESS_HINT = "write it as SQLAlchemy does (postgresql+psycopg://user@host/name), or leave it empty."
_AFTER_PASSWORD = re.compile(r"[\w+]+://[^:/]*:[^@]*@(?P<rest>.*)", re.DOTALL)
_LASTING = ("readonly", "malformed", "not a database", "unable to open", "full", "no such")


def utc_now() -> datetime:
    """The present instant, aware of its zone."""
    return datetime.now(UTC)


class _Together(threading.local):
    """The transaction that a thread has open for several writers, and what is to follow it."""

    def __init__(self) -> None:
        self.connection: Connection | None = None
        self.committed: list[Callable[[], object]] = []


class Database:
    """A migrated database that hands out connections."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reader = engine.execution_options(**{_IS_READING: True})
        self._hasty = engine.execution_options(**{_IS_HASTY: True})
        self._together = _Together()

    def now(self) -> datetime:
        """The present instant by the one clock of all that share this database, in UTC.

        That is a server's own clock, or this machine's where the database is a file on it.
        """
        if self._engine.dialect.name != "postgresql":
            return utc_now()
        with self.read() as connection:
            instant: datetime = connection.exec_driver_sql("SELECT clock_timestamp()").scalar_one()
        return instant.astimezone(UTC)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that only looks: on SQLite it waits for no writer, and none waits for it."""
        if self._together.connection is not None:
            yield self._together.connection
            return
        with translated_errors(), self._reader.begin() as connection:
            yield connection

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A transaction, committed at the end of the block and rolled back on any error.

        Inside a block of `together` it is that block's.
        """
        if self._together.connection is not None:
            with translated_errors():
                yield self._together.connection
            return
        with translated_errors(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def together(self) -> Iterator[None]:
        """Have all that this thread reads and writes inside the block happen in one transaction."""
        if self._together.connection is not None:
            yield
            return
        with self.begin() as connection:
            self._together.connection = connection
            try:
                yield
            finally:
                self._together.connection = None
                committed, self._together.committed = self._together.committed, []
        for follow in committed:
            follow()

    def when_committed(self, follow: Callable[[], object]) -> None:
        """Call `follow` after the transaction of `together`, if it is committed; outside of one, now."""
        if self._together.connection is None:
            follow()
        else:
            self._together.committed.append(follow)

    @contextmanager
    def begin_at_once(self) -> Iterator[Connection]:
        """A transaction for what may be left out: StoreError where it would have to wait for another one."""
        with translated_errors(), self._hasty.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = {_HASTE_MS}")
            yield connection

    @contextmanager
    def begin_alone(self, lock: int) -> Iterator[Connection]:
        """A transaction that no other process with the same lock number runs beside."""
        with self.begin() as connection:
            _wait_for_lock(connection, lock)
            yield connection

    def close(self) -> None:
        """Let go of every connection."""
        self._engine.dispose()


def open_database(settings: Settings) -> Database:
    """Open the configured database and bring its tables up to date; safe when processes start together.

    Raises ConfigError where its driver is not installed, StoreError for everything else.
    """
    with translated_errors():
        engine = _open_engine(settings)
        try:
            with engine.begin() as connection:
                _migrate(connection)
        except BaseException:
            # A connection that can no longer be closed would stay open at the server.
            engine.dispose()
            raise
    return Database(engine)


@contextmanager
def translated_errors() -> Iterator[None]:
    """Turn whatever SQLAlchemy or the disk raises inside the block into StoreError."""
    try:
        yield
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        raise StoreError(
            "The database address (database.url) cannot be used: it is malformed, or its driver is missing.",
            _ADDRESS_HINT,
        ) from error
    except SQLAlchemyError as error:
        raise StoreError(f"The database failed: {_get_reason(error)}.", _get_hint(error)) from error
    except OSError as error:
        raise StoreError(
            f"The database file cannot be made: {error.strerror or error}.",
            "check that the state folder can be written to.",
        ) from error


def is_passing(error: StoreError) -> bool:
    """Whether the database was only locked or away, so that the same may work later."""
    cause = error.__cause__
    if not isinstance(cause, OperationalError | InterfaceError):
        return False
    return not any(word in _get_reason(cause) for word in _LASTING)


def _get_reason(error: SQLAlchemyError) -> str:
    # The statement and its parameters stay out of the message: they may hold names and hashes.
    original = error.orig if isinstance(error, DBAPIError) else error
    return (str(original).splitlines() or [type(error).__name__])[0].rstrip(".")


def _get_hint(error: SQLAlchemyError) -> str:
    reason = _get_reason(error)
    return next(
        (hint for word, hint in _HINTS.items() if word in reason),
        "check that the database is up and reachable.",
    )


def _open_engine(settings: Settings) -> Engine:
    try:
        return _create_engine(_get_url(settings))
    except ValueError:
        # Its text holds what was taken for the port, and so may be a part of the password.
        raise StoreError(
            "The database address (database.url) names a port that is not a number, or an invalid option.",
            _ADDRESS_HINT,
        ) from None


def _get_url(settings: Settings) -> URL:
    if settings.database.url:
        return _read_url(settings.database.url)
    folder = settings.state_folder
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder / "workbench.db"
    # SQLite would make the file with the rights of the umask, and its journals copy the rights of the file.
    # A file that is there is never opened here: closing it drops every lock of this process on it (POSIX),
    # and another process would then delete the journals under the connections that are open.
    with suppress(FileExistsError):
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    return URL.create("sqlite", database=str(file))


def _read_url(text: str) -> URL:
    # SQLAlchemy ends the password at the first "@". The rest would be shown as a host or a port.
    after = _AFTER_PASSWORD.match(text)
    if after and "@" in after["rest"]:
        raise StoreError(
            'The database address (database.url) contains an unescaped "@", in its password or behind it.',
            'write each "@" as %40, except the one before the host.',
        )
    return make_url(text)


def _create_engine(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        return _create_server_engine(url)
    engine = create_engine(url, connect_args={"timeout": _BUSY_TIMEOUT_S})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin)
    return engine


def _create_server_engine(url: URL) -> Engine:
    try:
        return create_engine(url, pool_pre_ping=True)
    except ModuleNotFoundError as error:
        if error.name != "psycopg":
            raise
        raise ConfigError(
            "database.url names PostgreSQL, and psycopg is missing.",
            'run `.venv/bin/pip install "psycopg[binary]==3.3.9"`.',
        ) from error


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA foreign_keys=ON")
    # Without it, INSERT OR REPLACE removes a row and no trigger of the audit log runs.
    connection.execute("PRAGMA recursive_triggers=ON")


def _begin(connection: Connection) -> None:
    # A transaction that reads first and writes later cannot wait for its turn in SQLite; one that
    # announces the write at once can.
    options = connection.get_execution_options()
    if options.get(_IS_HASTY, False):
        _begin_at_once(connection)
    else:
        connection.exec_driver_sql("BEGIN" if options.get(_IS_READING, False) else "BEGIN IMMEDIATE")


def _begin_at_once(connection: Connection) -> None:
    connection.exec_driver_sql(f"PRAGMA busy_timeout = {_HASTE_MS}")
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    finally:
        # The connection goes back to a pool that others take it from.
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_S * 1000}")


def _wait_for_lock(connection: Connection, lock: int) -> None:
    # On SQLite, BEGIN IMMEDIATE has waited already.
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({lock})")


def _migrate(connection: Connection) -> None:
    # Every command that records something opens the database, and alembic alone takes longer than that.
    if _has_newest_tables(connection):
        return
    from alembic import command
    from alembic.config import Config
    from alembic.util.exc import CommandError

    _wait_for_lock(connection, _MIGRATION_LOCK)
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        # The tables bear the mark of a migration that is not among those of this release.
        raise StoreError(
            "The database was made by a newer release of the workbench.",
            "use that release, or restore a backup from an older one.",
        ) from error


def _has_newest_tables(connection: Connection) -> bool:
    newest = max(file.name.partition("_")[0] for file in (_MIGRATIONS / "versions").glob("[0-9]*_*.py"))
    if not inspect(connection).has_table("alembic_version"):
        return False
    return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() == newest
