"""The formats in which a table leaves the workbench, with their names, suffixes and media types."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from pipeline.errors import DataError


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
    """The format that is named, else that of `out`'s ending, else CSV; raise DataError for an unknown one."""
    if name is not None:
        return parse_format(name)
    if out is None or out.is_dir() or not out.suffix:
        return ExportFormat.CSV
    return parse_format(out.suffix)
