"""The formats of a file, and how a file is written: whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path

from pipeline.errors import DataError, ExportError


class ExportFormat(StrEnum):
    """A file format for tables."""

    CSV = "csv"
    EXCEL = "excel"
    JSON = "json"
    WORD = "word"
    PARQUET = "parquet"

    @property
    def suffix(self) -> str:
        """The file suffix with its dot."""
        return _SUFFIXES[self]

    @property
    def mime(self) -> str:
        """The MIME type for downloads."""
        return _MIMES[self]


_SUFFIXES = {
    ExportFormat.CSV: ".csv",
    ExportFormat.EXCEL: ".xlsx",
    ExportFormat.JSON: ".json",
    ExportFormat.WORD: ".docx",
    ExportFormat.PARQUET: ".parquet",
}

_OPEN_XML = "application/vnd.openxmlformats-officedocument"
_MIMES = {
    ExportFormat.CSV: "text/csv; charset=utf-8",
    ExportFormat.EXCEL: f"{_OPEN_XML}.spreadsheetml.sheet",
    ExportFormat.JSON: "application/json",
    ExportFormat.WORD: f"{_OPEN_XML}.wordprocessingml.document",
    ExportFormat.PARQUET: "application/vnd.apache.parquet",
}

_ALIASES = {"xlsx": ExportFormat.EXCEL, "doc": ExportFormat.WORD, "docx": ExportFormat.WORD}
_ENDINGS = {**{fmt.suffix[1:]: fmt for fmt in ExportFormat}, **_ALIASES}
MOST_COLUMNS = {ExportFormat.WORD: 63, ExportFormat.EXCEL: 16_384}
"""What Word and Excel themselves can hold."""


def parse_format(name: str) -> ExportFormat:
    """Read a format's name, alias or suffix in any case; raise DataError listing the formats."""
    word = name.strip().lower().removeprefix(".")
    if word in _ALIASES:
        return _ALIASES[word]
    try:
        return ExportFormat(word)
    except ValueError as error:
        known = ", ".join([*ExportFormat, *_ALIASES])
        raise DataError(f'"{name}" is not an export format.', f"choose one of {known}.") from error


def choose_format(name: str | None, out: Path | None) -> ExportFormat:
    """The format that is named, else that of `out`'s ending, else CSV.

    Raise DataError for an unknown format, and where the name and the ending contradict each other.
    """
    ending = "" if out is None or out.is_dir() else out.suffix
    if name is None:
        return parse_format(ending) if ending else ExportFormat.CSV
    chosen = parse_format(name)
    if ending and ending[1:].lower() in _ENDINGS and _ENDINGS[ending[1:].lower()] is not chosen:
        raise DataError(
            f'The format {chosen} and the ending "{ending}" contradict each other.',
            f'end the file name in "{chosen.suffix}", or omit one of them.',
        )
    return chosen


def check_column_count(fmt: ExportFormat, columns: int) -> None:
    """Raise DataError where a format cannot hold so many columns."""
    most = MOST_COLUMNS.get(fmt)
    if most is not None and columns > most:
        raise DataError(
            f"{fmt} holds at most {most:,} columns, and the table has {columns:,}.", "choose another format."
        )


def write_atomically(path: Path, content: bytes) -> None:
    """Write beside the target, flush to disk, rename; a file that was there stays until the rename.

    Raise ExportError when the folder does not exist or cannot be written, or when `path` is
    something other than a regular file. Nothing half-written remains.
    """
    write_together({path: content})


def write_together(files: Mapping[Path, bytes]) -> None:
    """Write several files: none is renamed into place before all of them are on disk."""
    for path in files:
        require_folder(path)
    # A short name of its own: the target's name with an addition could be too long for the file system.
    drafts = {path: path.parent / f".export-{secrets.token_hex(6)}.part" for path in files}
    try:
        for path, content in files.items():
            with _translate_errors(path):
                _write_to_disk(drafts[path], content)
        for path, draft in drafts.items():
            with _translate_errors(path):
                draft.replace(path)
    finally:
        for draft in drafts.values():
            draft.unlink(missing_ok=True)


def require_folder(path: Path) -> None:
    """Raise ExportError unless a file at `path` could be written: for asking before long work begins."""
    folder = path.parent
    with _translate_errors(path):
        if not folder.is_dir():
            raise ExportError(f"The folder {folder} does not exist.", "create it, or choose another one.")
        if not os.access(folder, os.W_OK | os.X_OK):
            raise ExportError(f"The folder {folder} is not writable.", "change its rights or choose another.")
        # Renaming onto a device would replace the device.
        if path.exists() and not path.is_file():
            raise ExportError(f"{path} is not a regular file.", "name a file, not a folder or a device.")


@contextmanager
def _translate_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ExportError(
            f"{path} cannot be written: {reason}.", "check its name, its rights and the free space."
        ) from error


def _write_to_disk(draft: Path, content: bytes) -> None:
    with draft.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
