"""What to do next, in words, each with the page that does it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from pages._errors import escape
from pages._runs.link import find_page
from pages._runs.text import KINDS, name_run
from pipeline.workbench.next_steps import NextStep, NextStepKind

if TYPE_CHECKING:
    from pipeline.runs.records import Run

_WORDS = {
    NextStepKind.FOLLOW_RUN: ("{run} is waiting or running.", "Follow it", "directions_run"),
    NextStepKind.OPEN_FAILED: ("{run} failed.", "See why", "error"),
    NextStepKind.READ_FINDINGS: ("{run} has findings that a person should read.", "Read them", "visibility"),
    NextStepKind.GENERATE_WITH: ("{run} is done.", "Generate with its model", "table_chart"),
    NextStepKind.GENERATE_FIRST: (
        "Nothing has been generated yet.",
        "Generate the first table",
        "table_chart",
    ),
    NextStepKind.ADD_DATASET: ("There is no dataset yet.", "Add a table", "database"),
}


def show_next_steps(steps: Sequence[NextStep]) -> None:
    """Each step as a line with its link; nothing where there is nothing to do."""
    if not steps:
        return
    st.subheader("What to do next")
    for step in steps:
        words, label, icon = _WORDS[step.kind]
        page, query = _find_target(step)
        with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"step_{step.kind}"):
            st.markdown(escape(words.format(run=_name(step.run))), width="stretch")
            st.page_link(page, label=label, icon=f":material/{icon}:", query_params=query)


def _name(run: Run | None) -> str:
    return f"{KINDS[run.kind]} {name_run(run)}" if run else ""


def _find_target(step: NextStep) -> tuple[str, dict[str, str]]:
    """The page that a step leads to, and what its address says."""
    if step.kind is NextStepKind.ADD_DATASET:
        return "datasets.py", {}
    if step.run is None:
        return "generate.py", {"dataset": step.dataset or ""}
    if step.kind is NextStepKind.GENERATE_WITH:
        return "generate.py", {"dataset": step.run.dataset, "model": step.run.id}
    return find_page(step.run), {"run": step.run.id}
