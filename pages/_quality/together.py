"""Two tables and the real rows in the same charts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from pages._errors import escape
from pages._quality.report import show_chart, show_table
from pages._verdict import show_verdict
from pipeline.reports import Drawings, Table

if TYPE_CHECKING:
    from pipeline.reports import Report
    from pipeline.workbench.workbench import Workbench

Side = tuple[str, str, "Report"]
"""The prefix of a side's elements, the key of its table, and its report."""

TOGETHER = ("overview", "columns", "pairs")
"""The parts of a report that two tables share charts in."""


def show_together(workbench: Workbench, sides: Sequence[Side], names: tuple[str, str], part: str) -> None:
    """One part of two reports: their scores in a table, then charts that hold the real rows and both."""
    left, right = (report for _, _, report in sides)
    if part == "overview":
        _show_verdicts((left, right), names)
        show_table(workbench.evidence.compare_reports(left, right, names), "beside")
    else:
        st.subheader(escape(f"Real, {names[0]} and {names[1]} together"))
    for number, block in enumerate(workbench.evidence.draw_together(left, right, names, part)):
        if isinstance(block, Table):
            show_table(block, f"together_{part}")
        elif isinstance(block, Drawings):
            _show_line(block, f"together_{part}_{number}")
    st.caption("Choose Nothing under Compare with to see everything about one table.")


def _show_verdicts(reports: Sequence[Report], names: tuple[str, str]) -> None:
    st.subheader("Side by side")
    for place, report, name in zip(st.columns(2, gap="large"), reports, names, strict=True):
        with place:
            st.markdown(f"**{escape(name)}**")
            show_verdict(report.answer, report.headline)


def _show_line(block: Drawings, key: str) -> None:
    """Charts with the same axes beside each other, on a phone below each other, read in one sentence."""
    if block.heading:
        st.markdown(f"**{escape(block.heading)}**")
    for number, (place, drawing) in enumerate(zip(st.columns(len(block.charts)), block.charts, strict=True)):
        with place:
            show_chart(drawing.chart, f"{key}_{number}", block.heading)
    st.caption(escape(block.charts[0].chart.caption))
