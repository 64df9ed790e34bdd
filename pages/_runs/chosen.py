"""What is selected in the table of runs: one run with its card, several side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from pages._beside import show_beside
from pages._runs.card import show_card
from pages._runs.text import KINDS, name_run
from pages._server.services import may_order
from pipeline.workbench.run_comparison import are_trainings, compare_runs, find_pair

if TYPE_CHECKING:
    from pipeline.runs.records import Run
    from pipeline.workbench.workbench import Workbench


def show_chosen(workbench: Workbench, runs: Sequence[Run], shown: set[str]) -> None:
    """The card of one run, unless it is `shown` already; of several their comparison."""
    if len(runs) == 1 and runs[0].id in shown:
        st.caption("The selected run is shown above the table.")
    elif len(runs) == 1:
        with st.container(key="chosen_run"):
            show_card(workbench, runs[0])
    elif runs:
        st.subheader(f"{len(runs)} runs side by side")
        _offer_together(workbench, runs)
        names = [f"{KINDS[run.kind]}: {name_run(run)}" for run in runs]
        show_beside(names, [run.figure for run in runs], compare_runs(runs), "compared_runs")


def _offer_together(workbench: Workbench, runs: Sequence[Run]) -> None:
    """What can be done with several runs at once."""
    with st.container(horizontal=True, vertical_alignment="center", key="runs_together"):
        if pair := find_pair(runs):
            st.page_link(
                "quality.py",
                label="Compare their tables",
                icon=":material/monitoring:",
                query_params={
                    "dataset": pair[0].dataset,
                    "table": f"run:{pair[0].id}",
                    "beside": f"run:{pair[1].id}",
                },
            )
        if are_trainings(runs) and may_order():
            st.page_link(
                "train.py",
                label="Compare their curves",
                icon=":material/show_chart:",
                query_params={"dataset": runs[0].dataset, "compare": ",".join(run.id for run in runs)},
            )
        _offer_delete(workbench, runs)


def _offer_delete(workbench: Workbench, runs: Sequence[Run]) -> None:
    if not may_order():
        return
    own = [run for run in runs if not run.is_shared]
    ended = [run.id for run in own if run.status.is_final]
    with st.popover(f"Delete {len(ended)} runs", icon=":material/delete:", disabled=not ended):
        st.write(f"Delete these {len(ended)} runs permanently? Models that they made are kept.")
        if len(ended) < len(own):
            st.write("Those that wait or are running stay: cancel them first.")
        if len(own) < len(runs):
            st.write("Those that others share with you stay.")
        if st.button("Yes, delete", key="delete_runs", type="primary"):
            workbench.runs.delete(*ended)
            st.rerun()
