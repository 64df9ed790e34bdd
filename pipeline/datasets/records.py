"""The records of a text of separated values as columns: fast where the text is clean, exact everywhere."""

from __future__ import annotations

import csv
import gc
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, islice
from typing import TYPE_CHECKING

import pandas as pd

from pipeline.errors import DataError

if TYPE_CHECKING:
    from _csv import Reader

_LONGEST_FIELD = 2**31 - 1
_CHUNK = 20_000
_BLOCK_BYTES = 2**22


def parse_records(lines: Iterable[str], separator: str, is_strict: bool = False) -> Reader:
    """Records of lines that keep their ends; blanks after a separator do not count."""
    # The limit is one for the whole process; its default refuses a text of 131,072 characters.
    csv.field_size_limit(_LONGEST_FIELD)
    return csv.reader(lines, delimiter=separator, skipinitialspace=True, strict=is_strict)


def read_records(text: str, separator: str, width: int, file: str, first_line: int = 1) -> pd.DataFrame:
    """All records as columns of text, empty fields None; blank lines are skipped.

    Raises DataError, with the line counted from `first_line`, for a record that is wider or narrower.
    """
    fast = _read_clean(text, separator, width)
    if fast is not None:
        return fast
    with _no_collection():
        return _read_exactly(text, separator, width, file, first_line)


def _read_clean(text: str, separator: str, width: int) -> pd.DataFrame | None:
    """The records by pyarrow, which reads a clean text as Python's csv module does; None for any other."""
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import csv as arrow_csv

    has_quotes = '"' in text
    if has_quotes and (text.count('"') % 2 or re.search(rf"(?:^|[{re.escape(separator)}\n\r]) +\"", text)):
        return None
    if not text.strip() or (width == 1 and not has_quotes and separator in text):
        return None
    names = [str(place) for place in range(width)]
    try:
        table = arrow_csv.read_csv(
            io.BytesIO(text.encode()),
            read_options=arrow_csv.ReadOptions(
                column_names=names, block_size=_BLOCK_BYTES, use_threads=False
            ),
            parse_options=arrow_csv.ParseOptions(delimiter=separator, newlines_in_values=has_quotes),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
            ),
        )
    except (pa.ArrowException, ValueError, UnicodeEncodeError):
        return None
    padded = [name for name in names if pc.any(pc.starts_with(table[name], " ")).as_py()]
    if padded and has_quotes and '" ' in text:
        return None  # blanks inside quotes are part of the text, others are not
    for name in padded:
        trimmed = pc.utf8_ltrim(table[name], characters=" ")
        filled = pc.if_else(pc.equal(trimmed, ""), None, trimmed)
        table = table.set_column(names.index(name), name, filled)
    return table.to_pandas().astype(object).set_axis(range(width), axis=1)


def _read_exactly(text: str, separator: str, width: int, file: str, first_line: int) -> pd.DataFrame:
    lines = list(io.StringIO(text, newline=""))
    records = _checked(lines, separator, width, file, first_line)
    columns: list[list[list[str | None]]] = [[] for _ in range(width)]
    shared: dict[str, str | None] = {"": None}
    while chunk := list(islice(records, _CHUNK)):
        for place, column in enumerate(zip(*chunk, strict=True)):
            columns[place].append([shared.setdefault(cell, cell) for cell in column])
        if len(shared) > 50 * _CHUNK:
            shared = {"": None}
    joined = {
        place: pd.Series(list(chain.from_iterable(parts)), dtype=object)
        for place, parts in enumerate(columns)
    }
    return pd.DataFrame(joined)


def _checked(lines: list[str], separator: str, width: int, file: str, first_line: int) -> Iterator[list[str]]:
    """The records that are not blank; refuses what is not as wide as the table, and quotes left open."""
    reader = parse_records(lines, separator)
    start = last = 0
    try:
        for record in reader:
            if record and len(record) != width:
                if _quotes_open(lines[start:], separator):
                    raise _open_quote(file, first_line + start)
                raise DataError(
                    f"{file}, line {first_line + start}: expected {width} fields, found {len(record)}.",
                    "put text that holds the separator into quotes, or correct the line.",
                )
            if record:
                last = start
                yield record
            start = reader.line_num
    except csv.Error as error:
        raise DataError(
            f"{file}, line {first_line + start}: {error}.", "correct the line, or save the file again as CSV."
        ) from error
    if _quotes_open(lines[last:], separator):
        raise _open_quote(file, first_line + last)


def _quotes_open(lines: Sequence[str], separator: str) -> bool:
    """Whether the first record of these lines has a quote that is open at their end."""
    try:
        next(parse_records(lines, separator, is_strict=True), None)
    except csv.Error as error:
        return "unexpected end of data" in str(error)
    return False


def _open_quote(file: str, line: int) -> DataError:
    return DataError(
        f"{file}, line {line}: a quote opens in this record and never closes.",
        'close it, or write a quote that is part of a text as "" inside quotes.',
    )


@contextmanager
def _no_collection() -> Iterator[None]:
    """Millions of lists without a cycle among them: collecting garbage meanwhile doubles the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
