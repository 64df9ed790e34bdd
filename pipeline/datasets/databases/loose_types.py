"""Types of SQLite's columns as their cells are: it declares types, lengths and digits, and enforces none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from pipeline.datasets.databases.sql_types import FLOATS, MOMENTS, TEXTS, WHOLE
from pipeline.datasets.related.schema import SqlType

_WHOLE = re.compile(r"-?\d+")
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?|-?inf")
_MOMENT = re.compile(r"[\d:. T+-]+")
_ZONED = re.compile(r".*\d\d:\d\d.*[+-]\d\d:\d\d")
_SHAPES = {
    **dict.fromkeys(WHOLE, _WHOLE),
    **dict.fromkeys((*FLOATS, "NUMERIC"), _NUMBER),
    **dict.fromkeys(MOMENTS, _MOMENT),
    "BOOLEAN": re.compile("True|False"),
}


def observe_type(kind: SqlType, cells: Sequence[str | None]) -> SqlType:
    """The declared type as the cells are: wider, with a zone, or text where one is something else."""
    distinct = {cell for cell in cells if cell is not None}
    shape = _SHAPES.get(kind.name)
    if shape is not None and not all(map(shape.fullmatch, distinct)):
        return SqlType("TEXT", is_required=kind.is_required)
    if kind.name == "TIMESTAMP" and any(map(_ZONED.fullmatch, distinct)):
        return replace(kind, name="TIMESTAMP WITH TIME ZONE")
    if kind.name == "NUMERIC" and kind.precision is not None:
        return _widen(kind, distinct)
    if kind.name in TEXTS and kind.length is not None:
        return replace(kind, length=max([kind.length, *map(len, distinct)]))
    return kind


def _widen(kind: SqlType, distinct: set[str]) -> SqlType:
    scale = max([kind.scale or 0, *(len(cell.partition(".")[2]) for cell in distinct)])
    whole = max(
        [
            (kind.precision or 0) - (kind.scale or 0),
            *(len(cell.partition(".")[0].lstrip("-0")) for cell in distinct),
        ]
    )
    return replace(kind, precision=whole + scale, scale=scale)
