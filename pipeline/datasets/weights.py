"""What a file would take once it is read: told from its headers, and refused before anything is parsed.

A packed file of some kilobytes can hold a table of gigabytes. What is told here is an upper bound for honest
files; `reading_server` holds those that lie.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import DataError
from pipeline.settings import UploadLimits

HARMLESS_BYTES = 400 * 10**6
"""What every file may take, however small it is."""

_EXPANSION = 30  # times its size on disk: what an honest file takes at most
_CELL, _TEXT_CELL, _WORD_CELL = 16, 64, 24  # bytes of a cell: a shared value, a text of its own, one of few
_BYTE_OF_TEXT = 14  # bytes for each of a file of text: as it is, decoded, and as cells of its own
_GRID_CELL, _FILLED_CELL = 40, 120
_SPARSE_GRID, _SPARSE = 2 * 10**6, 20  # cells, and how many of them there are for each that is filled
_PARTS_BYTES = 16 * 2**20  # all of a workbook beside its sheets and its texts
_UNPACKED_BYTES = 32 * 2**20
_PART_FACTOR = 15  # openpyxl keeps the other parts of a workbook as objects
_CHUNK_BYTES = 2**20
_CELL_TAG = re.compile(rb'<c(?: [^>]{0,64}?r="([A-Z]{1,3})\d+")?[ />]')
_ROW_TAG = re.compile(rb'<row [^>]{0,64}?r="(\d{1,7})"')
_SHARED = "xl/sharedStrings.xml"
_SHEETS = ("xl/worksheets/", "xl/chartsheets/")
_GRANT: ContextVar[Callable[[int], None] | None] = ContextVar("grant", default=None)


@dataclass(frozen=True)
class Weight:
    """The rows and cells of a table at most, and the bytes of memory that reading it takes."""

    rows: int
    cells: int
    bytes: int


def require_bearable(path: Path, limits: UploadLimits) -> Weight:
    """The weight of a table; DataError where it is above the limits, or above what memory is free."""
    weight = weigh(path)
    _require_size(path.name, weight, limits)
    is_packed = path.suffix.lower() in (".xlsx", ".parquet")
    _require_memory(path.name, weight.bytes, path.stat().st_size if is_packed else 0, limits)
    if grant := _GRANT.get():
        grant(weight.bytes)
    return weight


def require_all_bearable(files: Sequence[Path], packed_bytes: int, limits: UploadLimits) -> None:
    """DataError where several tables together are above the limits; `packed_bytes` is what they came as."""
    weights = [weigh(file) for file in files]
    together = Weight(
        max((one.rows for one in weights), default=0),
        sum(one.cells for one in weights),
        sum(one.bytes for one in weights),
    )
    name = "This set of tables" if len(files) != 1 else files[0].name
    _require_size(name, together, limits)
    _require_memory(name, together.bytes, packed_bytes, limits)
    if grant := _GRANT.get():
        grant(together.bytes)


@contextmanager
def granting(grant: Callable[[int], None]) -> Iterator[None]:
    """Tell `grant` the bytes of each table that is about to be read inside the block."""
    token = _GRANT.set(grant)
    try:
        yield
    finally:
        _GRANT.reset(token)


def weigh(path: Path) -> Weight:
    """The weight of a file by its kind; one that is not what its name says weighs nothing: reading tells."""
    try:
        match path.suffix.lower():
            case ".xlsx":
                return _weigh_workbook(path)
            case ".parquet":
                return _weigh_parquet(path)
            case _:
                return _weigh_text(path)
    except (OSError, ValueError, zipfile.BadZipFile, NotImplementedError, KeyError):
        return Weight(0, 0, 0)


def _weigh_text(path: Path) -> Weight:
    """By its line ends and separators, all of them: a first part would say nothing of the rest."""
    lines, returns, size = 1, 0, 0
    separators = dict.fromkeys(b",;\t|", 0)
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            size += len(chunk)
            lines += chunk.count(b"\n")
            returns += chunk.count(b"\r")
            for separator in separators:
                separators[separator] += chunk.count(separator)
    rows = max(lines, returns)
    cells = rows + max(separators.values())
    return Weight(rows, cells, cells * _CELL + size * _BYTE_OF_TEXT)


def _weigh_parquet(path: Path) -> Weight:
    """By the footer: texts in a dictionary are few, others as long as their pages."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        footer = file.metadata
        rows, width = footer.num_rows, len(file.schema_arrow)
        total = 0
        for group in (footer.row_group(at) for at in range(footer.num_row_groups)):
            for chunk in (group.column(at) for at in range(group.num_columns)):
                is_text = chunk.physical_type in ("BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY")
                has_words = any("DICTIONARY" in name for name in chunk.encodings)
                each = (_WORD_CELL if has_words else _TEXT_CELL) if is_text else _CELL
                total += chunk.num_values * each + max(chunk.total_uncompressed_size, 0) * 3
    return Weight(rows, max(rows, 0) * width, total)


