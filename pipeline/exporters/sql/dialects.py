"""The dialects of SQL that are written: names, texts and values as literals, and what each cannot do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from sqlalchemy import Dialect
from sqlalchemy.dialects import registry

from pipeline.errors import ExportError

Value = Any
"""None, bool, int, float, Decimal, str, bytes, date, datetime or time."""

_LAST_OF_PLANE = "\uffff"
_ALIASES = {"postgres": "postgresql", "mariadb": "mysql", "sqlserver": "mssql"}


@dataclass(frozen=True)
class SqlDialect:
    """How a dialect is written.

    `begin` and `end` stand around the statements of a script; without `keeps_ddl_in_transaction` a table
    stays where a transaction is rolled back. `most_name` is the length of a name in bytes, `rows_each` the
    most rows of an INSERT.
    """

    name: str
    begin: tuple[str, ...]
    end: str = "COMMIT;"
    most_name: int = 63
    folds_case: bool = True
    keeps_ddl_in_transaction: bool = True
    rows_each: int = 500

    @property
    def compiler(self) -> Dialect:
        """SQLAlchemy's dialect, without a driver and with names written as they are."""
        dialect: Dialect = registry.load(self.name)(paramstyle="named")
        return dialect

    def takes_name(self, name: str) -> bool:
        """Whether the dialect can hold a table or column of that name."""
        has_room = 1 <= len(name.encode(errors="replace")) <= self.most_name
        return has_room and "\0" not in name and (self.name != "mysql" or max(name) <= _LAST_OF_PLANE)

    def quote(self, name: str) -> str:
        """A name in the dialect's quotes, whatever it is."""
        if self.name == "mysql":
            return "`" + name.replace("`", "``") + "`"
        if self.name == "mssql":
            return "[" + name.replace("]", "]]") + "]"
        return '"' + name.replace('"', '""') + '"'

    def spell(self, text: str) -> str:
        """A text as a literal."""
        text = text.replace("'", "''")
        if self.name == "mysql":
            # Its client writes line ends of its own.
            text = text.replace("\\", "\\\\").replace("\r", "\\r").replace("\n", "\\n")
            return f"'{text}'"
        return f"N'{text}'" if self.name == "mssql" else f"'{text}'"

    def write(self, value: Value) -> str:
        """A value as a literal."""
        if value is None:
            return "NULL"
        for kind, write in _LITERALS:
            if isinstance(value, kind):
                return write(self, value)
        return self.spell(str(value))


def find_dialect(name: str) -> SqlDialect:
    """A dialect by its name or an alias; ExportError where it is not supported."""
    key = _ALIASES.get(name.strip().lower(), name.strip().lower())
    if key not in _DIALECTS:
        raise ExportError(f'"{name}" is not a supported SQL dialect.', f"use one of {', '.join(_DIALECTS)}.")
    return _DIALECTS[key]


def _write_bool(dialect: SqlDialect, value: bool) -> str:
    words = ("FALSE", "TRUE") if dialect.name == "postgresql" else ("0", "1")
    return words[value]


def _write_float(dialect: SqlDialect, value: float) -> str:
    if value - value == 0:
        return repr(value)
    return dialect.spell(str(value)) if dialect.name == "postgresql" else "NULL"


def _write_bytes(dialect: SqlDialect, value: bytes) -> str:
    digits = value.hex()
    forms = {"postgresql": f"'\\x{digits}'", "mssql": f"0x{digits}", "oracle": f"HEXTORAW('{digits}')"}
    return forms.get(dialect.name, f"X'{digits}'")


def _write_moment(dialect: SqlDialect, value: datetime | date | time) -> str:
    text = spell_moment(value)
    if dialect.name != "oracle" or isinstance(value, time):
        return f"'{text}'"
    return f"{'TIMESTAMP' if isinstance(value, datetime) else 'DATE'} '{text}'"


def spell_moment(value: datetime | date | time) -> str:
    """A day, a moment with all of its digits, or a time in ISO form."""
    return value.isoformat(sep=" ") if isinstance(value, datetime) else value.isoformat()


_LITERALS: tuple[tuple[type | tuple[type, ...], Callable[[SqlDialect, Any], str]], ...] = (
    (bool, _write_bool),
    (int, lambda _, value: str(value)),
    (Decimal, lambda _, value: f"{value:f}"),
    (float, _write_float),
    (bytes, _write_bytes),
    ((date, time), _write_moment),
)

_DIALECTS = {
    one.name: one
    for one in (
        SqlDialect("sqlite", ("PRAGMA foreign_keys = ON;", "BEGIN;"), most_name=10_000),
        SqlDialect(
            "postgresql",
            ("BEGIN;", "SET LOCAL standard_conforming_strings = on;", "SET LOCAL client_encoding = 'UTF8';"),
            folds_case=False,
        ),
        SqlDialect(
            "mysql",
            (
                "SET NAMES utf8mb4;",
                "SET SESSION sql_mode = REPLACE(@@sql_mode, 'NO_BACKSLASH_ESCAPES', '');",
                "START TRANSACTION;",
            ),
            most_name=64,
            keeps_ddl_in_transaction=False,
        ),
        SqlDialect(
            "mssql", ("SET XACT_ABORT ON;", "BEGIN TRANSACTION;"), "COMMIT TRANSACTION;", most_name=128
        ),
        SqlDialect(
            "oracle", (), most_name=128, folds_case=False, keeps_ddl_in_transaction=False, rows_each=1
        ),
    )
}
