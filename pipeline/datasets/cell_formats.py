"""How a workbook shows the numbers and dates of a column: its number formats, such as "00000" or "0%"."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, time, timedelta
from typing import Any

_LOOKED_ROWS = 1_000
_LONGEST = 255  # what Excel itself takes
_UNTOLD = frozenset({"General", "@"})
_VALUES = (int, float, date, time, timedelta)

RowFormats = Mapping[int, str]
"""The number formats of the cells of a row that hold a number or a date, by column from 0."""


def read_formats(sheet: Any) -> tuple[RowFormats, ...]:
    """The number formats in the first rows of a sheet; nothing where its styles cannot be read."""
    try:
        return tuple(
            {at: cell.number_format for at, cell in enumerate(row) if _is_value(cell.value)}
            for row in sheet.iter_rows(max_row=_LOOKED_ROWS)
        )
    except (LookupError, TypeError, ValueError, AttributeError):
        # The values were read without them, and formats alone are no reason to refuse a workbook.
        return ()


def choose_formats(rows: Sequence[RowFormats], names: Sequence[str]) -> dict[str, str]:
    """By column the format that most of its numbers or dates have; `rows` are those below the header."""
    found = {}
    for at, name in enumerate(names):
        counts = Counter(row[at] for row in rows if at in row)
        usual = counts.most_common(1)[0][0] if counts else ""
        if name and usual and usual not in _UNTOLD and len(usual) <= _LONGEST:
            found[name] = usual
    return found


def _is_value(cell: object) -> bool:
    return isinstance(cell, _VALUES) and not isinstance(cell, bool)
