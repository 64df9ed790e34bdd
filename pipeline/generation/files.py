"""A generated table as the bytes of a file: in the form of its source, or plain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from pipeline.datasets.kinds import is_birth_date
from pipeline.datasets.parsing import as_text
from pipeline.datasets.source import NO_HEADER, SourceFormat
from pipeline.datasets.spec import ColumnSpec, DatasetSpec, Role
from pipeline.datasets.typed import form_of, has_values, is_mixed, write_column
from pipeline.datasets.written import write_cells, write_in_form, write_plain, write_typed
from pipeline.exporters import PLAIN_LAYOUT, CsvLayout, ExportFormat, Provenance, export_table
from pipeline.exporters.layout import PLAIN_SHEET, SheetLayout

_OF_TEXT = (ExportFormat.CSV, ExportFormat.WORD)
_ZONED, _TEXT = ", tz=", "text"


def write_file(
    spec: DatasetSpec, table: pd.DataFrame, fmt: ExportFormat, provenance: Provenance, is_plain: bool = False
) -> bytes:
    """Write a table in a format.

    Formats without types (CSV, Word) hold numbers and dates in the form of the source, and CSV has the
    layout of the source's file, so that what reads the original reads the copy. `is_plain` writes plain
    numbers, ISO dates and comma-separated UTF-8 instead. Excel, JSON and Parquet hold typed cells, Parquet
    in the types of a Parquet source, Excel under the name and with the number formats of the source's sheet
    unless `is_plain`, and its values in cells of the kinds that are in the source's sheet, at their rates.
    Words among numbers or dates are text cells of Excel and JSON; the columns of Parquet have one type, so
    that all of such a column is text there.
    """
    if fmt in _OF_TEXT:
        written = write_plain(spec, table) if is_plain else write_in_form(spec, table)
        layout = find_layout(spec)
        layout = replace(PLAIN_LAYOUT, as_is=layout.as_is) if is_plain else layout
        return export_table(written, fmt, provenance, layout)
    if fmt is ExportFormat.PARQUET:
        types = {} if is_plain else find_types(spec)
        return export_table(
            _write_zoned(spec, write_typed(spec, table, is_plain), types), fmt, provenance, types=types
        )
    is_excel = fmt is ExportFormat.EXCEL
    typed, words = write_sheet(spec, table, is_plain) if is_excel else write_cells(spec, table, is_plain)
    sheet = PLAIN_SHEET if is_plain else find_sheet(spec.source)
    return export_table(typed, fmt, provenance, words=words, sheet=sheet)


def write_sheet(
    spec: DatasetSpec, table: pd.DataFrame, is_plain: bool = False
) -> tuple[pd.DataFrame, dict[str, pd.Series]]:
    """A table as typed cells of Excel, and beside them the words that are among numbers and dates.

    What the cells of the source's workbook hold as text is text in its form, and values are in cells of the
    kinds that are there, at their rates, unless `is_plain`.
    """
    typed, words = write_cells(spec, table, is_plain)
    typed = restore_types(spec, typed)
    return (typed, words) if is_plain else _keep_mixes(spec, *_keep_texts(spec, table, typed, words))


def find_layout(spec: DatasetSpec) -> CsvLayout:
    """The layout of the dataset's own file; plain where that was no delimited text."""
    source = SourceFormat.from_dict(spec.source)
    if source.kind != "csv":
        return PLAIN_LAYOUT
    return CsvLayout(
        separator=source.separator,
        encoding=source.encoding,
        line_end=source.line_end,
        has_bom=source.has_bom,
        has_header=source.header != NO_HEADER,
        quotes_all=source.quotes == "all",
        has_separator_line=source.has_sep_line,
        as_is=frozenset(column.name for column in spec.columns if column.role is Role.MODELLED),
    )


def find_sheet(source: Mapping[str, Any]) -> SheetLayout:
    """The layout of the sheet of a `DatasetSpec.source`; plain where its number formats are not known."""
    found = SourceFormat.from_dict(source)
    if found.cell_formats is None:
        return PLAIN_SHEET
    return SheetLayout(found.sheet, found.cell_formats)


