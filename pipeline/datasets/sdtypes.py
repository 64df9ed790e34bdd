"""What SDV's metadata calls a column of numbers or dates, so that SDV reads the file that it describes."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from pipeline.datasets.forms.strptime import strptime_pattern
from pipeline.datasets.parsing import ISO_DATE
from pipeline.datasets.spec import ColumnSpec, DatasetSpec, ModelledType
from pipeline.datasets.typed import form_of

OPEN: Mapping[str, Any] = MappingProxyType({"sdtype": "unknown", "pii": False})
"""A column for which SDV has no sdtype; it reads any text there, and registration detects what it is."""


def is_open(described: Mapping[str, Any]) -> bool:
    """Whether metadata leaves to detection what a column is."""
    return described["sdtype"] == OPEN["sdtype"] and described.get("pii") is False


def describe_values(column: ColumnSpec) -> dict[str, Any]:
    """The sdtype of a column of numbers or dates, with the pattern of its dates.

    SDV refuses words among numbers or dates, and dates that `strptime` has no pattern for: such a column is
    left open.
    """
    if "odd_words" in column.options:
        return dict(OPEN)
    if column.kind == ModelledType.NUMERICAL:
        return {"sdtype": "numerical"}
    form = form_of(column)
    pattern = column.options.get("format", ISO_DATE) if form is None else strptime_pattern(form)
    return dict(OPEN) if pattern is None else {"sdtype": "datetime", "datetime_format": pattern}


def correct_formats(described: Mapping[str, Any], spec: DatasetSpec) -> dict[str, Any]:
    """The columns of given metadata with the pattern that their dates have, in place of one that they lack.

    What has a range keeps its pattern, in which the range is written.
    """
    found = {column.name: describe_values(column) for column in spec.columns if _is_formed_date(column)}
    return {
        name: found[name] if name in found and set(one) <= {"sdtype", "datetime_format"} else one
        for name, one in described.items()
    }


def _is_formed_date(column: ColumnSpec) -> bool:
    return column.kind == ModelledType.DATETIME and bool(column.form)
