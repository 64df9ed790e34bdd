"""The types of a database's columns under names that every dialect understands."""

from __future__ import annotations

from sqlalchemy import Dialect
from sqlalchemy import types as sql
from sqlalchemy.exc import CompileError, UnsupportedCompilationError

from pipeline.datasets.related.schema import SqlType

MOMENTS = ("DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "TIME")
TEXTS = ("CHAR", "VARCHAR", "TEXT")
WHOLE = ("SMALLINT", "INTEGER", "BIGINT")
FLOATS = ("REAL", "DOUBLE PRECISION")

# The first that fits names the type, so that a class stands before those that it descends from.
_NAMES: tuple[tuple[type[sql.TypeEngine], str], ...] = (
    (sql.Boolean, "BOOLEAN"),
    (sql.BigInteger, "BIGINT"),
    (sql.SmallInteger, "SMALLINT"),
    (sql.Integer, "INTEGER"),
    (sql.REAL, "REAL"),
    (sql.Float, "DOUBLE PRECISION"),
    (sql.Numeric, "NUMERIC"),
    (sql.Date, "DATE"),
    (sql.Time, "TIME"),
    (sql.DateTime, "TIMESTAMP"),
    (sql.Uuid, "UUID"),
    (sql.JSON, "JSON"),
    (sql.ARRAY, "JSON"),
    (sql.Interval, "INTERVAL"),
    (sql.Enum, "VARCHAR"),
    (sql.CHAR, "CHAR"),
    (sql.NCHAR, "CHAR"),
    (sql.Text, "TEXT"),
    (sql.String, "VARCHAR"),
    (sql.LargeBinary, "BINARY"),
    (sql._Binary, "BINARY"),
)
_BY_VISIT = {
    "INTERVAL": "INTERVAL",
    "SET": "",
    "JSONB": "JSONB",
    "DATETIMEOFFSET": "TIMESTAMP WITH TIME ZONE",
    **dict.fromkeys(("TINYTEXT", "MEDIUMTEXT", "LONGTEXT"), "TEXT"),
}
# MySQL's whole numbers without a sign reach twice as far.
_UNSIGNED = {"SMALLINT": "INTEGER", "INTEGER": "BIGINT", "BIGINT": "NUMERIC"}


def describe_type(kind: sql.TypeEngine, dialect: Dialect, is_required: bool) -> SqlType:
    """The type of a column; one that no other dialect has keeps the name that its own gives it."""
    kind = getattr(kind, "data_type", kind)  # a domain of PostgreSQL
    name = _name_type(kind, dialect)
    if getattr(kind, "unsigned", False) and name in _UNSIGNED:
        name = _UNSIGNED[name]
        is_huge = name == "NUMERIC"
        return SqlType(
            name, precision=20 if is_huge else None, scale=0 if is_huge else None, is_required=is_required
        )
    length = getattr(kind, "length", None) if name in (*TEXTS, "BINARY") else None
    precision = getattr(kind, "precision", None) if name == "NUMERIC" else None
    scale = getattr(kind, "scale", None) if name == "NUMERIC" else None
    return SqlType(name, length, precision, scale if precision is not None else None, is_required)


def list_choices(kind: sql.TypeEngine) -> tuple[str, ...]:
    """The values of an enumeration; none for another type."""
    kind = getattr(kind, "data_type", kind)
    return tuple(kind.enums) if isinstance(kind, sql.Enum) else ()


def _name_type(kind: sql.TypeEngine, dialect: Dialect) -> str:
    visit = str(kind.__visit_name__)
    if visit == "BIT" and dialect.name != "postgresql":
        return "BOOLEAN" if getattr(kind, "length", None) in (None, 1) else "BINARY"
    if visit == "TINYINT":  # MySQL has no other boolean
        return "BOOLEAN" if getattr(kind, "display_width", None) == 1 else "SMALLINT"
    if visit in _BY_VISIT:
        return _BY_VISIT[visit] or _compile(kind, dialect)
    name = next((name for one, name in _NAMES if isinstance(kind, one)), "")
    if name in ("TIMESTAMP", "TIME") and getattr(kind, "timezone", False):
        return f"{name} WITH TIME ZONE" if name == "TIMESTAMP" else name
    return name or _compile(kind, dialect)


def _compile(kind: sql.TypeEngine, dialect: Dialect) -> str:
    if isinstance(kind, sql.NullType):
        return "TEXT"
    try:
        return kind.compile(dialect=dialect)
    except (CompileError, UnsupportedCompilationError):
        return "TEXT"
