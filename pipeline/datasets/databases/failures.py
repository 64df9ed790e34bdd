"""What drivers and SQLAlchemy raise, in the project's own words: the one place where that is translated.

Messages hold neither the statement nor its parameters, and of the driver's own text only names of tables
and constraints, since the rest may repeat values.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError, SQLAlchemyError

from pipeline.errors import DataError, StoreError, WorkbenchError


class _Failure(NamedTuple):
    """What a driver's text means; `{0}` in the message is the first group of the pattern."""

    pattern: re.Pattern[str]
    kind: type[WorkbenchError]
    message: str
    hint: str


def _failure(pattern: str, kind: type[WorkbenchError], message: str, hint: str) -> _Failure:
    return _Failure(re.compile(pattern, re.IGNORECASE), kind, message, hint)


_AGAIN = "nothing was kept; try again."
_FAILURES = (
    _failure(
        r"password authentication failed|no password supplied|access denied for user|login failed|"
        r"ORA-01017|authentication failed|role .* does not exist|no pg_hba.conf entry",
        DataError,
        "The database refused the user or the password.",
        "check the user in the address, and set WORKBENCH_SOURCE_PASSWORD or type the password when asked.",
    ),
    _failure(
        r"database .* does not exist|unknown database|cannot open database|ORA-12514",
        DataError,
        "The server has no database of that name.",
        "check the name at the end of the address.",
    ),
    _failure(
        r'(?:permission denied for (?:table|view|relation|schema) "?([^"\n]+?)"?\s*$)',
        DataError,
        'The user has no right to "{0}".',
        "ask for the right to read (or write) it, or choose other tables.",
    ),
    _failure(
        r"permission denied|command denied|permission was denied|not authorized|ORA-01031|ORA-00942|"
        r"insufficient privilege|read.?only",
        DataError,
        "The user has no right to do this in the database.",
        "ask for the right to read (or write) the tables, or choose others.",
    ),
    _failure(
        r"could not translate host|name or service not known|nodename nor servname|getaddrinfo|"
        r"failed to resolve host|connection refused|no such file or directory|timeout expired|"
        r"connection timeout|can't connect|no route to host|network is unreachable|ORA-125|ORA-12170",
        StoreError,
        "The database cannot be reached.",
        "check host and port in the address, and that the server runs and lets this machine in.",
    ),
    _failure(
        r"server closed the connection|terminating connection|lost connection|gone away|connection is closed|"
        r"connection is lost|consuming input failed|connection reset|broken pipe|connection was killed|"
        r"EOF detected|not connected|ORA-03113|ORA-03114",
        StoreError,
        "The connection to the database was lost.",
        _AGAIN,
    ),
    _failure(
        r"lock timeout|lock wait timeout|database is locked|database table is locked|ORA-00054",
        StoreError,
        "Another program holds the database or one of its tables.",
        "wait until it is done, and try again.",
    ),
    _failure(
        r"could not serialize|snapshot too old|ORA-01555|definition has changed|deadlock|schema has changed",
        StoreError,
        "The database changed in a way that ended the transaction.",
        _AGAIN,
    ),
    _failure(
        r"not a database|malformed",
        DataError,
        "The file is not an SQLite database, or it is damaged.",
        "check the path, or restore the file from a backup.",
    ),
    _failure(
        r"unable to open",
        DataError,
        "The database file cannot be opened.",
        "check that it and its folder are there and that this user may read (or write) them.",
    ),
    _failure(
        r"disk is full|no space left|could not extend|table .* is full|ORA-01653|ORA-01654|disk quota",
        StoreError,
        "The database is full.",
        "free some space there and try again; nothing was kept.",
    ),
    _failure(
        r"could not decode to utf-8|codec can't decode|invalid byte sequence|character with byte sequence",
        DataError,
        "A text is not in the encoding that the database declares.",
        "repair the text, or leave its table out.",
    ),
)
_CONSTRAINTS = (
    re.compile(r"constraint failed: (?:index ')?([^'\n]+)"),
    re.compile(r"for key '([^']+)'[\"')\s]*$"),
    re.compile(r"(?:CONSTRAINT|Check constraint) [`'\"]([^`'\"]+)[`'\"]", re.IGNORECASE),
    re.compile(r"constraint '([^']+)'", re.IGNORECASE),
    re.compile(r"constraint \(([^)]+)\) violated"),
    re.compile(r"Column '([^']+)' cannot be null"),
    re.compile(r"(FOREIGN KEY) constraint failed"),
)
_CHECK_STATE = "23514"  # of standard SQL
_CHECK_WORDS = re.compile(r"check constraint|ORA-02290", re.IGNORECASE)


@contextmanager
def translated_failures() -> Iterator[None]:
    """Turn what SQLAlchemy and drivers raise inside the block into DataError or StoreError."""
    try:
        yield
    except SQLAlchemyError as error:
        raise translate(error) from error


def translate(error: SQLAlchemyError) -> WorkbenchError:
    """The error in the project's words."""
    text = str(error.orig) if isinstance(error, DBAPIError) else str(error)
    for failure in _FAILURES:
        if found := failure.pattern.search(text):
            message = failure.message.format(*found.groups()) if found.groups() else failure.message
            return failure.kind(message, failure.hint)
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return StoreError("The connection to the database was lost.", _AGAIN)
    kind = StoreError if isinstance(error, OperationalError | InterfaceError) else DataError
    return kind(
        f"The database refused a request ({_name(error)}).", "its log tells more; check tables and rights."
    )


def find_constraint(error: IntegrityError) -> str:
    """The constraint that was violated by name, or by table and column; without a value."""
    diagnosis = getattr(error.orig, "diag", None)
    if diagnosis is not None and diagnosis.constraint_name:
        return str(diagnosis.constraint_name)
    if diagnosis is not None and diagnosis.column_name:
        return f"NOT NULL of {diagnosis.column_name}"
    text = str(error.orig)
    found = [match[-1] for pattern in _CONSTRAINTS if (match := pattern.findall(text))]
    return found[0] if found else _name(error)


def is_check(error: IntegrityError) -> bool:
    """Whether what was violated is a CHECK."""
    state = getattr(error.orig, "sqlstate", None)
    return state == _CHECK_STATE or _CHECK_WORDS.search(str(error.orig)) is not None


def _name(error: SQLAlchemyError) -> str:
    original = error.orig if isinstance(error, DBAPIError) else error
    state = getattr(original, "sqlstate", None) or getattr(original, "sqlite_errorname", None)
    return f"{type(original).__name__}{f', {state}' if state else ''}"
