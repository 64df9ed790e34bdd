"""The records of a text of separated values as columns: fast where the text is clean, exact everywhere."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import TYPE_CHECKING

import pandas as pd

from pipeline.errors import DataError

if TYPE_CHECKING:
    from _csv import Reader

    import pyarrow as pa

_LONGEST_FIELD = 2**31 - 1
_NEEDS_QUOTES = re.compile(r'[",\r\n]|^\s')
_BLOCK_BYTES = 2**22


def parse_records(
    lines: Iterable[str], separator: str, is_strict: bool = False, is_trimmed: bool = True
) -> Reader:
    """Records of lines that keep their ends; blanks after a separator do not count where `is_trimmed`."""
    # The limit is one for the whole process; its default refuses a text of 131,072 characters.
    csv.field_size_limit(_LONGEST_FIELD)
    return csv.reader(lines, delimiter=separator, skipinitialspace=is_trimmed, strict=is_strict)


def read_records(
    text: str, separator: str, width: int, file: str, first_line: int = 1, is_trimmed: bool = True
) -> pd.DataFrame:
    """All records as columns of text, empty fields None; blank lines are skipped.

    Raises DataError, with the line counted from `first_line`, for a record that is wider or narrower.
    """
    fast = _read_clean(text, separator, width, is_trimmed)
    if fast is not None:
        return fast
    return _read_exactly(text, separator, width, file, first_line, is_trimmed)


def format_records(cells: pd.DataFrame) -> str:
    """A table of text as CSV with names in the first line, each distinct cell quoted once where it needs it.

    pandas leaves a bare carriage return and a blank at the start of a cell without quotes.
    """
    columns = [_format_column(cells.iloc[:, place]) for place in range(cells.shape[1])]
    rows = zip(*columns, strict=True) if len(columns) > 1 else ((cell or '""',) for cell in columns[0])
    header = ",".join(_quote(str(name)) for name in cells.columns)
    return "".join(f"{line}\n" for line in chain([header], map(",".join, rows)))


def _format_column(values: pd.Series) -> list[str]:
    codes, distinct = pd.factorize(values)
    written = [_quote(str(cell)) for cell in distinct]
    return [written[code] if code >= 0 else "" for code in codes]


def _quote(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if _NEEDS_QUOTES.search(text) else text


def _read_clean(text: str, separator: str, width: int, is_trimmed: bool) -> pd.DataFrame | None:
    """The records by pyarrow, which reads a clean text as Python's csv module does; None for any other."""
    has_quotes = '"' in text
    if has_quotes and (text.count('"') % 2 or re.search(rf"(?:^|[{re.escape(separator)}\n\r]) +\"", text)):
        return None
    if not text.strip() or (width == 1 and not has_quotes and separator in text):
        return None
    table = _parse_clean(text, separator, width, has_quotes)
    if table is None or not is_trimmed:
        return table if table is None else _as_frame(table)
    return _trim(table, has_quotes and '" ' in text)


def _parse_clean(text: str, separator: str, width: int, has_quotes: bool) -> pa.Table | None:
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    names = [str(place) for place in range(width)]
    try:
        return arrow_csv.read_csv(
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


def _trim(table: pa.Table, has_quoted_blanks: bool) -> pd.DataFrame | None:
    import pyarrow.compute as pc

    padded = [place for place, name in enumerate(table.column_names) if _is_padded(table[name])]
    if padded and has_quoted_blanks:
        return None  # blanks inside quotes are part of the text, others are not
    for place in padded:
        trimmed = pc.utf8_ltrim(table.column(place), characters=" ")
        filled = pc.if_else(pc.equal(trimmed, ""), None, trimmed)
        table = table.set_column(place, table.column_names[place], filled)
    return _as_frame(table)


def _is_padded(cells: pa.ChunkedArray) -> bool:
    import pyarrow.compute as pc

    return bool(pc.any(pc.starts_with(cells, " ")).as_py())


def _as_frame(table: pa.Table) -> pd.DataFrame:
    frame = table.to_pandas().astype(object, copy=False)
    frame.columns = pd.RangeIndex(table.num_columns)
    return frame


def _read_exactly(
    text: str, separator: str, width: int, file: str, first_line: int, is_trimmed: bool
) -> pd.DataFrame:
    """The records by pandas, after every one was checked: pandas fills and shifts them silently."""
    if not _check(text, separator, width, file, first_line, is_trimmed):
        return pd.DataFrame(columns=range(width), dtype=object)
    cells = pd.read_csv(
        io.StringIO(text),
        sep=separator,
        header=None,
        names=range(width),
        index_col=False,
        dtype=str,
        keep_default_na=False,
        na_values=[""],
        skipinitialspace=is_trimmed,
    ).astype(object)
    return cells.where(cells.notna(), None)


def _check(text: str, separator: str, width: int, file: str, first_line: int, is_trimmed: bool) -> int:
    """Count the records that are not blank; refuse one of another width, and a quote that stays open."""
    lines = list(io.StringIO(text, newline=""))
    reader = parse_records(lines, separator, is_trimmed=is_trimmed)
    start = last = count = 0
    try:
        for record in reader:
            if record:
                if len(record) != width:
                    raise _describe_misfit(lines[start:], separator, width, record, file, first_line + start)
                last, count = start, count + 1
            start = reader.line_num
    except csv.Error as error:
        raise DataError(
            f"{file}, line {first_line + start}: {error}.", "correct the line, or save the file again as CSV."
        ) from error
    if _quotes_open(lines[last:], separator):
        raise _open_quote(file, first_line + last)
    return count


def _describe_misfit(
    lines: Sequence[str], separator: str, width: int, record: Sequence[str], file: str, line: int
) -> DataError:
    if _quotes_open(lines, separator):
        return _open_quote(file, line)
    return DataError(
        f"{file}, line {line}: expected {width} fields, found {len(record)}.",
        "put text that holds the separator into quotes, or correct the line.",
    )


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
