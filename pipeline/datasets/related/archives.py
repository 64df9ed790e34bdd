"""ZIP archives of tables, unpacked within limits into a folder; nothing is written that could do harm."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from pipeline.datasets.workbooks import STUMBLES
from pipeline.errors import DataError
from pipeline.settings import UploadLimits

MOST_FILES = 200
"""Tables of one set, and files that are read for them."""

_CHUNK_BYTES = 2**20


def unpack_archive(path: Path, folder: Path, suffixes: frozenset[str], limits: UploadLimits) -> list[Path]:
    """The files of a ZIP archive with one of the suffixes, unpacked into a folder, by name.

    Raises DataError before anything is unpacked for an archive that is damaged, protected or too large, for
    paths that lead out of it, and for two files of one name.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = _list_entries(archive, path, suffixes)
            _check_size(path, archive.infolist(), limits)
            _check_names(path, entries)
            return [_unpack(archive, entry, folder) for entry in entries]
    except STUMBLES as error:
        raise DataError(f"{path.name} is not a readable ZIP archive.", "pack the tables again.") from error


def is_hidden(name: str) -> bool:
    """Whether a file is none of the user's: of a system, or of a program that has a workbook open."""
    return name.startswith((".", "~$", "__MACOSX")) or name.lower() in ("thumbs.db", "desktop.ini")


def _list_entries(archive: zipfile.ZipFile, path: Path, suffixes: frozenset[str]) -> list[zipfile.ZipInfo]:
    """The entries that may be tables; DataError for paths that lead out of the archive."""
    kept = []
    for entry in archive.infolist():
        place = PurePosixPath(entry.filename.replace("\\", "/"))
        if place.is_absolute() or ".." in place.parts or ":" in place.parts[0]:
            raise DataError(
                f"{path.name} holds a path that leads out of it.", "pack the tables again, without folders."
            )
        is_table = place.suffix.lower() in suffixes and not any(map(is_hidden, place.parts))
        if entry.is_dir() or not is_table:
            continue
        if entry.flag_bits & 1:
            raise DataError(f"{path.name} is protected by a password.", "pack the tables without one.")
        kept.append(entry)
    return sorted(kept, key=lambda entry: entry.filename)


def _check_size(path: Path, entries: Sequence[zipfile.ZipInfo], limits: UploadLimits) -> None:
    files = sum(not entry.is_dir() for entry in entries)
    if files > MOST_FILES:
        raise DataError(
            f"{path.name} holds {files:,} files, above the limit of {MOST_FILES}.", "pack the tables alone."
        )
    size = sum(entry.file_size for entry in entries)
    if size > limits.size_mb * 2**20:
        raise DataError(
            f"{path.name} unpacks to {size / 2**20:,.0f} MB, above the limit of {limits.size_mb} MB.",
            "use a sample of the rows, or raise uploads.size_mb in config.yaml.",
        )


def _check_names(path: Path, entries: Sequence[zipfile.ZipInfo]) -> None:
    names = [_file_name(entry).lower() for entry in entries]
    twice = next((name for place, name in enumerate(names) if name in names[:place]), None)
    if twice:
        raise DataError(f'{path.name} holds two files called "{twice}".', "give each table its own name.")


def _unpack(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path) -> Path:
    """One file; what unpacks to more than the archive says is refused, whatever its header claims."""
    target = folder / _file_name(entry)
    left = entry.file_size
    with archive.open(entry) as packed, target.open("xb") as file:
        while piece := packed.read(_CHUNK_BYTES):
            left -= len(piece)
            if left < 0:
                raise DataError(f"{target.name} unpacks to more than it says.", "pack the tables again.")
            file.write(piece)
    return target


def _file_name(entry: zipfile.ZipInfo) -> str:
    return PurePosixPath(entry.filename.replace("\\", "/")).name
