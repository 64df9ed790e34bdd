"""Tables from files: CSV in its dialects, Excel and Parquet, as text first and typed after."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from pathlib import Path

import pandas as pd

from pipeline.errors import DataError
from pipeline.parsing import ISO_DATE, as_text, guess_date_format, parse_dates, parse_numbers
from pipeline.settings import UploadLimits

TEXT_SUFFIXES = frozenset({".csv", ".tsv", ".txt"})
SUFFIXES = TEXT_SUFFIXES | {".xlsx", ".parquet"}
_SEPARATORS = ",;\t|"
_SAMPLE_RECORDS = 50
_EXPANSION_LIMIT = 20  # an honest workbook unpacks to five or ten times its size
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_SAVE_HINT = "open the file in the program that wrote it and save it again as CSV in UTF-8."


def read_table(path: Path, limits: UploadLimits | None = None) -> pd.DataFrame:
    """Read a table with numbers as int64/float64, dates as datetime64[ns] and all else as text.

    Empty cells are missing. Words such as NA are missing in a column of numbers, text in others.
    Raises DataError for a file that is missing, too large, empty, binary, ragged or badly named.
    """
    return infer_types(read_cells(path, limits))


def read_cells(path: Path, limits: UploadLimits | None = None) -> pd.DataFrame:
    """Read a table as its file holds it: all text for CSV, typed columns for Excel and Parquet."""
    limits = limits or UploadLimits()
    _check_file(path, limits)
    readers = {".xlsx": _read_excel, ".parquet": _read_parquet}
    table = readers.get(path.suffix.lower(), _read_text)(path, limits)
    table = _without_empty_ends(table)
    table.columns = _checked_names(table, path, limits)
    if table.empty:
        raise DataError(
            f"{path.name}: there is a header but no row of data.", "check that the export was complete."
        )
    return table.reset_index(drop=True)


def infer_types(table: pd.DataFrame) -> pd.DataFrame:
    """The same table with each text column as numbers or dates, where all of its values are."""
    return pd.DataFrame({name: _infer_column(table[name]) for name in table.columns}, index=table.index)


def _infer_column(values: pd.Series) -> pd.Series:
    if pd.api.types.is_bool_dtype(values) or isinstance(values.dtype, pd.CategoricalDtype):
        return as_text(values)
    if pd.api.types.is_datetime64_any_dtype(values):
        return parse_dates(values, ISO_DATE)
    if pd.api.types.is_numeric_dtype(values):
        return values if isinstance(values.dtype.type(0), (int, float)) else values.astype(float)
    return _infer_text(as_text(values))


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


def _read_text(path: Path, limits: UploadLimits) -> pd.DataFrame:
    text = _decode(path)
    separator = _sniff_separator(text)
    _check_records(text, separator, path)
    try:
        table = pd.read_csv(
            io.StringIO(text),
            sep=separator,
            header=None,
            dtype=str,
            keep_default_na=False,
            na_values=[""],
            skipinitialspace=True,
        )
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise DataError(f"{path.name}: {str(error).strip()}.", _SAVE_HINT) from error
    return _first_row_as_header(table)


def _first_row_as_header(table: pd.DataFrame) -> pd.DataFrame:
    """Take the names from the first row: a header that pandas reads comes back with repeats renamed."""
    body = table.iloc[1:].astype(object)
    return body.where(body.notna(), None).set_axis(list(table.iloc[0]), axis=1)


def _decode(path: Path) -> str:
    content = path.read_bytes()
    encodings = ("utf-16",) if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not _CONTROL.search(text):
            return _checked_text(text, path)
        break
    raise DataError(f"{path.name} is not a text file, whatever its name says.", _SAVE_HINT)


def _checked_text(text: str, path: Path) -> str:
    if not text.strip():
        raise DataError(f"{path.name} is empty.", "check that the export was complete.")
    return text


def _sniff_separator(text: str) -> str:
    """The separator under which most records are as wide as the header; quoted text cannot mislead it."""
    scores = {separator: _score_separator(text, separator) for separator in _SEPARATORS}
    best = max(_SEPARATORS, key=lambda separator: scores[separator])
    return best if scores[best] > (0.0, 0) else ","


def _score_separator(text: str, separator: str) -> tuple[float, int]:
    widths: list[int] = []
    try:
        for record in csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True):
            if record:
                widths.append(len(record))
            if len(widths) > _SAMPLE_RECORDS:
                break
    except csv.Error:
        return 0.0, 0
    if not widths or widths[0] == 1:
        return 0.0, 0
    return widths.count(widths[0]) / len(widths), widths[0]


def _check_records(text: str, separator: str, path: Path) -> None:
    """Refuse a record that is wider or narrower than the header: pandas would fill or shift it silently."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True)
    expected, start = 0, 1
    try:
        for record in reader:
            if record and not expected:
                expected = len(record)
            elif record and len(record) != expected:
                raise DataError(
                    f"{path.name}, line {start}: expected {expected} fields, found {len(record)}.",
                    "put text that holds the separator into quotes, or correct the line.",
                )
            start = reader.line_num + 1
    except csv.Error as error:
        raise DataError(
            f"{path.name}, line {start}: {error}.", "look for a quote that never closes."
        ) from error


def _read_excel(path: Path, limits: UploadLimits) -> pd.DataFrame:
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > limits.size_mb * 2**20 * _EXPANSION_LIMIT:
            raise DataError(
                f"{path.name} unpacks to {unpacked / 2**20:.0f} MB.", "take a sample of its rows."
            )
        sheet = pd.read_excel(path, header=None, dtype=object, keep_default_na=False, na_values=[""])
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, OSError) as error:
        raise DataError(f"{path.name} is not an Excel workbook that can be read.", _SAVE_HINT) from error
    if sheet.empty:
        raise DataError(f"{path.name}: the first sheet is empty.", "put the table on the first sheet.")
    return _first_row_as_header(sheet).infer_objects()


def _read_parquet(path: Path, limits: UploadLimits) -> pd.DataFrame:
    try:
        table = pd.read_parquet(path)
    except (OSError, ValueError, NotImplementedError) as error:
        raise DataError(f"{path.name} is not a Parquet file that can be read.", _SAVE_HINT) from error
    named_index = any(name is not None for name in table.index.names)
    return table.reset_index() if named_index else table
