"""A report on a page: the same blocks that the HTML and Word files are made of."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from pages._errors import escape
from pages._server.services import defer
from pages._verdict import show_verdict
from pipeline.evaluation.results import Verdict
from pipeline.reports import (
    VERDICT_WORDS,
    Block,
    Chart,
    Conclusion,
    Conclusions,
    Drawing,
    Drawings,
    Paragraph,
    ReportFormat,
    Section,
    Table,
)

if TYPE_CHECKING:
    from pipeline.reports import Report
    from pipeline.workbench.workbench import Workbench

VIEWS = {
    "overview": "Overview",
    "columns": "Columns",
    "pairs": "Pairs",
    "privacy": "Privacy",
    "validity": "Validity",
    "method": "Method",
}
CHARTS_AT_ONCE = 8
_WIDE = "wide_chart"
_IN_OVERVIEW = ("quality", "detection", "utility")
_COLOURS = {Verdict.PASS: "green", Verdict.LOOK: "orange", Verdict.FAIL: "red"}


def show_view(report: Report, view: str, side: str) -> None:
    """One part of a report; `side` distinguishes the elements of two reports."""
    if view == "overview":
        _show_headline(report)
        _show_plainly(report, side)
        st.subheader("How this was judged")
        show_conclusions(report.summary, f"{side}_summary")
    if view == "method":
        _show_method(report)
    wanted = _IN_OVERVIEW if view == "overview" else (view,)
    for section in report.sections:
        if section.key in wanted:
            _show_section(section, side)


def show_files(report: Report, name: str, side: str) -> None:
    """The report as files, made when first asked for."""
    with st.container(horizontal=True, key=f"{side}_files"):
        for fmt in ReportFormat:
            st.download_button(
                f"Report as {fmt.value.upper() if fmt is not ReportFormat.WORD else 'Word'}",
                defer(partial(_render, report, fmt)),
                f"{name}{fmt.suffix}",
                key=f"{side}_report_{fmt.value}",
                icon=":material/download:",
                on_click="ignore",
            )


def _render(report: Report, fmt: ReportFormat, workbench: Workbench) -> bytes:
    return workbench.evidence.render(report, fmt)


def show_exports(workbench: Workbench, dataset: str) -> None:
    """What all tables of a dataset that have left repeat of it together."""
    st.subheader("Exports of this dataset, together")
    found = workbench.exports.compare_all(dataset)
    if found is None:
        st.caption("No table of this dataset has been exported yet.")
        return
    badge = f":{_COLOURS[found.verdict]}-badge[{VERDICT_WORDS[found.verdict]}] " if found.verdict else ""
    st.markdown(f"{badge}{escape(found.sentence)}")


def show_table(table: Table, key: str) -> None:
    """Numbers can be scrolled and sorted; texts break their lines."""
    rows = [dict(zip(table.headings, row, strict=True)) for row in table.rows]
    if table.numeric:
        right = {
            table.headings[place]: st.column_config.TextColumn(alignment="right") for place in table.numeric
        }
        st.dataframe(rows, hide_index=True, key=key, column_config=right)
    else:
        st.table([{name: escape(text) for name, text in row.items()} for row in rows], hide_index=True)
    if table.note:
        st.caption(escape(table.note))


def show_conclusions(rows: Sequence[Conclusion], key: str) -> None:
    """Each conclusion as a box: verdict and value, what it means, and its limit."""
    for number, one in enumerate(rows):
        with st.container(border=True, key=f"{key}_{number}"):
            st.markdown(f"{_mark(one)}**{escape(one.subject)}**: {escape(one.value)}")
            st.write(escape(one.meaning))
            if one.verdict is not None:
                st.caption(f"Limit: {escape(one.yardstick)}")


def _mark(one: Conclusion) -> str:
    return f":{_COLOURS[one.verdict]}-badge[{VERDICT_WORDS[one.verdict]}] " if one.verdict else ""


def _show_headline(report: Report) -> None:
    show_verdict(report.answer, report.headline)


def _show_plainly(report: Report, side: str) -> None:
    """What was found, a line for each question, and the paragraph for auditors; figures come after it."""
    lines = (
        f"- {_mark(one)}**{escape(one.subject)}**: {escape(one.plain or one.meaning)}"
        for one in report.summary
    )
    st.markdown("\n".join(lines))
    for section in report.sections:
        if section.key == "explained":
            with st.expander("Explain to an auditor", icon=":material/gavel:", key=f"{side}_explained"):
                st.write(escape(section.lead))
    with st.expander("Where this table comes from", icon=":material/history:"):
        show_table(Table(("Fact", "Value"), report.facts), "facts")


def _show_method(report: Report) -> None:
    for title, sentences in (("Method", report.method), ("Limits", report.limits)):
        st.subheader(title)
        st.markdown("\n".join(f"- {escape(sentence)}" for sentence in sentences))
    st.caption(", ".join(f"{name} {version}" for name, version in report.versions.items()))


def _show_section(section: Section, side: str) -> None:
    st.subheader(section.title)
    st.write(escape(section.lead))
    for number, block in enumerate(section.blocks):
        _show_block(block, f"{side}_{section.key}_{number}")


def _show_block(block: Block, key: str) -> None:
    if isinstance(block, Paragraph):
        (st.caption if block.is_quiet else st.write)(escape(block.text))
    elif isinstance(block, Conclusions):
        show_conclusions(block.rows, key)
    elif isinstance(block, Table):
        show_table(block, key)
    elif block.charts:
        _show_drawings(block, key)


def _show_drawings(block: Drawings, key: str) -> None:
    if block.heading:
        st.markdown(f"**{block.heading}**")
    for number, drawing in _choose_drawings(block.charts, key):
        show_chart(drawing.chart, f"{key}_{number}")
        st.caption(escape(f"{drawing.chart.caption} {drawing.note}"))


def show_chart(chart: Chart, key: str, heading: str = "") -> None:
    """A figure without its caption, `heading` is above it; a wide one is scrolled on a phone."""
    alt = f"{heading}: {chart.title}" if heading else chart.title
    with st.container(key=f"{_WIDE if chart.is_wide else 'chart'}_{key}"):
        st.plotly_chart(chart.figure, key=key, config={"displaylogo": False}, alt=alt)


def _choose_drawings(charts: Sequence[Drawing], key: str) -> list[tuple[int, Drawing]]:
    """The charts of one page: a browser cannot draw those of a hundred columns at once."""
    numbered = list(enumerate(charts))
    if len(charts) <= CHARTS_AT_ONCE:
        return numbered
    starts = range(0, len(charts), CHARTS_AT_ONCE)
    start = st.segmented_control(
        f"Charts, {len(charts)} in all",
        starts,
        default=0,
        required=True,
        format_func=lambda start: f"{start + 1}–{min(start + CHARTS_AT_ONCE, len(charts))}",
        key=f"{key}_page",
    )
    return numbered[start : start + CHARTS_AT_ONCE]
