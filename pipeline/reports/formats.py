"""The formats of a report, by the ending of its file."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from pipeline.errors import DataError

if TYPE_CHECKING:
    from pipeline.reports.content import Report


class ReportFormat(StrEnum):
    """A file format for reports."""

    HTML = "html"
    WORD = "word"
    JSON = "json"

    @property
    def suffix(self) -> str:
        """The file suffix with its dot."""
        return _SUFFIXES[self][0]


_SUFFIXES: Mapping[ReportFormat, tuple[str, ...]] = MappingProxyType(
    {
        ReportFormat.HTML: (".html", ".htm"),
        ReportFormat.WORD: (".docx",),
        ReportFormat.JSON: (".json",),
    }
)


def choose_report_format(path: Path) -> ReportFormat:
    """The format that a file's ending names; DataError for any other ending."""
    for fmt, suffixes in _SUFFIXES.items():
        if path.suffix.lower() in suffixes:
            return fmt
    raise DataError(
        f'A report cannot be written as "{path.name}".', "end the file name in .html, .docx or .json."
    )


def render_report(report: Report, fmt: ReportFormat) -> bytes:
    """The report as the content of a file; the same report gives the same bytes."""
    # Word and the charts of the page take a second to load.
    match fmt:
        case ReportFormat.HTML:
            from pipeline.reports.html import render_html

            return render_html(report)
        case ReportFormat.WORD:
            from pipeline.reports.word import render_word

            return render_word(report)
        case ReportFormat.JSON:
            from pipeline.reports.json_file import render_json

            return render_json(report)
