"""The formats of a report, by the ending of its file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

from pipeline.errors import DataError
from pipeline.reports.content import Report
from pipeline.reports.html import render_html
from pipeline.reports.json_file import render_json
from pipeline.reports.word import render_word


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
_RENDERERS: Mapping[ReportFormat, Callable[[Report], bytes]] = MappingProxyType(
    {ReportFormat.HTML: render_html, ReportFormat.WORD: render_word, ReportFormat.JSON: render_json}
)


def choose_report_format(path: Path) -> ReportFormat:
    """The format that a file's ending names; DataError for any other ending."""
    for fmt, suffixes in _SUFFIXES.items():
        if path.suffix.lower() in suffixes:
            return fmt
    raise DataError(
        f'A report cannot be written as "{path.name}".', "let its name end in .html, .docx or .json."
    )


def render_report(report: Report, fmt: ReportFormat) -> bytes:
    """The report as the content of a file; the same report gives the same bytes."""
    return _RENDERERS[fmt](report)
