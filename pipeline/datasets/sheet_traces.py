"""What is on a sheet beside its values: merged cells, formulas saved without results, number formats."""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.datasets.cell_formats import RowFormats, read_formats
from pipeline.datasets.layout import Merged

_MERGED = re.compile(rb'<mergeCell ref="([A-Z]{1,3})(\d+):([A-Z]{1,3})(\d+)"')
_UNSAVED = re.compile(rb"(?:</f>|<f [^<>]{0,4096}/>)\s{0,64}(?:<v>\s{0,64}</v>|<v\s*/>|</c>)")
_CHUNK_BYTES = 2**20
_OVERLAP_BYTES = 256


@dataclass(frozen=True)
class Traces:
    """Cells merged over columns, formulas without results, cells merged in one column, number formats.

    `days_behind` is how much later a day number is than in most workbooks: those of old Macs count from 1904.
    """

    merged: tuple[Merged, ...]
    unsaved: int
    tall: tuple[Merged, ...] = ()
    formats: tuple[RowFormats, ...] = ()
    days_behind: int = 0


def read_traces(path: Path, sheet: Any) -> Traces:
    """Read the XML of a sheet piece by piece: openpyxl gives no merged cells or formulas of large sheets."""
    merged: list[Merged] = []
    unsaved, rest = 0, b""
    with zipfile.ZipFile(path) as archive, archive.open(sheet._worksheet_path.lstrip("/")) as xml:
        while piece := xml.read(_CHUNK_BYTES):
            rest += piece
            end = rest.rfind(b"<", 0, -_OVERLAP_BYTES) if len(piece) == _CHUNK_BYTES else len(rest)
            unsaved += len(_UNSAVED.findall(rest[:end]))
            merged += [_merge(found) for found in _MERGED.finditer(rest[:end])]
            rest = rest[end:]
    merged += [_merge(found) for found in _MERGED.finditer(rest)]
    wide = [item for item in merged if item.last > item.first]
    tall = [item for item in merged if item.first == item.last and item.height > 1]
    unsaved += len(_UNSAVED.findall(rest))
    return Traces(tuple(wide), unsaved, tuple(tall), read_formats(sheet), _count_days_behind(sheet))


def _count_days_behind(sheet: Any) -> int:
    from openpyxl.utils.datetime import CALENDAR_WINDOWS_1900

    return int((sheet.parent.epoch - CALENDAR_WINDOWS_1900).days)


def _merge(found: re.Match[bytes]) -> Merged:
    first, row, last, end = found[1], int(found[2]), found[3], int(found[4])
    return Merged(row - 1, _column_number(first), _column_number(last), end - row + 1)


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number - 1