def find_types(spec: DatasetSpec) -> Mapping[str, str]:
    """Arrow's types of the columns of a Parquet source, nothing for other sources."""
    source = SourceFormat.from_dict(spec.source)
    return source.types if source.kind == "parquet" else {}


def restore_types(spec: DatasetSpec, table: pd.DataFrame) -> pd.DataFrame:
    """The table with booleans, numbers and durations in the columns that a workbook held as such."""
    source = SourceFormat.from_dict(spec.source)
    if source.kind != "excel":
        return table
    restorers = {"boolean": _as_booleans, "number": _as_numbers, "duration": _as_durations}
    kinds = {name: kind for name, kind in source.types.items() if kind in restorers and name in table}
    return table.assign(**{name: restorers[kind](table[name]) for name, kind in kinds.items()})


def _keep_texts(
    spec: DatasetSpec, table: pd.DataFrame, typed: pd.DataFrame, words: Mapping[str, pd.Series]
) -> tuple[pd.DataFrame, dict[str, pd.Series]]:
    """The typed table and its words, but text in its form where the cells of the source's workbook are text.

    As a number, "59%" would be 59, and read as 5900 % where a workbook calls it a percentage.
    """
    source = SourceFormat.from_dict(spec.source)
    kinds = source.types if source.kind == "excel" else {}
    names = [one.name for one in spec.columns if kinds.get(one.name) == _TEXT and _is_written(one)]
    written = write_in_form(spec, table[[name for name in names if name in table]])
    # Without a form of their own, dates are still dates here.
    texts = {str(name): as_text(values) for name, values in written.items()}
    kept = {name: found for name, found in words.items() if name not in texts}
    return typed.assign(**texts), kept


def _is_written(column: ColumnSpec) -> bool:
    return bool(column.form) or has_values(column) or is_birth_date(column.kind)


def _keep_mixes(
    spec: DatasetSpec, typed: pd.DataFrame, words: Mapping[str, pd.Series]
) -> tuple[pd.DataFrame, dict[str, pd.Series]]:
    """The typed table and its words, with as many values in cells of other kinds as in the source's workbook.

    Numbers among dates are words, too.
    """
    source = SourceFormat.from_dict(spec.source)
    if not source.mixes:
        return typed, dict(words)
    # Needed for few workbooks.
    from pipeline.datasets.cell_mixes import read_mixes, split_cells

    columns, found = {str(name): values for name, values in typed.items()}, dict(words)
    # Categories and codes with letters are text, whatever cells they came from.
    valued = [name for name, values in columns.items() if not is_mixed(values)]
    for name in (name for name in valued if name in source.mixes):
        columns[name], others = split_cells(columns[name], read_mixes(source.mixes, name))
        found[name] = others.where(others.notna(), found[name]) if name in found else others
    return pd.DataFrame(columns, index=typed.index, copy=False), found


def _as_booleans(values: pd.Series) -> pd.Series:
    return values.map({"True": True, "False": False}).astype("boolean")


def _as_durations(values: pd.Series) -> pd.Series:
    """Durations below a day, which read like times of day."""
    is_time = pd.api.types.infer_dtype(values, skipna=True) == "time"
    return pd.to_timedelta(values.astype(str).where(values.notna(), None)) if is_time else values


def _as_numbers(values: pd.Series) -> pd.Series:
    """Codes that are whole numbers in their source, where all of them are digits."""
    if not pd.api.types.is_object_dtype(values):
        return values
    present = values.dropna().astype(str)
    return pd.to_numeric(values).astype("Int64") if present.str.fullmatch(r"\d{1,15}").all() else values


def _write_zoned(spec: DatasetSpec, table: pd.DataFrame, types: Mapping[str, str]) -> pd.DataFrame:
    """The table with zoned timestamps as text with their offset, from which Arrow reads the instant."""
    zoned = [column for column in spec.columns if _ZONED in types.get(column.name, "")]
    return table.assign(**{column.name: _with_offset(column, table[column.name]) for column in zoned})


def _with_offset(column: ColumnSpec, values: pd.Series) -> pd.Series:
    form = form_of(column)
    return values if form is None or is_mixed(values) else write_column(values, form)
