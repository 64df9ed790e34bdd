"""Columns of tables as plain values of the type that a database has for them."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

import numpy as np
import pandas as pd

from pipeline.datasets.moments import write_duration, write_moment
from pipeline.datasets.related.schema import SqlType

FAMILIES = {
    "SMALLINT": "whole number",
    "INTEGER": "whole number",
    "BIGINT": "whole number",
    "NUMERIC": "number",
    "REAL": "float",
    "DOUBLE PRECISION": "float",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIMESTAMP": "moment",
    "TIMESTAMP WITH TIME ZONE": "moment with a zone",
    "TIME": "time",
    "BINARY": "binary value",
}
"""What a type holds; all else is text."""

_TRUE, _FALSE = frozenset({"true", "t", "1", "1.0", "yes"}), frozenset({"false", "f", "0", "0.0", "no"})
_INFINITE = frozenset({"infinity", "-infinity"})
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


@dataclass(frozen=True, eq=False)
class Values:
    """The values of a column, None where missing, and how many of its cells are of another kind."""

    values: list[Any]
    odd: int = 0


def read_values(cells: pd.Series, kind: SqlType) -> Values:
    """The cells, text or typed, as values of a type; those that it cannot hold are None and counted."""
    codes, distinct = pd.factorize(cells.astype(object))
    read = find_reader(kind)
    found, is_odd = [], []
    for cell in distinct:
        value = _try(read, cell)
        found.append(value)
        is_odd.append(value is None)
    taken = np.empty(len(found) + 1, dtype=object)
    taken[:-1] = _as_objects(found)
    odd = np.array([*is_odd, False], dtype=bool)
    return Values(taken[codes].tolist(), int(odd[codes].sum()))


def read_value(cell: Any, kind: SqlType) -> Any:
    """One cell as a value of a type; None where it does not fit."""
    return _try(find_reader(kind), cell)


def find_reader(kind: SqlType) -> Callable[[Any], Any]:
    """How a cell that is not missing is read; the reader raises ValueError for another kind."""
    return _READERS.get(FAMILIES.get(kind.name, "text"), _read_text)


def _as_objects(values: list[Any]) -> np.ndarray:
    objects = np.empty(len(values), dtype=object)
    for place, value in enumerate(values):
        objects[place] = value
    return objects


def _try(read: Callable[[Any], Any], cell: Any) -> Any:
    try:
        return read(cell)
    except (ValueError, InvalidOperation, OverflowError, TypeError):
        return None


def _read_decimal(cell: Any) -> Decimal:
    if isinstance(cell, bool | np.bool_):
        return Decimal(int(cell))
    text = repr(float(cell)) if isinstance(cell, float | np.floating) else str(cell).strip()
    if not isinstance(cell, Decimal) and not _NUMBER.fullmatch(text):
        raise ValueError(text)
    number = Decimal(text)
    if not number.is_finite():
        raise ValueError(text)
    return number


def _read_whole(cell: Any) -> int | Decimal:
    number = _read_decimal(cell)
    return int(number) if number == number.to_integral_value() else number


def _read_float(cell: Any) -> float:
    number = float(cell)
    if math.isnan(number):
        raise ValueError(cell)
    return number


def _read_boolean(cell: Any) -> bool:
    text = str(cell).strip().lower()
    if text not in _TRUE | _FALSE:
        raise ValueError(text)
    return text in _TRUE


def _read_date(cell: Any) -> date | str:
    moment = _read_moment(cell)
    if isinstance(moment, str):
        return moment
    if moment.time() != time.min:
        raise ValueError(cell)
    return moment.date()


def _read_moment(cell: Any) -> datetime | str:
    if isinstance(cell, str) and cell in _INFINITE:
        return cell
    moment = _as_datetime(cell)
    if moment.tzinfo is not None:
        raise ValueError(cell)
    return moment


def _read_zoned(cell: Any) -> datetime | str:
    if isinstance(cell, str) and cell in _INFINITE:
        return cell
    moment = _as_datetime(cell)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _as_datetime(cell: Any) -> datetime:
    if isinstance(cell, pd.Timestamp):
        return cell.to_pydatetime(warn=False)
    if isinstance(cell, datetime):
        return cell
    if isinstance(cell, date):
        return datetime(cell.year, cell.month, cell.day)
    return datetime.fromisoformat(str(cell).strip())


def _read_time(cell: Any) -> time:
    if isinstance(cell, timedelta):
        return (datetime.min + cell).time()
    return cell if isinstance(cell, time) else time.fromisoformat(str(cell).strip())


def _read_bytes(cell: Any) -> bytes:
    return bytes(cell) if isinstance(cell, bytes | bytearray) else bytes.fromhex(str(cell))


def _read_text(cell: Any) -> str:
    if isinstance(cell, float | np.floating) and float(cell).is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return write_moment(cell)
    return write_duration(cell) if isinstance(cell, timedelta) else str(cell)


_READERS: dict[str, Callable[[Any], Any]] = {
    "whole number": _read_whole,
    "number": _read_decimal,
    "float": _read_float,
    "boolean": _read_boolean,
    "date": _read_date,
    "moment": _read_moment,
    "moment with a zone": _read_zoned,
    "time": _read_time,
    "binary value": _read_bytes,
}
