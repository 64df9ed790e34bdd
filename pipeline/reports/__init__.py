"""A measured table as a document that an analyst and an auditor can both read."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline.reports.auditor import explain_to_auditor
    from pipeline.reports.beside import compare_reports
    from pipeline.reports.charts import Chart
    from pipeline.reports.compute import compute_report
    from pipeline.reports.content import (
        Block,
        Conclusion,
        Conclusions,
        Drawing,
        Drawings,
        Paragraph,
        Report,
        Section,
        Table,
    )
    from pipeline.reports.formats import ReportFormat, choose_report_format, render_report
    from pipeline.reports.mark import draw_cell, draw_mark
    from pipeline.reports.subject import Subject
    from pipeline.reports.together import draw_together
    from pipeline.reports.wording import VERDICT_WORDS, percent

__all__ = [
    "VERDICT_WORDS",
    "Block",
    "Chart",
    "Conclusion",
    "Conclusions",
    "Drawing",
    "Drawings",
    "Paragraph",
    "Report",
    "ReportFormat",
    "Section",
    "Subject",
    "Table",
    "choose_report_format",
    "compare_reports",
    "compute_report",
    "draw_cell",
    "draw_mark",
    "draw_together",
    "explain_to_auditor",
    "percent",
    "render_report",
]

_HOMES = {
    "percent": "wording",
    "VERDICT_WORDS": "wording",
    "Table": "content",
    "Section": "content",
    "Paragraph": "content",
    "Conclusions": "content",
    "Conclusion": "content",
    "Drawings": "content",
    "Drawing": "content",
    "Chart": "charts",
    "Block": "content",
    "Report": "content",
    "ReportFormat": "formats",
    "Subject": "subject",
    "choose_report_format": "formats",
    "compare_reports": "beside",
    "compute_report": "compute",
    "explain_to_auditor": "auditor",
    "draw_cell": "mark",
    "draw_mark": "mark",
    "draw_together": "together",
    "render_report": "formats",
}
"""Name → the module of this package that it comes from."""


def __getattr__(name: str) -> Any:
    # Loaded when first used: the name of a format does not load everything else.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
