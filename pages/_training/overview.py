"""The trainings of a dataset: live progress, what they show, and all that ran."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages._runs.card import show_card
from pages._server.services import open_workbench
from pages._server.tab import redraw
from pages._training.charts import show_charts
from pages._training.table import show_table
from pipeline.runs.states import RunKind, RunStatus
from pipeline.workbench.sweeps import Trial, complete_trials, read_trial

if TYPE_CHECKING:
    from pipeline.runs.records import Run, RunEpoch
    from pipeline.workbench.workbench import Workbench

POLL_S = 2.0
MOST_RUNS = 100


def show_trainings(dataset: str, linked: str | None) -> None:
    """Everything about the trainings of a dataset; looked up again every few seconds while one is running."""
    runs = _list_runs(open_workbench(), dataset)
    if not runs:
        st.info(
            "No training of this dataset yet. Press Train: curves, and which training to take, appear here.",
            icon=":material/model_training:",
        )
        return
    is_live = any(not run.status.is_final for run in runs)
    st.fragment(_show_all, run_every=POLL_S if is_live else None)(dataset, linked, is_live)


def _show_all(dataset: str, linked: str | None, is_live: bool) -> None:
    workbench = open_workbench()
    runs = _list_runs(workbench, dataset)
    if is_live and all(run.status.is_final for run in runs):
        redraw()
    _show_cards(workbench, runs, linked)
    trained = {run.id: trial for run in runs if (trial := _read_trial(workbench, run))}
    trials = complete_trials(workbench, runs, trained)
    if trials:
        show_charts(dataset, trials, runs)
    past = [run for run in runs if run.status.is_final]
    if past:
        st.subheader("All trainings of this dataset")
        show_table(past, trials)


def _show_cards(workbench: Workbench, runs: tuple[Run, ...], linked: str | None) -> None:
    """Runs that may need action: unfinished ones, the linked one, a failed one."""
    going = [run for run in runs if not run.status.is_final]
    for run in sorted(going, key=lambda run: run.position or 0):
        show_card(workbench, run, is_brief=run.id != linked)
    is_mishap = runs[0].status in (RunStatus.FAILED, RunStatus.CANCELLED)
    for number, run in enumerate(runs):
        if run.status.is_final and (run.id == linked or (number == 0 and is_mishap)):
            show_card(workbench, run)


def _list_runs(workbench: Workbench, dataset: str) -> tuple[Run, ...]:
    return workbench.runs.list(kind=RunKind.TRAIN, dataset=dataset, limit=MOST_RUNS)


def _read_trial(workbench: Workbench, run: Run) -> Trial | None:
    if run.status.is_final:
        return read_trial(run, _list_ended_epochs(run.id, run.attempt, workbench))
    return read_trial(run, workbench.runs.list_epochs(run.id))


@st.cache_resource(max_entries=1_000, show_spinner=False)
def _list_ended_epochs(run_id: str, attempt: int, _workbench: Workbench) -> tuple[RunEpoch, ...]:
    """The epochs of a finished run, which no longer change; only asked for runs that the actor may see."""
    return _workbench.runs.list_epochs(run_id)
