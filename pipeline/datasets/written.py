"""Tables as their source writes them, and in types for files that have types."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from pipeline.datasets.calendar import to_spans
from pipeline.datasets.forms import DateForm, form_from_dict
from pipeline.datasets.spec import ColumnSpec, DatasetSpec, ModelledType
from pipeline.datasets.typed import (
    SPANS,
    are_whole,
    form_of,
    has_values,
    is_mixed,
    split_mixed,
    unmark,
    write_column,
)

_GOLDEN = 0.6180339887498949  # whose multiples are spread evenly between whole numbers
_MIDNIGHT = pd.Timestamp(2000, 1, 1)


def write_in_form(spec: DatasetSpec, table: pd.DataFrame) -> pd.DataFrame:
    """The table with numbers, dates and spans of time as text in the form of their source.

    Columns without a form of their own stay as they are.
    """
    return _apply(spec, table, _write_in_form)


def write_plain(spec: DatasetSpec, table: pd.DataFrame) -> pd.DataFrame:
    """The table with plain numbers and ISO dates, the odd cells of mixed columns as they are written.

    Days without a year are written in their form.
    """
    return _apply(spec, table, _without_marks)


def write_typed(spec: DatasetSpec, table: pd.DataFrame, is_plain: bool = False) -> pd.DataFrame:
    """The table with times of day (datetime.time) and durations (timedelta64[ns]) in place of seconds.

    Dates and times whose digits are whole numbers in their source are such numbers, unless `is_plain`.
    Mixed columns stay text: no type holds their words.
    """
    return _apply(spec, table, _write_typed if is_plain else _write_typed_or_whole)


def write_cells(
    spec: DatasetSpec, table: pd.DataFrame, is_plain: bool = False
) -> tuple[pd.DataFrame, dict[str, pd.Series]]:
    """The table as by `write_typed`, with the values of mixed columns in their type, and the words of these.

    For files whose cells have a type each: cells with words are missing in the table; words are None in all
    others.
    """
    mixed = {
        column.name: _split(column, table[column.name])
        for column in spec.columns
        if column.name in table and has_values(column) and is_mixed(table[column.name])
        if not is_yearless(column) and (is_plain or not are_whole(column))
    }
    parted = table.assign(**{name: values for name, (values, _) in mixed.items()}) if mixed else table
    return write_typed(spec, parted, is_plain), {name: words for name, (_, words) in mixed.items()}


def _split(column: ColumnSpec, values: pd.Series) -> tuple[pd.Series, pd.Series]:
    is_number = column.kind == ModelledType.NUMERICAL
    parted, words = split_mixed(values, "number" if is_number else "date")
    is_whole = is_number and column.form.get("kind") not in SPANS and (parted.dropna() % 1 == 0).all()
    return (parted.astype("Int64") if is_whole else parted), words


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
    return _fill_missing(column, values) if form is None else write_column(values, form)


def _without_marks(column: ColumnSpec, values: pd.Series) -> pd.Series:
    if is_yearless(column):
        return _write_in_form(column, values)
    return unmark(values) if has_values(column) and is_mixed(values) else values


def is_yearless(column: ColumnSpec) -> bool:
    """Whether a column holds days without a year, which no type has: they are text in every file."""
    form = form_of(column) if column.form.get("kind") == "date" and has_values(column) else None
    return isinstance(form, DateForm) and not form.has_year


def _write_typed_or_whole(column: ColumnSpec, values: pd.Series) -> pd.Series:
    if not are_whole(column):
        return _write_typed(column, values)
    texts = _write_in_form(column, values)
    numbers = pd.to_numeric(texts, errors="coerce").astype("Int64")
    return numbers if (numbers.notna() == texts.notna()).all() else texts


def _write_typed(column: ColumnSpec, values: pd.Series) -> pd.Series:
    kind = column.form.get("kind")
    if is_yearless(column):
        return _write_in_form(column, values)
    if kind not in SPANS or is_mixed(values):
        return _fill_missing(column, values)
    spans = to_spans((values.astype(float) * 1e9).round(), "ns")
    return spans if kind == "duration" else _as_times(_cut(spans, column))


def _cut(spans: pd.Series, column: ColumnSpec) -> pd.Series:
    """Times of day without what their form does not show, such as seconds."""
    form = form_from_dict(column.form)
    return form.read(form.write(spans)).values


def _as_times(spans: pd.Series) -> pd.Series:
    """Times of day (datetime.time, None where missing) of timedelta64[ns] below a day."""
    moments = (_MIDNIGHT + spans).dt.time.astype(object)
    return moments.where(spans.notna(), None)


def _fill_missing(column: ColumnSpec, values: pd.Series) -> pd.Series:
    """Missing cells as the word that is there in the source, where there is one."""
    word = column.options.get("missing_word")
    values = _without_marks(column, values)
    if word is not None:
        return values.astype(object).where(values.notna(), word)
    shares = column.options.get("odd_cells")
    return _spread_words(values, shares) if shares else values


def _spread_words(values: pd.Series, shares: Mapping[str, float]) -> pd.Series:
    """Missing cells as odd words by their shares of these cells, spread evenly; the rest stay missing."""
    gaps = np.flatnonzero(values.isna())
    turns = find_turns(len(gaps))
    words = np.array([*shares, None], dtype=object)
    filled = values.to_numpy(dtype=object, copy=True)
    filled[gaps] = words[np.searchsorted(np.cumsum(list(shares.values())), turns, side="right")]
    return pd.Series(filled, index=values.index, name=values.name, dtype=object)


def find_turns(count: int) -> np.ndarray:
    """A number from 0 to 1 for each of so many rows, the same every time; a share of them is below it."""
    return np.asarray(((np.arange(count) + 1) * _GOLDEN) % 1.0)