def _weigh_workbook(path: Path) -> Weight:
    """By the directory of the archive, then by the places of the cells in each sheet."""
    rows = cells = total = 0
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
        parts = sum(entry.file_size for entry in entries if not _is_table_part(entry.filename))
        unpacked = sum(entry.file_size for entry in entries)
        _require_packed(path, unpacked, parts)
        for entry in entries:
            if entry.filename == _SHARED:
                total += entry.file_size * 3
            elif entry.filename.startswith(_SHEETS):
                height, grid, filled = _measure_sheet(archive, entry, path.name)
                rows, cells = max(rows, height), max(cells, grid)
                total = total + grid * _GRID_CELL + filled * _FILLED_CELL
    return Weight(rows, cells, total + parts * _PART_FACTOR)


def _is_table_part(name: str) -> bool:
    return name == _SHARED or name.startswith(_SHEETS) or name.startswith(("xl/media/", "docProps/"))


def _require_packed(path: Path, unpacked: int, parts: int) -> None:
    size = path.stat().st_size
    if parts > _PARTS_BYTES or (unpacked > _UNPACKED_BYTES and unpacked > _EXPANSION * size):
        raise DataError(
            f"{path.name} has {size / 2**20:,.1f} MB and unpacks to {unpacked / 2**20:,.0f} MB.",
            "save the table alone in a new workbook, or as CSV.",
        )


def _measure_sheet(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, file: str) -> tuple[int, int, int]:
    """The rows of a sheet, the cells of the rectangle around its cells, and how many of them are written."""
    height = lines = filled = 0
    columns: set[bytes] = set()
    with archive.open(entry) as xml:
        rest = b""
        while chunk := xml.read(_CHUNK_BYTES):
            text = rest + chunk
            end = text.rfind(b"<") if len(chunk) == _CHUNK_BYTES else len(text)
            found = _CELL_TAG.findall(text, 0, end)
            filled += len(found)
            columns.update(found)
            lines += text.count(b"<row", 0, end)
            height = max(height, max(map(int, _ROW_TAG.findall(text, 0, end)), default=0))
            rest = text[end:]
    height = max(height, lines)
    width = max(map(_read_column, columns), default=0)
    grid = max(height * width, filled)
    if grid > _SPARSE_GRID and grid > _SPARSE * filled:
        raise DataError(
            f"{file}: a sheet has {filled:,} cells spread over {height:,} rows and {width:,} columns.",
            "delete what stands far away from the table, or save the table alone.",
        )
    return height, grid, filled


def _read_column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def _require_size(name: str, weight: Weight, limits: UploadLimits) -> None:
    for count, most, what, key in (
        (weight.rows, limits.rows, "rows", "rows"),
        (weight.cells, limits.cells, "cells", "cells"),
    ):
        if count > most:
            raise DataError(
                f"{name} has about {count:,} {what}, above the limit of {most:,}.",
                f"use a sample of its rows, or raise uploads.{key} in config.yaml.",
            )


def _require_memory(name: str, needed: int, packed_bytes: int, limits: UploadLimits) -> None:
    if needed <= HARMLESS_BYTES:
        return
    free = _measure_free()
    most = min(limits.memory_mb * 10**6, free)
    if needed > most:
        source = "uploads.memory_mb allows" if most < free else "this machine has free"
        raise DataError(
            f"{name} would take about {needed / 1e6:,.0f} MB to read; {source} {most / 1e6:,.0f} MB.",
            "use a sample of its rows.",
        )
    if packed_bytes and needed > _EXPANSION * packed_bytes:
        raise DataError(
            f"{name} has {packed_bytes / 1e6:,.1f} MB and would take about {needed / 1e6:,.0f} MB to read.",
            "use a sample of its rows, or save it as CSV.",
        )


def _measure_free() -> int:
    import psutil

    return int(psutil.virtual_memory().available)
