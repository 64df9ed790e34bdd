"""The tables of a schema as files: one each, or a workbook of all; the same tables give the same bytes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pandas as pd

from pipeline.datasets.related.schema import RelatedSchema, SqlType
from pipeline.errors import ExportError
from pipeline.exporters.archive import pack_files
from pipeline.exporters.columns import read_columns
from pipeline.exporters.formats import ExportFormat, write_together
from pipeline.exporters.layout import SheetLayout
from pipeline.exporters.provenance import Provenance
from pipeline.exporters.sql.values import FAMILIES, read_values
from pipeline.exporters.table import export_table

WriteCsv = Callable[[str, pd.DataFrame], bytes]

_NO_LAYOUTS: Mapping[str, SheetLayout] = MappingProxyType({})
_NO_WORDS: Mapping[str, Mapping[str, pd.Series]] = MappingProxyType({})
_UNSAFE = re.compile(r'[\x00-\x1f<>:"/\\|?*\ud800-\udfff]')
_DEVICES = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")
_LONGEST = 100
_EXACT_DIGITS = 15
_ARROW = {
    "SMALLINT": "int16",
    "INTEGER": "int32",
    "BIGINT": "int64",
    "REAL": "float",
    "DOUBLE PRECISION": "double",
    "BOOLEAN": "bool",
    "DATE": "date32[day]",
    "TIMESTAMP": "timestamp[us]",
    "TIMESTAMP WITH TIME ZONE": "timestamp[us, tz=UTC]",
}


def name_files(names: Iterable[str], suffix: str) -> dict[str, str]:
    """A file name for each table: what no file system takes is "_", names that are alike get numbers."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        stem = _UNSAFE.sub("_", name).strip(" .")[:_LONGEST] or "table"
        stem = f"_{stem}" if _DEVICES.fullmatch(stem) else stem
        number, file = 1, f"{stem}{suffix}"
        while file.casefold() in taken:
            number += 1
            file = f"{stem}_{number}{suffix}"
        taken.add(file.casefold())
        found[name] = file
    return found


def export_csv_files(
    schema: RelatedSchema,
    tables: Mapping[str, pd.DataFrame],
    provenance: Provenance,
    write_csv: WriteCsv | None = None,
) -> dict[str, bytes]:
    """A CSV of each table by file name, in the order of the schema.

    `write_csv` gives the bytes of a table in the form of its source; without it they are plain CSV with the
    guard against formulas that all exports have.
    """
    files = name_files(tables_of(schema), ExportFormat.CSV.suffix)
    return {
        files[name]: _write_csv(name, _take(schema, tables, name), provenance, write_csv) for name in files
    }


def export_parquet_files(
    schema: RelatedSchema, tables: Mapping[str, pd.DataFrame], provenance: Provenance
) -> dict[str, bytes]:
    """A Parquet file of each table by file name; columns that come from a database have its types."""
    files = name_files(tables_of(schema), ExportFormat.PARQUET.suffix)
    return {
        files[name]: export_table(
            _take(schema, tables, name),
            ExportFormat.PARQUET,
            _count(provenance, tables[name]),
            types=_list_arrow_types(schema.get(name).types),
        )
        for name in files
    }


def export_tables_workbook(
    schema: RelatedSchema,
    tables: Mapping[str, pd.DataFrame],
    provenance: Provenance,
    words: Mapping[str, Mapping[str, pd.Series]] = _NO_WORDS,
    layouts: Mapping[str, SheetLayout] = _NO_LAYOUTS,
) -> bytes:
    """A workbook with a sheet for each table, numbers, dates and booleans of a database as such.

    `words` are those among the values of each table's columns, see `read_columns`; `layouts` are those of the
    sheets.
    """
    from pipeline.exporters.workbook import export_sheets

    sheets = {}
    for name in tables_of(schema):
        frame = _type_cells(_take(schema, tables, name), schema.get(name).types)
        sheets[name] = read_columns(frame, words.get(name, {}))
    try:
        return export_sheets(sheets, provenance, layouts)
    except UnicodeEncodeError as error:
        raise ExportError(
            "A text holds an unpaired surrogate, which cannot be encoded.", "remove it from the table."
        ) from error


def pack_tables(files: Mapping[str, bytes]) -> bytes:
    """The files of all tables in one ZIP."""
    return pack_files(files)


def save_tables(folder: Path, files: Mapping[str, bytes]) -> list[Path]:
    """Write the files into a folder, which is made where it is missing: all of them, or none."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ExportError(
            f"The folder {folder} cannot be made: {error.strerror or type(error).__name__}.",
            "choose another one.",
        ) from error
    paths = {folder / name: content for name, content in files.items()}
    write_together(paths)
    return list(paths)


def tables_of(schema: RelatedSchema) -> list[str]:
    """The names of the tables, in the order of the schema."""
    return [table.name for table in schema.tables]


def _take(schema: RelatedSchema, tables: Mapping[str, pd.DataFrame], name: str) -> pd.DataFrame:
    """A table with its columns in the order of the schema; ExportError where one is missing."""
    columns = list(schema.get(name).columns)
    missing = [one for one in columns if name not in tables or one not in tables[name]]
    if missing:
        raise ExportError(f'Table "{name}" has no column "{missing[0]}".', "make the tables again.")
    return tables[name][columns]


def _write_csv(name: str, frame: pd.DataFrame, provenance: Provenance, write_csv: WriteCsv | None) -> bytes:
    if write_csv is not None:
        return write_csv(name, frame)
    return export_table(frame, ExportFormat.CSV, _count(provenance, frame))


def _count(provenance: Provenance, frame: pd.DataFrame) -> Provenance:
    return replace(provenance, rows=len(frame))


def _list_arrow_types(types: Mapping[str, SqlType]) -> dict[str, str]:
    found = {name: _ARROW[kind.name] for name, kind in types.items() if kind.name in _ARROW}
    for name, kind in types.items():
        if kind.name == "NUMERIC" and kind.precision is not None and kind.precision <= 38:
            found[name] = f"decimal128({kind.precision}, {kind.scale or 0})"
    return found


def _type_cells(frame: pd.DataFrame, types: Mapping[str, SqlType]) -> pd.DataFrame:
    """Text of columns with a type as numbers, booleans and dates; where one cell is none, all stay text."""
    typed = {name: _type_column(frame[name], types.get(name)) for name in frame.columns}
    return pd.DataFrame(typed, index=frame.index)


def _type_column(cells: pd.Series, kind: SqlType | None) -> pd.Series:
    is_text = kind is None or FAMILIES.get(kind.name) in (None, "binary value", "moment with a zone")
    if is_text or kind is None or not pd.api.types.is_object_dtype(cells):
        return cells
    found = read_values(cells, kind)
    if found.odd or any(isinstance(one, str) for one in found.values):
        return cells
    if kind.name == "NUMERIC" and max((len(str(one)) for one in found.values), default=0) > _EXACT_DIGITS:
        return cells
    return pd.Series(found.values, index=cells.index, dtype=object)
