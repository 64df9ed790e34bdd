"""Tables from files: CSV in its dialects, Excel and Parquet, as text first and typed after."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.datasets.delimited import SAVE_HINT, first_row_as_header, read_delimited
from pipeline.datasets.parsing import (
    FIRST_CODE,
    ISO_DATE,
    as_integers,
    as_text,
    guess_date_format,
    keeps_form,
    parse_dates,
    parse_numbers,
    refuse_infinite,
)
from pipeline.errors import DataError
from pipeline.settings import UploadLimits

TEXT_SUFFIXES = frozenset({".csv", ".tsv", ".txt"})
SUFFIXES = TEXT_SUFFIXES | {".xlsx", ".parquet"}
_FORMS = {"i": "if", "f": "if", "M": "M"}  # kinds of a column that can be written like one of a kind
_DOUBLE = 8  # bytes of a float64
_EXPANSION_LIMIT = 20  # an honest workbook unpacks to five or ten times its size
# Readers of Parquet and Excel stumble over a damaged file in any of these ways; none of them checks it first.
_STUMBLES = (
    OSError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError, SyntaxError,
    NotImplementedError, RecursionError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip


def read_cells(path: Path, limits: UploadLimits | None = None) -> pd.DataFrame:
    """Read a table as its file holds it: all text for CSV, typed columns for Excel and Parquet.

    Empty cells are missing. Raises DataError for a file that is missing, too large, empty, binary, ragged
    or badly named.
    """
    limits = limits or UploadLimits()
    _check_file(path, limits)
    suffix = path.suffix.lower()
    if suffix == ".xlsx":
        table = _read_excel(path, limits)
    else:
        table = _read_parquet(path) if suffix == ".parquet" else read_delimited(path)
    if not len(table.columns):
        raise DataError(f"{path.name} has no column.", "check that the export was complete.")
    table = _without_empty_ends(table)
    table.columns = _checked_names(table, path, limits)
    if table.empty:
        raise DataError(
            f"{path.name}: there is a header but no row of data.", "check that the export was complete."
        )
    return table.reset_index(drop=True)


def infer_types(table: pd.DataFrame) -> pd.DataFrame:
    """The same table with each text column as numbers or dates, where all of its values are.

    Numbers become int64 or float64, dates datetime64[ns]; all else stays text. Words such as NA are missing
    in a column of numbers, text in others.
    """
    return pd.DataFrame({name: _infer_column(table[name]) for name in table.columns}, index=table.index)


def match_plain_forms(cells: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """Cells of text in the plain forms of a known table of text: 1.0 as 1 where that one writes 1.

    A column whose values are no numbers or dates, or that the known table writes otherwise, stays.
    """
    is_text = {name: name in known and cells[name].dtype == object for name in cells}
    columns = {
        name: _match_plain_form(cells[name], known[name]) if is_text[name] else cells[name] for name in cells
    }
    return pd.DataFrame(columns, index=cells.index)


def _match_plain_form(values: pd.Series, known: pd.Series) -> pd.Series:
    like = _infer_text(known)
    typed = _infer_column(values)
    if like.dtype == object or typed.dtype.kind not in _FORMS[like.dtype.kind]:
        return values
    return as_text(typed) if as_text(like).equals(as_text(known)) else values


def find_date_formats(cells: pd.DataFrame, typed: pd.DataFrame) -> dict[str, str]:
    """The form of each column of text that `infer_types` read as dates, where dates can be written so."""
    dates = [
        name
        for name in typed.select_dtypes("datetime").columns
        if not pd.api.types.is_datetime64_any_dtype(cells[name])
    ]
    formats = {name: guess_date_format(as_text(cells[name])) for name in dates}
    return {name: form for name, form in formats.items() if form is not None and keeps_form(form)}


def _infer_column(values: pd.Series) -> pd.Series:
    if pd.api.types.is_bool_dtype(values):
        return as_text(values)
    if pd.api.types.is_datetime64_any_dtype(values):
        return parse_dates(values, ISO_DATE)
    if pd.api.types.is_numeric_dtype(values):
        return _infer_numbers(values)
    return _infer_text(as_text(values))


def _infer_numbers(values: pd.Series) -> pd.Series:
    """Numbers of a typed file, as they would be read from the same table in CSV."""
    if pd.api.types.is_integer_dtype(values):
        if ((values <= -FIRST_CODE) | (values >= FIRST_CODE)).any():
            return as_text(values)
        return values.astype("float64" if values.isna().any() else "int64")
    numbers = values.astype("float64")
    refuse_infinite(values, numbers)
    if getattr(values.dtype, "itemsize", _DOUBLE) < _DOUBLE:
        return _infer_text(as_text(values))  # 0.1 of 32 bits is 0.1 in text and 0.10000000149 of 64 bits
    return as_integers(numbers)


def _infer_text(texts: pd.Series) -> pd.Series:
    numbers = parse_numbers(texts)
    if numbers is not None:
        return numbers
    date_format = guess_date_format(texts)
    return texts if date_format is None else parse_dates(texts, date_format)


def _check_file(path: Path, limits: UploadLimits) -> None:
    if path.is_dir():
        raise DataError(f"{path} is a folder, not a table.", "name the file inside it.")
    if not path.is_file():
        raise DataError(f"There is no file {path}.", "check the path and the spelling.")
    if path.suffix.lower() not in SUFFIXES:
        known = ", ".join(sorted(SUFFIXES))
        raise DataError(f"{path.name}: tables of this kind cannot be read.", f"use one of {known}.")
    size = path.stat().st_size
    if size == 0:
        raise DataError(f"{path.name} is empty.", "check that the export was complete.")
    if size > limits.size_mb * 2**20:
        raise DataError(
            f"{path.name} is {size / 2**20:.0f} MB, above the limit of {limits.size_mb} MB.",
            "take a sample of its rows, or raise uploads.size_mb in config.yaml.",
        )


def _checked_names(table: pd.DataFrame, path: Path, limits: UploadLimits) -> list[str]:
    names = ["" if pd.isna(name) else str(name).strip() for name in table.columns]
    if len(names) > limits.columns:
        raise DataError(
            f"{path.name} has {len(names)} columns, above the limit of {limits.columns}.",
            "leave columns out, or raise uploads.columns in config.yaml.",
        )
    if names and names[0] == "" and _is_row_number(table.iloc[:, 0]):
        names[0] = next(name for name in ("index", "row_index", "row_number_") if name not in names)
    if "" in names:
        raise DataError(
            f"{path.name}: column {names.index('') + 1} has no name.", "name it in the header line."
        )
    repeated = [name for position, name in enumerate(names) if name in names[:position]]
    if repeated:
        raise DataError(
            f'{path.name}: two columns are called "{repeated[0]}".', "give each column its own name."
        )
    return names


def _without_empty_ends(table: pd.DataFrame) -> pd.DataFrame:
    """Leave out columns with neither name nor value: what a separator at the end of each line makes."""
    is_named = [not pd.isna(name) and bool(str(name).strip()) for name in table.columns]
    return table.loc[:, table.notna().any().to_numpy() | is_named]


def _is_row_number(values: pd.Series) -> bool:
    """Whether a nameless first column counts rows, as pandas and R write it."""
    numbers = pd.to_numeric(values, errors="coerce")
    return bool(len(numbers) and numbers.notna().all() and (numbers.diff().dropna() == 1).all())


def _read_excel(path: Path, limits: UploadLimits) -> pd.DataFrame:
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > limits.size_mb * 2**20 * _EXPANSION_LIMIT:
            raise DataError(
                f"{path.name} unpacks to {unpacked / 2**20:.0f} MB.", "take a sample of its rows."
            )
        sheet = pd.read_excel(path, header=None, dtype=object, keep_default_na=False, na_values=[""])
    except _STUMBLES as error:
        raise DataError(f"{path.name} is not an Excel workbook that can be read.", SAVE_HINT) from error
    if sheet.empty:
        raise DataError(f"{path.name}: the first sheet is empty.", "put the table on the first sheet.")
    return first_row_as_header(sheet).infer_objects()


def _read_parquet(path: Path) -> pd.DataFrame:
    try:
        # Types of pandas' own keep whole numbers whole where some are missing.
        table = pd.read_parquet(path, dtype_backend="numpy_nullable")
        table = table.reset_index() if any(name is not None for name in table.index.names) else table
    except _STUMBLES as error:
        raise DataError(f"{path.name} is not a Parquet file that can be read.", SAVE_HINT) from error
    plain = {name: _plain_cells(table[name], path.name) for name in table.columns}
    return _without_blanks(table.assign(**plain))


def _plain_cells(values: pd.Series, file: str) -> pd.Series:
    """What only Parquet can hold as what other files hold: bytes and nested values as text."""
    if values.dtype == np.float16:
        return values.astype("float32")  # pandas has no index of 16 bits
    known = values.cat.categories if isinstance(values.dtype, pd.CategoricalDtype) else values
    if pd.api.types.infer_dtype(known, skipna=True) not in ("bytes", "mixed"):
        return values
    try:
        return values.astype(object).map(_write_cell, na_action="ignore")
    except UnicodeDecodeError as error:
        raise DataError(
            f'{file}: column "{values.name}" holds bytes that are no text in UTF-8.',
            "write the column as text, or leave it out.",
        ) from error


def _write_cell(cell: object) -> object:
    if isinstance(cell, bytes):
        return cell.decode()
    return str(cell) if isinstance(cell, list | Mapping | np.ndarray) else cell


def _without_blanks(table: pd.DataFrame) -> pd.DataFrame:
    """Empty texts as missing cells, which is what they are in CSV."""
    texts = table.select_dtypes(include=["object", "string"]).columns
    columns = {name: table[name].mask(table[name].astype(str).str.strip() == "") for name in texts}
    return table.assign(**columns)
