"""How good a table is: overview, columns, pairs, privacy, validity; one table, or two side by side."""

from __future__ import annotations

import streamlit as st

from pages._empty import say_no_dataset
from pages._errors import escape
from pages._quality.choice import choose
from pages._quality.report import show_exports, show_files, show_view
from pages._quality.sources import open_report
from pages._quality.together import TOGETHER, show_together
from pages._server.services import open_workbench
from pipeline.workbench.model_choice import MODEL

_OF_A_SAMPLE = (
    "A new table of this model is measured here, over other rows than its training was: the quality that "
    "lists show for the model differs a little from this one."
)

st.title("Quality")
workbench = open_workbench()
datasets = workbench.datasets.list()
if not datasets:
    say_no_dataset()
    st.stop()

choice = choose(workbench, datasets)
reports = []
for number, table in enumerate(choice.tables):
    # Measured before anything is drawn, so that what both have in common can stand above.
    report = open_report(workbench, choice, table, f"side{number}")
    if report is not None:
        reports.append((f"side{number}", table, report))
names = tuple(choice.name_table(table) for _, table, _ in reports)
if len(names) == 2 and choice.view in TOGETHER:
    show_together(workbench, reports, names, choice.view)
    for place, (side, table, report) in zip(st.columns(2, gap="large"), reports, strict=True):
        with place:
            st.markdown(f"**{escape(choice.name_table(table))}**")
            show_files(report, choice.name_file(table), side)
    st.stop()
if choice.view == "privacy":
    show_exports(workbench, choice.dataset.name)
for place, (side, table, report) in zip(st.columns(max(len(reports), 1), gap="large"), reports, strict=False):
    with place:
        if len(reports) == 2:
            st.subheader(escape(choice.name_table(table)))
        if choice.view == "overview" and table.startswith(MODEL):
            st.caption(_OF_A_SAMPLE)
        show_view(report, choice.view, side)
        show_files(report, choice.name_file(table), side)
