"""Text files with separators: their encoding and separator found, and every record checked."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from pipeline.errors import DataError

if TYPE_CHECKING:
    from _csv import Reader

SAVE_HINT = "open the file in the program that wrote it and save it again as CSV in UTF-8."
"""What to do with a file that cannot be read as what its name says."""

_SEPARATORS = ",;\t|"
_SAMPLE_RECORDS = 50
_LONGEST_FIELD = 2**31 - 1
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def read_delimited(path: Path) -> pd.DataFrame:
    """The cells of a file of text, whatever its encoding and separator; names come from its first record.

    Raises DataError with the line for a record that does not fit, DataError for a file that is no text.
    """
    text = _decode(path)
    separator = _sniff_separator(text)
    last_line = _check_records(text, separator, path)
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
        if "EOF inside string" in str(error):
            raise _open_quote(path, last_line) from error
        raise DataError(f"{path.name}: {str(error).strip()}.", SAVE_HINT) from error
    return first_row_as_header(table)


def first_row_as_header(table: pd.DataFrame) -> pd.DataFrame:
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
    raise DataError(f"{path.name} is not a text file, whatever its name says.", SAVE_HINT)


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
        for record in _records(io.StringIO(text, newline=""), separator):
            if record:
                widths.append(len(record))
            if len(widths) > _SAMPLE_RECORDS:
                break
    except csv.Error:
        return 0.0, 0
    if not widths or widths[0] == 1:
        return 0.0, 0
    return widths.count(widths[0]) / len(widths), widths[0]


def _records(lines: Iterable[str], separator: str, is_strict: bool = False) -> Reader:
    # The limit is one for the whole process; its default refuses a text of 131,072 characters.
    csv.field_size_limit(_LONGEST_FIELD)
    return csv.reader(lines, delimiter=separator, skipinitialspace=True, strict=is_strict)


def _check_records(text: str, separator: str, path: Path) -> int:
    """The line on which the last record begins.

    Refuses a record that is wider or narrower than the header: pandas would fill or shift it silently.
    """
    lines = list(io.StringIO(text, newline=""))
    reader = _records(lines, separator)
    expected, start, last = 0, 1, 1
    try:
        for record in reader:
            expected = expected or len(record)
            if record and len(record) != expected:
                if _never_closes(lines[start - 1 :], separator):
                    raise _open_quote(path, start)
                raise DataError(
                    f"{path.name}, line {start}: expected {expected} fields, found {len(record)}.",
                    "put text that holds the separator into quotes, or correct the line.",
                )
            last, start = (start if record else last), reader.line_num + 1
    except csv.Error as error:
        raise DataError(f"{path.name}, line {start}: {error}.", SAVE_HINT) from error
    return last


def _never_closes(lines: list[str], separator: str) -> bool:
    """Whether the first record of these lines has a quote that is open at their end."""
    try:
        next(_records(lines, separator, is_strict=True))
    except csv.Error as error:
        return "unexpected end of data" in str(error)
    return False


def _open_quote(path: Path, line: int) -> DataError:
    return DataError(
        f"{path.name}, line {line}: a quote opens in this record and never closes.",
        'close it, or write a quote that is part of a text as "" inside quotes.',
    )
