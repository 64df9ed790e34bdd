"""Excel workbooks: the sheet with the table, the table on the sheet, and its cells with their types."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from pipeline.datasets.cell_types import write_cell
from pipeline.datasets.delimited import SAVE_HINT
from pipeline.datasets.endings import drop_non_records
from pipeline.datasets.evidence import Row, count_value_columns, is_value
from pipeline.datasets.layout import HEAD_ROWS, Layout, Merged, RawTable, find_layout
from pipeline.datasets.source import NO_HEADER, ReadOptions, SourceFormat
from pipeline.errors import DataError
from pipeline.settings import UploadLimits

if TYPE_CHECKING:
    from openpyxl import Workbook

    from pipeline.datasets.sheet_traces import Traces

STUMBLES = (
    OSError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError, SyntaxError,
    NotImplementedError, RecursionError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip
"""How readers of Excel and Parquet stumble over a damaged file; none of them checks it first."""

_EXPANSION_LIMIT = 20  # an honest workbook unpacks to five or ten times its size
_OLD_SIGNATURE = b"\xd0\xcf\x11\xe0"
_SCORED_ROWS = 100
_COVER_ROWS = 10  # of a sheet beside a table that is likely none
_MOST_NAMED = 5

Grid = list[list[Any]]


def read_workbook(
    path: Path,
    options: ReadOptions,
    limits: UploadLimits,
    known: Sequence[str] = (),
    likely: SourceFormat | None = None,
) -> RawTable:
    """The cells of the table in a workbook, as said in `options` and guessed where nothing was said.

    `known` are columns that are expected in the header. Of `likely`, the format of a dataset whose like is
    read, the sheet is taken where it exists, and values are held as in its columns.
    """
    # Needed for workbooks alone, which most requests do not read.
    from pipeline.datasets.cell_formats import choose_formats
    from pipeline.datasets.cell_mixes import Sheet, say_mixed, type_columns

    _check_archive(path, limits)
    try:
        title, others, grid, traces = _open(path, options, likely.sheet if likely else "")
    except STUMBLES as error:
        raise _unreadable(path) from error
    skip = options.skip_rows or 0
    rows = [_as_row(row) for row in grid[skip : skip + HEAD_ROWS]]
    merged = [Merged(item.row - skip, item.first, item.last) for item in traces.merged]
    layout = find_layout(rows, path.name, options, known, merged)
    filled = _fill_down(grid, traces.tall, skip + layout.first)
    body, second = _cut_second(grid[skip + layout.first :], layout)
    raw = pd.DataFrame(body, columns=list(layout.names), dtype=object) if body else _no_rows(layout)
    held = len(raw)
    raw, endings = drop_non_records(raw)
    unsaved = max(0, traces.unsaved - (held - len(raw)) * layout.width)
    formats = choose_formats(traces.formats[skip + layout.first :], layout.names)
    sheet = Sheet.of(options, formats, traces.days_behind, likely)
    cells, types, mixes = type_columns(raw, sheet)
    said = _say(others, unsaved, second and skip + layout.first + second + 1)
    source = replace(
        _describe_source(layout, skip, title, types, formats),
        mixes={name: [one.as_dict() for one in found] for name, found in mixes.items()},
    )
    return RawTable(cells, source, layout, (*said, *_say_filled(filled), *endings, *say_mixed(mixes)))


def _describe_source(
    layout: Layout, skip: int, sheet: str, types: Mapping[str, str], formats: Mapping[str, str]
) -> SourceFormat:
    return SourceFormat(
        kind="excel",
        header=NO_HEADER if layout.header is None else layout.header + 1,
        header_rows=max(1, layout.header_rows),
        skip_rows=skip,
        sheet=sheet,
        types=types,
        cell_formats=formats,
    )


def list_sheets(path: Path) -> tuple[str, ...]:
    """The names of the sheets that are shown."""
    import openpyxl

    try:
        with path.open("rb") as file:
            workbook = openpyxl.load_workbook(file, read_only=True)
            return tuple(sheet.title for sheet in workbook.worksheets if sheet.sheet_state == "visible")
    except STUMBLES as error:
        raise _unreadable(path) from error


def list_table_sheets(path: Path, limits: UploadLimits) -> tuple[str, ...]:
    """The names of the shown sheets that hold a table: cells, and not one column of sentences."""
    import openpyxl

    _check_archive(path, limits)
    try:
        with path.open("rb") as file:
            workbook = openpyxl.load_workbook(file, read_only=True, data_only=True)
            shown = [sheet for sheet in workbook.worksheets if sheet.sheet_state == "visible"]
            return tuple(sheet.title for sheet in shown if _holds_table(_read_grid(sheet, _SCORED_ROWS)))
    except STUMBLES as error:
        raise _unreadable(path) from error


def _holds_table(grid: Grid) -> bool:
    width = max(map(len, grid), default=0)
    cells = [str(cell) for row in grid for cell in row if cell is not None]
    sentences = sum(" " in text.strip() for text in cells)
    return bool(cells) and not (width == 1 and 2 * sentences > len(cells))


def _check_archive(path: Path, limits: UploadLimits) -> None:
    with path.open("rb") as file:
        start = file.read(len(_OLD_SIGNATURE))
        if start == _OLD_SIGNATURE:
            raise _old_or_protected(path, start + file.read())
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except STUMBLES as error:
        raise _unreadable(path) from error
    if unpacked > limits.size_mb * 2**20 * _EXPANSION_LIMIT:
        raise DataError(f"{path.name} unpacks to {unpacked / 2**20:.0f} MB.", "take a sample of its rows.")


def _old_or_protected(path: Path, content: bytes) -> DataError:
    if "EncryptedPackage".encode("utf-16-le") in content:
        return DataError(
            f"{path.name} is protected by a password.", "open it in Excel and save it without a password."
        )
    return DataError(
        f"{path.name} is an old Excel workbook (.xls), despite its name.", "save it as .xlsx or CSV."
    )


def _unreadable(path: Path) -> DataError:
    return DataError(f"{path.name} is not a readable Excel workbook.", SAVE_HINT)


def _open(path: Path, options: ReadOptions, likely: str) -> tuple[str, str, Grid, Traces]:
    """Title of the sheet with the table, a sentence where it was chosen among several, cells and traces."""
    import openpyxl

    from pipeline.datasets.sheet_traces import read_traces

    # Given a path, openpyxl leaves the file open where it stumbles over a part of it.
    with path.open("rb") as file:
        workbook = openpyxl.load_workbook(file, read_only=True, data_only=True)
        wanted = options.sheet if options.sheet is not None else _existing(workbook, likely)
        sheet, place, said = _find_sheet(workbook, wanted, path.name)
        grid = _read_grid(sheet)
        if not grid:
            raise DataError(f"{path.name}: the sheet {place} is empty.", "name another with --sheet.")
        return sheet.title, said, grid, read_traces(path, sheet)


def _existing(workbook: Workbook, title: str) -> str | None:
    return title if title and any(sheet.title == title for sheet in workbook.worksheets) else None


def _find_sheet(workbook: Workbook, wanted: str | int | None, file: str) -> tuple[Any, int, str]:
    sheets = list(workbook.worksheets)
    if wanted is not None:
        for place, sheet in enumerate(sheets, start=1):
            if sheet.title == str(wanted) or str(place) == str(wanted).strip():
                return sheet, place, ""
        raise DataError(
            f'{file} has no sheet "{wanted}".', f"use a name, or a number from 1 to {len(sheets)}."
        )
    shown = [(place, sheet) for place, sheet in enumerate(sheets, start=1) if sheet.sheet_state == "visible"]
    scores = {place: _score(sheet) for place, sheet in shown}
    if not any(scores.values()):
        raise DataError(f"{file}: no visible sheet contains a table.", "put the table on the first sheet.")
    place = max(scores, key=lambda one: scores[one])
    others = [sheet for at, sheet in shown if at != place and scores[at]]
    return sheets[place - 1], place, _say_others(place, others)


def _say_others(place: int, others: Sequence[Any]) -> str:
    """That other sheets hold something, and how tables among them can be read."""
    if not others:
        return ""
    said = f"The table was read from sheet {place}; {len(others) + 1} sheets hold something."
    grids = {one.title: _read_grid(one, _SCORED_ROWS) for one in others}
    tables = [f'"{one}"' for one, grid in grids.items() if len(grid) > _COVER_ROWS and _holds_table(grid)]
    if not tables:
        return said
    named = ", ".join(tables[:_MOST_NAMED]) + (", …" if len(tables) > _MOST_NAMED else "")
    return (
        f"{said} There may be tables in {named} as well: name a sheet to read another, or save tables that "
        "belong together as files of their own and add these together."
    )


def _score(sheet: Any) -> int:
    """How many cells of the first rows are filled."""
    return sum(cell is not None for row in _read_grid(sheet, _SCORED_ROWS) for cell in row)


def _read_grid(sheet: Any, most_rows: int | None = None) -> Grid:
    """Cells of a sheet, all rows equally wide, without the blank rows and columns at its ends."""
    sheet.reset_dimensions()  # programs write them wrong, and what lies outside would be lost
    rows = [[_clean(cell) for cell in row] for row in sheet.iter_rows(values_only=True, max_row=most_rows)]
    while rows and all(cell is None for cell in rows[-1]):
        rows.pop()
    width = max((at + 1 for row in rows for at, cell in enumerate(row) if cell is not None), default=0)
    return [row[:width] + [None] * (width - len(row)) for row in rows]


def _clean(cell: Any) -> Any:
    if isinstance(cell, str):
        return cell if cell.strip() else None
    return int(cell) if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53 else cell


def _fill_down(grid: Grid, tall: Sequence[Merged], first: int) -> int:
    """Write the value of merged cells into all of their rows below the header; how many cells it filled.

    A workbook stores the value in the first row alone, though it is shown beside each of them.
    """
    filled = 0
    for item in tall:
        rows = grid[item.row : item.row + item.height]
        if item.row < first or not rows or item.first >= len(rows[0]) or rows[0][item.first] is None:
            continue
        for row in rows[1:]:
            filled += row[item.first] is None
            row[item.first] = rows[0][item.first]
    return filled


def _as_row(cells: Sequence[Any]) -> Row:
    """The cells as stripped text; a blank row has none, but its place."""
    row = tuple(None if cell is None else write_cell(cell).strip() for cell in cells)
    return row if any(cell is not None for cell in row) else ()


def _cut_second(body: Grid, layout: Layout) -> tuple[Grid, int]:
    """Cut off a second table below the first: after a blank row, words are where values stood."""
    rows = [_as_row(row) for row in body]
    sample = [row for row in rows[:HEAD_ROWS] if row][:50]
    for place in range(2, len(rows)):
        row = rows[place]
        if not row or rows[place - 1] or any(cell is not None and is_value(cell) for cell in row):
            continue
        if count_value_columns(row, sample) >= 2 and any(rows[place + 1 : place + 2]):
            return body[:place], place
    return body, 0


def _no_rows(layout: Layout) -> pd.DataFrame:
    return pd.DataFrame(columns=list(layout.names), dtype=object)


def _say_filled(cells: int) -> tuple[str, ...]:
    said = f"{cells:,} cells that are merged with the one above were filled with its value."
    return (said,) if cells else ()


def _say(others: str, unsaved: int, second: int) -> tuple[str, ...]:
    said = [others] if others else []
    if unsaved:
        said.append("Formulas that were saved without their results were read as empty cells.")
    if second:
        said.append(f"A second table begins in row {second} of the sheet and was left out.")
    return tuple(said)
