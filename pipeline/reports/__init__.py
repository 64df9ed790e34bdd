"""A measured table as a document that an analyst and an auditor can both read."""

from pipeline.reports.beside import compare_reports
from pipeline.reports.compute import compute_report
from pipeline.reports.content import Report
from pipeline.reports.formats import ReportFormat, choose_report_format, render_report
from pipeline.reports.subject import Subject

__all__ = [
    "Report",
    "ReportFormat",
    "Subject",
    "choose_report_format",
    "compare_reports",
    "compute_report",
    "render_report",
]
