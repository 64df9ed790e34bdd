"""What to do next, in words, each with the page that does it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from pages._errors import escape
from pages._runs.link import find_page
from pages._runs.text import KINDS, name_run
from pages._sharing.approval import find_evidence
from pipeline.workbench.next_steps import NextStep, NextStepKind

if TYPE_CHECKING:
    from pipeline.runs.records import Run

_WORDS = {
    NextStepKind.FOLLOW_RUN: ("{run} is waiting or running.", "Follow it", "directions_run"),
    NextStepKind.OPEN_FAILED: ("{run} failed.", "See why", "error"),
    NextStepKind.READ_FINDINGS: ("{run} has findings that a person should read.", "Read them", "visibility"),
    NextStepKind.AWAIT_RELEASE: (
        "Your table of {dataset} waits for another person's release. {approval}",
        "See how it stands",
        "hourglass_top",
    ),
    NextStepKind.DECIDE: (
        "A table of {dataset}, run {approval.run_id}, awaits your release. {approval}",
        "See the evidence and decide",
        "approval",
    ),
    NextStepKind.GENERATE_WITH: ("{run} is done.", "Generate with its model", "table_chart"),
    NextStepKind.GENERATE_FIRST: (
        "Nothing has been generated yet.",
        "Generate the first table",
        "table_chart",
    ),
    NextStepKind.ADD_DATASET: ("There is no dataset yet.", "Add a table", "database"),
}


def show_next_steps(steps: Sequence[NextStep], sets: Collection[str]) -> None:
    """What needs attention, then what may come next, each with its link; `sets` have several tables."""
    for title, is_urgent in (("What needs your attention", True), ("What to do next", False)):
        chosen = [step for step in steps if step.kind.is_urgent is is_urgent]
        if chosen:
            st.subheader(title)
        for number, step in enumerate(chosen):
            _show_step(step, f"step_{step.kind}_{number}", sets)


def _show_step(step: NextStep, key: str, sets: Collection[str]) -> None:
    words, label, icon = _WORDS[step.kind]
    page, query = _find_target(step, sets)
    said = words.format(run=_name(step.run), approval=step.approval, dataset=step.dataset)
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=key):
        st.markdown(escape(said), width="stretch")
        st.page_link(page, label=label, icon=f":material/{icon}:", query_params=query)


def _name(run: Run | None) -> str:
    return f"{KINDS[run.kind]} {name_run(run)}" if run else ""


def _find_target(step: NextStep, sets: Collection[str]) -> tuple[str, dict[str, str]]:
    """The page that a step leads to, and what its address says."""
    if step.kind is NextStepKind.ADD_DATASET:
        return "datasets.py", {}
    if step.approval is not None:
        return find_evidence(step.approval, sets), {"run": step.approval.run_id}
    if step.run is None:
        return "generate.py", {"dataset": step.dataset or ""}
    if step.kind is NextStepKind.GENERATE_WITH:
        return "generate.py", {"dataset": step.run.dataset, "model": step.run.id}
    return find_page(step.run), {"run": step.run.id}
