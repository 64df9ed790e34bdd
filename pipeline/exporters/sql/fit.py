"""What is to be loaded, checked against the types and constraints of its tables before anything is written.

Adjusted are, and said to be: numbers, rounded to the digits of their column; missing texts of a column that
is NOT NULL, which become empty texts, since the source of such a column has empty ones in their place. What
else does not fit is refused with table, column and count; no text is ever cut.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pandas as pd

from pipeline.datasets.databases.checks import Condition, read_check
from pipeline.datasets.related.schema import RelatedSchema, RelatedTable, SqlType
from pipeline.errors import ExportError
from pipeline.exporters.sql.dialects import SqlDialect, find_dialect
from pipeline.exporters.sql.inference import infer_types
from pipeline.exporters.sql.keys import find_broken_keys
from pipeline.exporters.sql.values import FAMILIES, read_value, read_values

_BITS = {"SMALLINT": 15, "INTEGER": 31, "BIGINT": 63}
_SQLITE_DIGITS = 15
_MOST_NAMED = 5
_HINT = "generate the tables again, or change the types of these columns."


@dataclass(frozen=True, eq=False)
class FittedTable:
    """A table as a database takes it: its values by column, None where missing, and their types."""

    name: str
    rows: int
    types: Mapping[str, SqlType]
    values: Mapping[str, list[Any]]


@dataclass(frozen=True, eq=False)
class Fitted:
    """All tables, in the order of the schema, and what was adjusted in sentences without a value."""

    tables: Mapping[str, FittedTable]
    adjustments: tuple[str, ...] = ()


def fit_types(schema: RelatedSchema, tables: Mapping[str, pd.DataFrame], dialect: str) -> Fitted:
    """The tables as values that a database of this dialect takes; ExportError naming what it would refuse."""
    target = find_dialect(dialect)
    types = infer_types(schema, tables)
    problems: list[str] = []
    adjustments: list[str] = []
    fitted = {}
    for table in schema.tables:
        fitter = _Fitter(table, types[table.name], target)
        fitted[table.name] = fitter.fit(tables[table.name])
        problems += fitter.problems
        adjustments += fitter.adjustments
    problems += find_broken_keys(schema, {name: one.values for name, one in fitted.items()})
    if problems:
        more = f" And {len(problems) - _MOST_NAMED} more." if len(problems) > _MOST_NAMED else ""
        raise ExportError(
            " ".join(problems[:_MOST_NAMED]) + more,
            _advise_rule(schema) if any(" break CHECK " in one for one in problems) else _HINT,
        )
    return Fitted(fitted, tuple(adjustments))


def _advise_rule(schema: RelatedSchema) -> str:
    return (
        f"declare what a CHECK says as a rule (`rules {schema.name} --propose --accept`, or its text with "
        f"`--add`) and {_HINT}"
    )


class _Fitter:
    """Fits the columns of one table, and remembers what was changed and what does not fit."""

    def __init__(self, table: RelatedTable, types: Mapping[str, SqlType], target: SqlDialect) -> None:
        self._table = table
        self._types = types
        self._target = target
        self.problems: list[str] = []
        self.adjustments: list[str] = []

    def fit(self, frame: pd.DataFrame) -> FittedTable:
        values = {name: self._fit_column(name, frame[name]) for name in self._table.columns}
        for name in self._table.columns:
            for text in self._types[name].checks:
                self._check(name, text, values)
        return FittedTable(self._table.name, len(frame), self._types, values)

    def _fit_column(self, name: str, cells: pd.Series) -> list[Any]:
        kind = self._types[name]
        found = read_values(cells, kind)
        if found.odd:
            self._refuse(name, found.odd, f"that are no {FAMILIES.get(kind.name, 'text')}")
        values = self._round(name, found.values, kind)
        for words, is_odd in self._list_limits(kind):
            self._refuse(name, sum(value is not None and is_odd(value) for value in values), words)
        return self._fill(name, values, kind, found.odd) if kind.is_required else values

    def _round(self, name: str, values: list[Any], kind: SqlType) -> list[Any]:
        scale = 0 if kind.name in _BITS else kind.scale
        if scale is None or FAMILIES.get(kind.name) not in ("whole number", "number"):
            return values
        unit = Decimal(1).scaleb(-scale)
        rounded = [
            one.quantize(unit) if isinstance(one, Decimal) and _digits(one) > scale else one for one in values
        ]
        changed = sum(old is not new and old != new for old, new in zip(values, rounded, strict=True))
        if changed:
            self.adjustments.append(
                f"{self._table.name}.{name}: {changed:,} numbers rounded to {scale} decimals."
            )
        return _as_whole(rounded) if kind.name in _BITS else rounded

    def _list_limits(self, kind: SqlType) -> Iterator[tuple[str, Callable[[Any], bool]]]:
        """What a value of the type must not be, in words and as a function of it."""
        if bits := _BITS.get(kind.name):
            yield f"beyond the range of {kind.name}", lambda one: not -(2**bits) <= one < 2**bits
        if kind.name == "NUMERIC" and kind.precision is not None:
            limit = 10 ** (kind.precision - (kind.scale or 0))
            yield (
                f"with more than {kind.precision - (kind.scale or 0)} digits before the point",
                lambda one: abs(one) >= limit,
            )
        if kind.name == "NUMERIC" and self._target.name == "sqlite":
            yield f"with more than {_SQLITE_DIGITS} digits, which SQLite cannot keep", _is_long
        if kind.length is not None:
            length = kind.length
            yield f"longer than {length}", lambda one: isinstance(one, str | bytes) and len(one) > length
        if FAMILIES.get(kind.name) is None:
            yield "that cannot be encoded", lambda one: not _is_encodable(one)
            if self._target.name == "postgresql":
                yield "with a NUL character, which PostgreSQL cannot keep", lambda one: "\0" in one
        elif self._target.name != "postgresql":
            yield (
                "that are infinite",
                lambda one: isinstance(one, str) or one in (float("inf"), -float("inf")),
            )

    def _fill(self, name: str, values: list[Any], kind: SqlType, odd: int) -> list[Any]:
        missing = sum(value is None for value in values) - odd
        if missing <= 0:
            return values
        if (
            FAMILIES.get(kind.name) is None
            and self._target.name != "oracle"
            and name not in self._table.primary_key
        ):
            self.adjustments.append(
                f"{self._table.name}.{name}: {missing:,} missing texts became empty, it is NOT NULL."
            )
            return ["" if value is None else value for value in values]
        self._refuse(name, missing, "that are missing, and it is NOT NULL")
        return values

    def _check(self, name: str, text: str, values: Mapping[str, list[Any]]) -> None:
        for condition in read_check(text) or ():
            broken = self._count_broken(condition, values)
            if broken:
                self._refuse(name, broken, f"that break CHECK ({condition.column} {condition.sign} …)")

    def _count_broken(self, condition: Condition, values: Mapping[str, list[Any]]) -> int:
        if condition.column not in values or (condition.other and condition.other not in values):
            return 0
        kind = self._types[condition.column]
        wanted = [read_value(one, kind) for one in condition.values]
        if None in wanted:
            return 0
        column = values[condition.column]
        others = values[condition.other] if condition.other else column
        try:
            return sum(
                not condition.holds(one, other, wanted) for one, other in zip(column, others, strict=True)
            )
        except TypeError:  # two columns whose types do not compare here; the database does it its own way
            return 0

    def _refuse(self, name: str, count: int, words: str) -> None:
        if count:
            self.problems.append(
                f'Table "{self._table.name}": column "{name}" holds {count:,} values {words}.'
            )


def _as_whole(values: list[Any]) -> list[Any]:
    return [int(one) if isinstance(one, Decimal) else one for one in values]


def _digits(number: Decimal) -> int:
    return -int(number.as_tuple().exponent)


def _is_long(number: Any) -> bool:
    return isinstance(number, Decimal) and len(number.normalize().as_tuple().digits) > _SQLITE_DIGITS


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
