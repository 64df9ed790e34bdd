"""A measured table as a document that an analyst and an auditor can both read."""

from pipeline.report.beside import compare_reports
from pipeline.report.compute import compute_report
from pipeline.report.content import Report
from pipeline.report.formats import ReportFormat, choose_report_format, render_report
from pipeline.report.subject import Subject

__all__ = [
    "Report",
    "ReportFormat",
    "Subject",
    "choose_report_format",
    "compare_reports",
    "compute_report",
    "render_report",
]
