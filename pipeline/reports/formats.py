"""The formats of a report, by the ending of its file."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Self

from pipeline.errors import DataError

if TYPE_CHECKING:
    from pipeline.reports.content import Report


class ReportFormat(StrEnum):
    """A file format for reports."""

    HTML = "html", ".html"
    WORD = "word", ".docx"
    JSON = "json", ".json"

    suffix: str
    """The file suffix with its dot."""

    def __new__(cls, value: str, suffix: str = "") -> Self:
        """A format by its name."""
        fmt = str.__new__(cls, value)
        fmt._value_, fmt.suffix = value, suffix
        return fmt


_OTHER_SUFFIXES = {".htm": ReportFormat.HTML}


def choose_report_format(path: Path) -> ReportFormat:
    """The format that a file's ending names; DataError for any other ending."""
    fmt = ({one.suffix: one for one in ReportFormat} | _OTHER_SUFFIXES).get(path.suffix.lower())
    if fmt is None:
        raise DataError(
            f'A report cannot be written as "{path.name}".', "end the file name in .html, .docx or .json."
        )
    return fmt


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
