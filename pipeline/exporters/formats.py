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
            f'end the file name in "{chosen.suffix}", or leave one of them out.',
        )
    return chosen


def check_column_count(fmt: ExportFormat, columns: int) -> None:
    """Raise DataError where a format cannot hold so many columns."""
    most = MOST_COLUMNS.get(fmt)
    if most is not None and columns > most:
        raise DataError(
            f"{fmt} holds at most {most:,} columns, and the table has {columns:,}.", "choose another format."
        )
