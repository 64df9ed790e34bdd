"""What a driver gives for a cell as text, in the form in which the other readers write it."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from pipeline.datasets.databases.sql_types import FLOATS, MOMENTS
from pipeline.datasets.moments import write_duration, write_moments
from pipeline.datasets.related.schema import SqlType

MOST_BYTES = 1_024
"""A column with a longer binary value (a picture, a document) is left out."""


class ColumnCells:
    """The cells of one column, added by batches.

    Decimals keep all of their digits, booleans become True and False, dates and moments ISO text with the
    digits that one of them needs, binary values hexadecimal digits, nested values JSON. Blank text is
    missing, as in files, except in a key; the padding of CHAR goes.
    """

    def __init__(self, kind: SqlType, is_key: bool = False) -> None:
        self._kind = kind
        self._is_key = is_key
        self._cells: list[Any] = []
        self.is_left_out = False

    def add(self, values: Sequence[Any]) -> None:
        """Take the cells of a batch of rows."""
        if self.is_left_out:
            return
        kinds = set(map(type, values)) - {type(None)}
        write = self._find_writer(kinds)
        if len(kinds) == 1 or (self._kind.scale is not None and kinds <= {int, float}):
            cells = _map_each(values, write)
        else:
            cells = [None if value is None else write(value) for value in values]
        self._cells += cells
        if self._kind.name == "BINARY" and any(len(cell or "") > 2 * MOST_BYTES for cell in cells):
            self.is_left_out, self._cells = True, []

    def finish(self) -> list[str | None]:
        """The texts of all cells, None where missing."""
        if self._kind.name not in MOMENTS:
            return self._cells
        is_day = self._kind.name == "DATE" and not any(map(_has_clock, self._cells))
        distinct = list({_key(cell): cell for cell in self._cells if isinstance(cell, date | time)}.values())
        texts = {
            _key(cell): text for cell, text in zip(distinct, write_moments(distinct, is_day), strict=True)
        }
        return [texts[_key(cell)] if isinstance(cell, date | time) else cell for cell in self._cells]

    def _find_writer(self, kinds: set[type]) -> Callable[[Any], Any]:
        """What writes cells of these types; the shortest way for the most frequent ones."""
        if self._kind.name in MOMENTS:
            return self._read_moment
        if kinds == {str}:
            return self._write_text
        is_plain = self._kind.scale is None and self._kind.name != "BOOLEAN"
        return str if kinds == {int} and is_plain else self._write

    def _read_moment(self, value: Any) -> date | time | str:
        """A date, a moment or a time; text that is none ("infinity") stays text."""
        if isinstance(value, timedelta):
            return write_duration(value)
        if not isinstance(value, str):
            return value if isinstance(value, date | time) else str(value)
        try:
            return (time if self._kind.name == "TIME" else datetime).fromisoformat(value)
        except ValueError:
            return value

    def _write(self, value: Any) -> str | None:
        if isinstance(value, str):
            return self._write_text(value)
        if isinstance(value, bool) or (self._kind.name == "BOOLEAN" and value in (0, 1, b"\0", b"\1")):
            return str(value in (1, b"\1"))
        if isinstance(value, float | Decimal) or self._kind.scale is not None:
            return self._write_number(value)
        return _write_other(value)

    def _write_text(self, value: str) -> str | None:
        text = value.rstrip(" ") if self._kind.name == "CHAR" else value
        return text if self._is_key or text.strip() else None

    def _write_number(self, value: float | Decimal | int) -> str | None:
        if isinstance(value, float) and (self._kind.name in FLOATS or not math.isfinite(value)):
            return None if math.isnan(value) else repr(value)
        # SQLite keeps decimals as floats, whose noise begins behind 15 digits.
        number = Decimal(f"{value:.15g}") if isinstance(value, float) else Decimal(value)
        return None if number.is_nan() else write_decimal(number, self._kind.scale)


def write_decimal(number: Decimal, scale: int | None) -> str:
    """All digits of a number, without an exponent, with at least `scale` behind the point."""
    if not number.is_finite():
        return str(number)
    text = f"{number:f}"
    digits = len(text.partition(".")[2])
    if scale is None or digits == scale:
        return text
    if digits < scale:
        return f"{number:.{scale}f}"
    # SQLite keeps what does not fit its declared type: digits that are there stay.
    return text if text[len(text) - digits + scale :].strip("0") else f"{number:.{scale}f}"


def _map_each(values: Sequence[Any], write: Callable[[Any], Any]) -> list[Any]:
    """What `write` makes of each value, None of None, found once for each distinct one."""
    try:
        written = {value: None if value is None else write(value) for value in set(values)}
    except TypeError:  # nested values and mutable bytes
        return [None if value is None else write(value) for value in values]
    return [written[value] for value in values]


def _key(moment: Any) -> Any:
    """What tells moments apart: those of two zones may be the same instant."""
    return (moment, moment.utcoffset()) if isinstance(moment, datetime) else moment


def _has_clock(moment: Any) -> bool:
    return isinstance(moment, datetime) and any(moment.timetuple()[3:6])


def _write_other(value: Any) -> str:
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    if isinstance(value, Mapping | list | tuple):
        return json.dumps(value, ensure_ascii=False, default=_write_nested)
    return write_duration(value) if isinstance(value, timedelta) else str(value)


def _write_nested(value: Any) -> str:
    return value.isoformat() if isinstance(value, date | time) else str(value)
