"""Several tables from files, folders, workbooks with several sheets and ZIP archives, as text."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.datasets.detection.names import split_name
from pipeline.datasets.leftovers import mark_as_ours
from pipeline.datasets.parsing import as_text
from pipeline.datasets.reading import SUFFIXES, read_table
from pipeline.datasets.related.archives import MOST_FILES, is_hidden, unpack_archive
from pipeline.datasets.source import ReadOptions
from pipeline.datasets.weights import require_all_bearable
from pipeline.datasets.workbooks import list_table_sheets
from pipeline.errors import DataError, NoRowsError
from pipeline.settings import UploadLimits

_NOTES = frozenset(
    {"readme", "license", "licence", "changelog", "notes", "note", "legend", "contents", "info", "liesmich",
     "hinweise", "lisezmoi", "copyright"}
)  # fmt: skip
_LONGEST_NAME = 60
_WORKBOOK = ".xlsx"
_NO_OPTIONS = ReadOptions()


@dataclass(frozen=True, eq=False)
class ReadTable:
    """One table of several: its name, its cells as text (None for missing), and how its file was read."""

    name: str
    cells: pd.DataFrame
    source: Mapping[str, Any]


def read_tables(
    paths: Sequence[Path], limits: UploadLimits | None = None, options: ReadOptions = _NO_OPTIONS
) -> tuple[ReadTable, ...]:
    """Every table of the files: each CSV and Parquet file, each sheet of a workbook, all in a folder or ZIP.

    Files that hold no table (README, images) are left out of folders and archives; their files without a row
    are tables without one, while a file that was named must have rows. Raises DataError for a
    file that cannot be read, where two tables have one name, and where there is no table at all.
    """
    limits = limits or UploadLimits()
    with tempfile.TemporaryDirectory(prefix=mark_as_ours("tables-")) as folder:
        named = [Path(path) for path in paths]
        files = list(_list_files(named, Path(folder), limits))
        if len(files) > MOST_FILES:
            raise DataError(
                f"These are {len(files):,} files; {MOST_FILES} are the limit.", "name the tables alone."
            )
        is_one_workbook = sum(file.suffix.lower() == _WORKBOOK for file in files) == 1
        require_all_bearable(files, sum(path.stat().st_size for path in paths if path.is_file()), limits)
        found = [
            table
            for file in files
            for table in _read_file(file, limits, options, is_one_workbook, may_be_empty=file not in named)
        ]
    if not found:
        names = ", ".join(Path(path).name for path in paths)
        raise DataError(
            f"There is no table in {names}.", f"give files of one of {', '.join(sorted(SUFFIXES))}."
        )
    _check_names(found)
    return tuple(found)


def make_table_name(text: str) -> str:
    """A name for a table from that of a file or a sheet: letters, digits, "_" and "-"."""
    if re.fullmatch(r"[A-Za-z0-9_-]+", text):
        return text[:_LONGEST_NAME]
    plain = re.sub(r"[^A-Za-z0-9_-]+", "_", text).strip("_")
    is_lossy = any(ord(sign) > 127 for sign in text)
    words = "_".join(split_name(text)) if is_lossy else plain
    return words[:_LONGEST_NAME] or "table"


def _list_files(paths: Iterable[Path], folder: Path, limits: UploadLimits) -> Iterator[Path]:
    """The files that hold tables; archives are unpacked into folders of their own."""
    for place, path in enumerate(paths):
        if path.is_dir():
            yield from (one for one in sorted(path.iterdir()) if one.is_file() and _may_be_table(one))
        elif path.suffix.lower() == ".zip" and path.is_file():
            target = folder / str(place)
            target.mkdir()
            unpacked = unpack_archive(path, target, SUFFIXES, limits)
            yield from (one for one in unpacked if _may_be_table(one))
        else:
            yield path


def _may_be_table(path: Path) -> bool:
    is_note = path.suffix.lower() == ".txt" and path.stem.lower() in _NOTES
    return path.suffix.lower() in SUFFIXES and not is_hidden(path.name) and not is_note


def _read_file(
    path: Path, limits: UploadLimits, options: ReadOptions, is_one_workbook: bool, may_be_empty: bool
) -> Iterator[ReadTable]:
    if path.suffix.lower() != _WORKBOOK or options.sheet is not None or not path.is_file():
        yield _read_one(path, limits, options, path.stem, may_be_empty)
        return
    sheets = [title for title in list_table_sheets(path, limits) if title.strip().lower() not in _NOTES]
    if len(sheets) < 2:
        yield _read_one(path, limits, options, path.stem, may_be_empty)
        return
    for title in sheets:
        name = title if is_one_workbook else f"{path.stem}_{title}"
        yield _read_one(path, limits, replace(options, sheet=title), name, may_be_empty=True)


def _read_one(
    path: Path, limits: UploadLimits, options: ReadOptions, name: str, may_be_empty: bool
) -> ReadTable:
    try:
        found = read_table(path, limits, options)
    except NoRowsError:
        if not may_be_empty:
            raise
        return ReadTable(make_table_name(name), pd.DataFrame(), {"file": path.name})
    cells = pd.DataFrame({column: as_text(found.cells[column]) for column in found.cells})
    source = {"file": path.name} | found.describe_source()
    return ReadTable(make_table_name(name), cells, source)


def _check_names(tables: Sequence[ReadTable]) -> None:
    """Raise DataError for two tables of one name; large and small letters are not told apart in databases."""
    seen: dict[str, ReadTable] = {}
    for table in tables:
        other = seen.setdefault(table.name.lower(), table)
        if other is not table:
            raise DataError(
                f'Two tables are called "{table.name}": one from {other.source.get("file")}, '
                f"one from {table.source.get('file')}.",
                "rename one of the files or sheets.",
            )
