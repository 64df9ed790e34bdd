"""Text files with separators: their separator and their table found, and every record checked."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import pandas as pd

from pipeline.datasets.encodings import Decoded, decode, list_encodings, name_encoding
from pipeline.datasets.endings import is_ending
from pipeline.datasets.evidence import Row
from pipeline.datasets.layout import HEAD_ROWS, Layout, RawTable, find_layout, find_names, usual_width
from pipeline.datasets.records import parse_records, read_records
from pipeline.datasets.source import NO_HEADER, ReadOptions, SourceFormat
from pipeline.errors import DataError, NoRowsError

SAVE_HINT = "open the file in the program that wrote it and save it again as CSV in UTF-8."
"""What to do with a file that cannot be read as what its name says."""

SEPARATORS = ",;\t|"
"""Separators that are tried; others have to be named."""

_HEAD_CHARACTERS = 2**20
_LONGEST_HEAD, _FEWEST_ROWS = 2**24, 10  # characters where the first records are long, and how many those are
_QUOTED_RECORDS = 20
_LAST_CHARACTERS = 2**16
_CONTROLS = [chr(code) for code in range(32) if code not in (9, 10, 11, 12, 13, 27)]
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?[ \t]*\r?\n', re.IGNORECASE)
_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")
_DECIMAL_COMMA = re.compile(r"\d,\d")
_SIGNATURES = (
    (b"%PDF", "a PDF"),
    (b"PK\x03\x04", "an Excel workbook or a ZIP"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls)"),
    (b"\x1f\x8b", "compressed"),
    (b"PAR1", "a Parquet file"),
)
_MARKUP = re.compile(
    r"\s*(?:<(?:!doctype|html|table|head|body|\?xml|[a-z]+:|meta|style)|\{\\rtf)", re.IGNORECASE
)
_JSON = re.compile(r'\s*(?:\{\s*"(?:[^"\\]|\\.)*"\s*:|\[\s*\{\s*"|\[\s*\[)')


@dataclass(frozen=True)
class _Head:
    """The first whole records of a file under one separator, and the line (from 0) on which each begins.

    `end` is the line behind the last of them.
    """

    separator: str
    rows: tuple[Row, ...]
    lines: tuple[int, ...]
    end: int


def read_delimited(
    path: Path, options: ReadOptions, known: Sequence[str] = (), likely: SourceFormat | None = None
) -> RawTable:
    """The cells of a file of text, as said in `options` and guessed where nothing was said.

    `known` are columns that are expected in the header, `likely` is how a file of the same origin was
    read. Raises DataError with the line for a record that does not fit, DataError for a file that is no
    text, and for a header that could be a record.
    """
    likely = likely or SourceFormat()
    found = _read_text(path, options, likely)
    text, sign = _take_separator_line(found.text)
    skip = options.skip_rows or 0
    text = _blank_lines(text, skip)
    head = _find_head(text, options.separator or sign, skip, known, likely.separator)
    _require_head(head, path.name)
    layout = find_layout(head.rows, path.name, options, known)
    lines = list(islice(_iterate_lines(text), head.end))
    start = head.lines[layout.first] if layout.first < len(head.lines) else head.end
    body = text[sum(map(len, lines[:start])) :]
    body, endings = _cut_endings(body, head.separator, layout.width)
    cells = read_records(body, head.separator, layout.width, path.name, start + 1)
    source = _describe(found, head, layout, lines, skip, has_sep_line=sign is not None)
    cells.columns = pd.Index(layout.names)
    return RawTable(cells, source, layout, _say(found, endings))


def read_plain(path: Path) -> pd.DataFrame:
    """A table that the workbench itself wrote: UTF-8, comma, names in the first line, nothing guessed."""
    text = decode(path.read_bytes(), path.name).text
    reader = parse_records(_iterate_lines(text), ",")
    names = [name.strip() for name in next((row for row in reader if row), [])]
    body = text[sum(len(line) for line in islice(_iterate_lines(text), reader.line_num)) :]
    cells = read_records(body, ",", len(names), path.name, reader.line_num + 1, is_trimmed=False)
    cells.columns = pd.Index(names)
    return cells


def list_candidates(path: Path, source: SourceFormat) -> dict[str, tuple[str, ...]]:
    """Encodings and separators that a file could have besides those that were chosen."""
    content = path.read_bytes()
    encodings = () if source.encoding.startswith("utf") else list_encodings(content)
    text = content[:_HEAD_CHARACTERS].decode(source.encoding, errors="replace")
    widths = {separator: usual_width(_read_head(text, separator, 0).rows) for separator in SEPARATORS}
    separators = (separator for separator, width in widths.items() if width > 1)
    return {
        "encoding": tuple(name for name in encodings if name != source.encoding),
        "separator": tuple(separator for separator in separators if separator != source.separator),
    }


def _read_text(path: Path, options: ReadOptions, likely: SourceFormat) -> Decoded:
    content = path.read_bytes()
    for signature, what in _SIGNATURES:
        if content.startswith(signature):
            raise DataError(f"{path.name} is {what}, despite its name.", SAVE_HINT)
    found = decode(content, path.name, options.encoding, likely.encoding)
    text = _check_text(found.text, path.name)
    return replace(found, text=text.replace("\n\ufeff", "\n"))


def _check_text(text: str, file: str) -> str:
    if not text.strip():
        raise NoRowsError(f"{file} is empty.", "check that the export was complete.")
    if any(control in text for control in _CONTROLS):
        raise DataError(
            f"{file} is not a text file, or not in that encoding.",
            SAVE_HINT[:-1] + ", or name the encoding with --encoding.",
        )
    if _MARKUP.match(text):
        raise DataError(f"{file} is HTML or XML, despite its name.", SAVE_HINT)
    if _JSON.match(text):
        raise DataError(f"{file} contains JSON, despite its name.", SAVE_HINT)
    return text


def _take_separator_line(text: str) -> tuple[str, str | None]:
    """Blank the line that sets the separator for Excel (sep=;), and the separator that it names."""
    found = _SEPARATOR_LINE.match(text)
    return ("\n" + text[found.end() :], found[1]) if found else (text, None)


def _blank_lines(text: str, count: int) -> str:
    """Blank the first lines, so that those after them keep their numbers."""
    if not count:
        return text
    lines = text.splitlines(keepends=True)
    return "\n" * min(count, len(lines)) + "".join(lines[count:])


def _iterate_lines(text: str) -> Iterator[str]:
    """The lines with their ends, one after another: a list of them would copy a large text."""
    return (found[0] for found in _LINE.finditer(text))


def _find_head(text: str, separator: str | None, skip: int, known: Sequence[str], likely: str) -> _Head:
    if separator is not None:
        return _read_head(text, separator, skip)
    tried = [_read_head(text, candidate, skip) for candidate in dict.fromkeys((likely, *SEPARATORS))]
    named = (one for one in tried if known and find_names(one.rows, known) is not None)
    return next(named, None) or _choose_head(tried, text[:_HEAD_CHARACTERS])


def _choose_head(tried: Sequence[_Head], text: str) -> _Head:
    """The separator under which most records are equally wide; a comma between digits is a decimal one."""
    scores = {one.separator: _score(one) for one in tried}
    best = max(scores.values())
    if best[0] < 0.5:
        return next(one for one in tried if one.separator == ",")
    alike = [one for one in tried if scores[one.separator][0] >= 0.95 * best[0]]
    commas, decimals = text.count(","), len(_DECIMAL_COMMA.findall(text))
    if len(alike) > 1 and commas and decimals >= 0.9 * commas:
        alike = [one for one in alike if one.separator != ","]
    return max(alike, key=lambda one: scores[one.separator])


def _score(head: _Head) -> tuple[float, int]:
    """Share of the records that have the usual width, and that width; nothing for one column."""
    width = usual_width(head.rows)
    filled = [row for row in head.rows if row]
    if width < 2:
        return 0.0, 0
    return sum(len(row) == width for row in filled) / len(filled), width


def _read_head(text: str, separator: str, skip: int) -> _Head:
    head, read = text[:_LONGEST_HEAD], 0

    def count(lines: Iterable[str]) -> Iterator[str]:
        nonlocal read
        for line in lines:
            read += len(line)
            yield line

    reader = parse_records(count(_iterate_lines(head)), separator)
    rows: list[Row] = []
    starts = [0]
    try:
        for record in islice(reader, skip + HEAD_ROWS):
            if read == len(head) < len(text):
                break  # this record goes on behind the head, or ends with it
            rows.append(tuple(cell.strip() or None for cell in record))
            starts.append(reader.line_num)
            if read >= _HEAD_CHARACTERS and len(rows) >= skip + _FEWEST_ROWS:
                break
    except csv.Error:
        pass  # reading all records says what is wrong, and where
    return _Head(separator, tuple(rows[skip:]), tuple(starts[skip:-1]), starts[-1])


def _require_head(head: _Head, file: str) -> None:
    if not head.rows:
        raise DataError(
            f"{file}, line {head.end + 1}: the first record is longer than {_LONGEST_HEAD:,} characters.",
            "a quote may open there and never close: " + SAVE_HINT,
        )


def _cut_endings(body: str, separator: str, width: int) -> tuple[str, int]:
    """Cut lines off the end that hold totals or notes and no record; say how many."""
    at = max(0, len(body) - _LAST_CHARACTERS)
    at = body.find("\n", at) + 1 if at else 0
    lines = list(io.StringIO(body[at:], newline=""))
    kept, count, lowest = len(lines), 0, len(lines)
    while kept:
        line = lines[kept - 1]
        record = next(parse_records([line], separator), []) if line.count('"') % 2 == 0 else None
        is_apart = kept < 2 or not lines[kept - 2].strip() or lowest < len(lines)
        if record is None or len(record) == width or not is_ending(record, width, is_apart):
            break
        count += bool(line.strip())
        kept -= 1
        lowest = kept if line.strip() else lowest
    return (body[:at] + "".join(lines[:kept]), count) if count else (body, 0)


def _describe(
    found: Decoded, head: _Head, layout: Layout, lines: Sequence[str], skip: int, has_sep_line: bool
) -> SourceFormat:
    return SourceFormat(
        separator=head.separator,
        encoding=found.encoding,
        has_bom=found.has_bom,
        line_end=_find_line_end(found.text[:_HEAD_CHARACTERS]),
        quotes="all" if _are_all_quoted(head, layout, lines) else "minimal",
        header=NO_HEADER if layout.header is None else layout.header + 1,
        header_rows=max(1, layout.header_rows),
        skip_rows=skip,
        has_sep_line=has_sep_line,
    )


def _find_line_end(text: str) -> str:
    both, feeds, returns = text.count("\r\n"), text.count("\n"), text.count("\r")
    if both * 2 > feeds:
        return "\r\n"
    return "\r" if returns > feeds else "\n"


def _are_all_quoted(head: _Head, layout: Layout, lines: Sequence[str]) -> bool:
    """Whether the first records are in the file just as a writer that quotes every field writes them."""
    last = min(layout.first + _QUOTED_RECORDS, len(head.lines) - 1)
    if last <= layout.first:
        return False
    raw = lines[head.lines[layout.first] : head.lines[last]]
    records = [record for record in parse_records(raw, head.separator) if record]
    written = io.StringIO()
    csv.writer(written, delimiter=head.separator, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(
        records
    )
    return written.getvalue() == "".join(raw).replace("\r\n", "\n")


def _say(found: Decoded, endings: int) -> tuple[str, ...]:
    said = []
    if codecs.lookup(found.encoding).name != "utf-8":
        said.append(f"Read as {name_encoding(found.encoding)}.")
    if endings:
        lines = "The last line holds" if endings == 1 else f"The last {endings} lines hold"
        said.append(f"{lines} totals or notes and {'was' if endings == 1 else 'were'} left out.")
    return tuple(said)
