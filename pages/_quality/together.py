"""Two tables and the real rows in the same charts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages._errors import escape
from pages._quality.report import show_chart, show_table
from pipeline.reports import Drawings, Table

if TYPE_CHECKING:
    from pipeline.reports import Report
    from pipeline.workbench.workbench import Workbench

Side = tuple[str, str, "Report"]
"""The prefix of a side's elements, the key of its table, and its report."""


def show_together(workbench: Workbench, left: Side, right: Side, names: tuple[str, str], part: str) -> None:
    """One part of two reports: their scores in a table, then charts that hold the real rows and both."""
    st.subheader(escape(f"Real, {names[0]} and {names[1]} together"))
    st.caption("Choose Nothing under Compare with to see everything about one table.")
    blocks = workbench.evidence.draw_together(left[2], right[2], names, part)
    for number, block in enumerate(blocks):
        if isinstance(block, Table):
            show_table(block, f"together_{part}")
        elif isinstance(block, Drawings):
            _show_line(block, f"together_{part}_{number}")


def _show_line(block: Drawings, key: str) -> None:
    """Charts with the same axes beside each other, on a phone below each other, read in one sentence."""
    if block.heading:
        st.markdown(f"**{escape(block.heading)}**")
    for number, (place, drawing) in enumerate(zip(st.columns(len(block.charts)), block.charts, strict=True)):
        with place:
            show_chart(drawing.chart, f"{key}_{number}", block.heading)
    st.caption(escape(block.charts[0].chart.caption))
