"""The report of the invented case, rendered and read again."""

from __future__ import annotations

import io
from functools import cache
from html.parser import HTMLParser

from docx import Document

from pipeline.reports import ReportFormat, compute_report, render_report
from pipeline.reports.charts import load_script
from pipeline.reports.content import Conclusion
from tests.unit.reports.report_case import make_subject


@cache
def render(fmt: ReportFormat) -> bytes:
    return render_report(compute_report(make_subject()), fmt)


@cache
def own_html() -> str:
    """The HTML report without plotly.js."""
    return render(ReportFormat.HTML).decode("utf-8").replace(load_script(), "")


class Reader(HTMLParser):
    """Collects elements, their ids, and text outside of scripts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.text: list[str] = []
        self.figures: list[str] = []
        self.links: list[str] = []
        self._script: str | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        values = dict(attrs)
        self.ids.append(values.get("id") or "")
        self.links += [values[name] or "" for name in ("src", "href", "action", "data") if name in values]
        self._script = (values.get("type") or "code") if tag == "script" else None

    def handle_endtag(self, tag: str) -> None:
        self._script = None

    def handle_data(self, data: str) -> None:
        if self._script == "application/json":
            self.figures.append(data)
        elif self._script is None:
            self.text.append(data)


def find(summary: tuple[Conclusion, ...], subject: str) -> Conclusion:
    return next(one for one in summary if one.subject == subject)


def document_text(content: bytes) -> str:
    document = Document(io.BytesIO(content))
    cells = (cell.text for table in document.tables for row in table.rows for cell in row.cells)
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])
