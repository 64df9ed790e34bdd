"""Columns of the cells of a workbook, as Python holds them, with the types that they have in common."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

import pandas as pd

from pipeline.datasets.moments import write_duration, write_moment, write_moments


def type_cells(values: pd.Series) -> tuple[pd.Series, str]:
    """A column of Python values with the type of all of its cells, as text where they are mixed.

    Times and lengths of time become text in ISO form; so do dates beyond the range of pandas.
    """
    present = values.dropna()
    kinds = {kind_of(value) for value in present}
    if kinds <= {"date", "datetime"} and kinds:
        return _type_moments(values, "datetime" if "datetime" in kinds else "date")
    if kinds == {"number"}:
        return _type_numbers(values), "number"
    if kinds == {"boolean"}:
        return values.astype("boolean" if len(present) < len(values) else "bool"), "boolean"
    kind = kinds.pop() if len(kinds) == 1 else "mixed" if kinds else ""
    if kind == "time":
        return _rewritten(values, write_moments(values)), kind
    return _rewritten(values, [None if value is None else write_cell(value) for value in values]), kind


def _rewritten(values: pd.Series, texts: Sequence[str | None]) -> pd.Series:
    return pd.Series(texts, index=values.index, name=values.name, dtype=object)


def _type_moments(values: pd.Series, kind: str) -> tuple[pd.Series, str]:
    try:
        moments = pd.to_datetime(values).astype("datetime64[ns]")
        if (moments.dropna() == moments.dropna().dt.floor("s")).all():
            return moments, kind
    except (pd.errors.OutOfBoundsDatetime, ValueError, OverflowError):
        pass  # beyond the range of pandas: as text below
    return _rewritten(values, write_moments(values, is_day=kind == "date")), kind


def _type_numbers(values: pd.Series) -> pd.Series:
    present = values.dropna()
    if not all(isinstance(value, int) for value in present):
        return values.astype("float64")
    if any(abs(value) >= 2**63 for value in present):
        return values.map(str, na_action="ignore").where(values.notna(), None)
    return values.astype("int64" if len(present) == len(values) else "Int64")


def kind_of(value: object) -> str:
    """What a cell holds: number, text, boolean, date, datetime, time or duration."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, datetime):
        return "date" if value.time() == time.min else "datetime"
    for kind, types in (("date", date), ("time", time), ("duration", timedelta), ("number", int | float)):
        if isinstance(value, types):
            return kind
    return "text"


def write_cell(value: object) -> str:
    """A cell as text, dates and times in ISO form."""
    if isinstance(value, timedelta):
        return write_duration(value)
    return write_moment(value) if isinstance(value, date | time) else str(value)
