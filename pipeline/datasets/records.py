"""The records of a text of separated values as columns: fast where the text is clean, exact everywhere."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from pipeline.errors import DataError

if TYPE_CHECKING:
    from _csv import Reader

    import pyarrow as pa

_LONGEST_FIELD = 2**31 - 1
_NEEDS_QUOTES = re.compile(r'[",\r\n]|^\s')
_NEEDS_QUOTES_RE2 = r'[",\r\n]|^[\s\x0b\x1c-\x1f\x{85}\x{2028}\x{2029}\p{Zs}]'
_BLOCK_BYTES = 2**22
_BLOCK_ROWS = 2**16
_FIRST_LOOK, _REPEATING = 10_000, 0.5  # rows, and the share of distinct texts among them


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


def format_records(cells: pd.DataFrame) -> bytes:
    """A table of text as CSV in UTF-8, names in the first line, cells in quotes where they need them.

    pandas leaves a bare carriage return and a blank at the start of a cell without quotes.
    """
    header = ",".join(_quote(str(name)) for name in cells.columns) + "\n"
    blocks = (cells.iloc[start : start + _BLOCK_ROWS] for start in range(0, len(cells), _BLOCK_ROWS))
    return b"".join((header.encode(), *map(_format_block, blocks)))


def _format_block(cells: pd.DataFrame) -> bytes:
    """The lines of some records, joined by pyarrow: Python would touch each of their cells."""
    import pyarrow.compute as pc

    columns = [_format_column(cells.iloc[:, place]) for place in range(cells.shape[1])]
    if len(columns) == 1:
        columns = [pc.if_else(pc.equal(columns[0], ""), '""', columns[0])]
    lines = _join("", _join(",", *columns), "\n")
    return b"".join(lines.cast("large_binary").to_pylist())


def _format_column(values: pd.Series) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = pc.fill_null(pa.array(values, type=pa.large_string(), from_pandas=True), "")
    needs_quotes = pc.match_substring_regex(texts, _NEEDS_QUOTES_RE2)
    if not pc.any(needs_quotes).as_py():
        return texts
    quoted = _join("", '"', pc.replace_substring(texts, '"', '""'), '"')
    return pc.if_else(needs_quotes, quoted, texts)


def _join(separator: str, *parts: pa.Array | str) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    typed = (pa.scalar(part, pa.large_string()) if isinstance(part, str) else part for part in parts)
    return pc.binary_join_element_wise(*typed, pa.scalar(separator, pa.large_string()))


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
    columns = {place: _as_texts(table.column(place)) for place in range(table.num_columns)}
    return pd.DataFrame(columns, index=pd.RangeIndex(table.num_rows), copy=False)


def _as_texts(column: pa.ChunkedArray) -> pd.Series:
    """A column as Python's texts; equal ones are one object where they repeat, which saves memory."""
    first = column.slice(0, _FIRST_LOOK)
    repeats = len(first.unique()) < _REPEATING * len(first)
    return column.to_pandas(deduplicate_objects=repeats).astype(object, copy=False)


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
