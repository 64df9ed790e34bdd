"""JSON: a list of records, one to a line, so that it is compact and still readable in a diff."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

from pipeline.exporters.columns import Column, ColumnKind
from pipeline.exporters.provenance import Provenance

_AS_TEXT = (ColumnKind.DATE, ColumnKind.DATETIME, ColumnKind.TIME, ColumnKind.DURATION)


def export_json(columns: Sequence[Column], provenance: Provenance) -> bytes:
    """Render a table as records; missing and infinite numbers are null, dates ISO text, text unaltered.

    Words among numbers are text.
    """
    encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
    names = [column.name for column in columns]
    rows = zip(*map(_json_values, columns), strict=True)
    records = ",\n".join(encode(dict(zip(names, row, strict=True))) for row in rows)
    return (f"[\n{records}\n]\n" if records else "[]\n").encode("utf-8")


def _json_values(column: Column) -> list[Any]:
    if column.kind in _AS_TEXT:
        return [text or None for text in column.texts]
    values = column.values
    if column.kind is ColumnKind.NUMBER:
        values = [value if value is not None and math.isfinite(value) else None for value in values]
    return [column.words.get(row, value) for row, value in enumerate(values)] if column.words else values
