"""Tables as their source writes them, and in types for files that have types."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from pipeline.datasets.spec import ColumnSpec, DatasetSpec
from pipeline.datasets.typed import form_of, has_values, is_mixed, write_column

_SPAN_TYPES = ("time", "duration")


def write_in_form(spec: DatasetSpec, table: pd.DataFrame) -> pd.DataFrame:
    """The table with numbers, dates and spans of time as text in the form of their source.

    Columns without a form of their own stay as they are.
    """
    return _apply(spec, table, _write_in_form)


def write_typed(spec: DatasetSpec, table: pd.DataFrame) -> pd.DataFrame:
    """The table with times of day and durations as timedelta64[ns] in place of seconds.

    Mixed columns stay text: no type holds their words.
    """
    return _apply(spec, table, _write_typed)


def find_spans(spec: DatasetSpec) -> dict[str, str]:
    """The columns of times of day and of durations: name → "time" or "duration"."""
    kinds = {column.name: str(column.form.get("kind", "")) for column in spec.columns}
    return {name: kind for name, kind in kinds.items() if kind in _SPAN_TYPES}


def _apply(
    spec: DatasetSpec, table: pd.DataFrame, write: Callable[[ColumnSpec, pd.Series], pd.Series]
) -> pd.DataFrame:
    columns = {column.name: column for column in spec.columns}
    written = {
        str(name): write(columns[str(name)], values) if str(name) in columns else values
        for name, values in table.items()
    }
    return pd.DataFrame(written, index=table.index, copy=False)


def _write_in_form(column: ColumnSpec, values: pd.Series) -> pd.Series:
    form = form_of(column) if has_values(column) else None
    return values if form is None else write_column(values, form)


def _write_typed(column: ColumnSpec, values: pd.Series) -> pd.Series:
    if column.form.get("kind") not in _SPAN_TYPES or is_mixed(values):
        return values
    return pd.to_timedelta((values.astype(float) * 1e9).round(), unit="ns")
