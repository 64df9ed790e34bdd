"""How the cells of a column look in a workbook: number format, alignment, and the room that it takes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from pipeline.exporters.columns import Column, ColumnKind
from pipeline.exporters.layout import SheetLayout
from pipeline.exporters.text import drop_illegal_characters

TEXT_FORMAT = "@"
_FORMATS = {
    ColumnKind.TEXT: TEXT_FORMAT,
    ColumnKind.INTEGER: "0",
    ColumnKind.NUMBER: "General",
    ColumnKind.BOOLEAN: "General",
    ColumnKind.DATE: "yyyy-mm-dd",
    ColumnKind.DATETIME: "yyyy-mm-dd hh:mm:ss",
    ColumnKind.TIME: "hh:mm:ss",
    ColumnKind.DURATION: "[h]:mm:ss",
}
_NUMBERS = (ColumnKind.INTEGER, ColumnKind.NUMBER)
_MOMENTS = (ColumnKind.DATE, ColumnKind.DATETIME, ColumnKind.TIME, ColumnKind.DURATION)
# Flush right, they would touch the text of the next column.
_CENTRED = (ColumnKind.DATE, ColumnKind.DATETIME, ColumnKind.BOOLEAN)
_WORDS_OF_DATES = 12  # letters of the longest months and days beyond those of their directive
_CURRENCY = re.compile(r"\[\$([^\]-]*)[^\]]*\]")
_INVISIBLE = re.compile(r'\[[^\]]*\]|[#?"\\_*]')


@dataclass(frozen=True)
class Look:
    """Number format and alignment; `extra_width` is what the format shows beyond plain text, in letters."""

    number_format: str
    is_centred: bool = False
    extra_width: int = 0


KIND_LOOKS: Mapping[ColumnKind, Look] = MappingProxyType(
    {kind: Look(number_format, kind in _CENTRED) for kind, number_format in _FORMATS.items()}
)
"""The look of each kind where the source has none of its own."""

TEXT_LOOK = KIND_LOOKS[ColumnKind.TEXT]
NUMBER_LOOK = KIND_LOOKS[ColumnKind.NUMBER]


def choose_looks(columns: Sequence[Column], sheet: SheetLayout) -> list[Look]:
    """The look of each column: that of its kind, with the sheet's number format where it shows the kind."""
    formats = {name: drop_illegal_characters(text) for name, text in sheet.formats.items()}
    return [_choose(column, formats.get(column.name, "")) for column in columns]


def _choose(column: Column, number_format: str) -> Look:
    plain = KIND_LOOKS[column.kind]
    is_moment = _is_of_moments(number_format)
    if not number_format or column.kind not in (_MOMENTS if is_moment else _NUMBERS):
        return plain
    extra = _measure_moments(number_format) if is_moment else _measure_numbers(number_format)
    return Look(number_format, plain.is_centred, extra)


def _is_of_moments(number_format: str) -> bool:
    from openpyxl.styles.numbers import is_date_format, is_timedelta_format

    return bool(is_date_format(number_format) or is_timedelta_format(number_format))


def _measure_moments(number_format: str) -> int:
    names = _WORDS_OF_DATES if re.search("mmm|ddd", number_format, re.IGNORECASE) else 0
    return max(0, len(number_format) - len("yyyy-mm-dd")) + names


def _measure_numbers(number_format: str) -> int:
    """Characters that a format adds at most: its literals, grouping and decimals."""
    first = number_format.partition(";")[0]
    return len(_INVISIBLE.sub("", _CURRENCY.sub(r"\1", first)))
