"""What trainings show: which one to take, and their curves side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from pages._errors import escape
from pipeline.reports import draw_mark
from pipeline.runs.records import TrainSummary
from pipeline.runs.states import RunStatus
from pipeline.workbench.sweeps import Trial, advise, chart_curves, chart_quality

if TYPE_CHECKING:
    from pipeline.reports import Chart
    from pipeline.runs.records import Run

MOST_COMPARED, FIRST_COMPARED = 6, 4
_NEW, _ALONE = "new_trainings", "new_trainings_alone"


def show_charts(dataset: str, trials: Mapping[str, Trial], runs: Sequence[Run]) -> None:
    """The answer from the trainings that ended, beside the curves of all; `trials` by the ids of `runs`."""
    answer, curves = st.columns(2, gap="large")
    with answer:
        _show_answer(dataset, trials, runs)
    with curves:
        _show_curves(dataset, trials)


def add_to_curves(runs: Sequence[str], alone: bool = False) -> None:
    """Let trainings, by the ids of their runs, join the curves once they have trained an epoch.

    Those shown so far stay unless they are to be seen `alone`.
    """
    st.session_state[_NEW], st.session_state[_ALONE] = list(runs), alone


def _show_answer(dataset: str, trials: Mapping[str, Trial], runs: Sequence[Run]) -> None:
    st.subheader("Which training to take")
    ended = [trials[run.id] for run in runs if run.status.is_final and run.id in trials]
    advice = advise(ended)
    st.write(escape(advice.sentence))
    for run in runs:
        if isinstance(run.result, TrainSummary) and run.result.reason:
            st.caption(escape(f"Run {run.id[:6]}, chosen by trial: {run.result.reason}"))
    done = {run.id for run in runs if run.status is RunStatus.DONE}
    chosen = advice.taken
    if chosen is None:
        return
    if drawing := draw_mark(chosen.figure, "this training"):
        st.html(drawing)
    if chosen.key in done:
        st.page_link(
            "generate.py",
            label=escape(f"Generate with {chosen.trained_label}"),
            icon=":material/arrow_forward:",
            query_params={"dataset": dataset, "model": chosen.key},
        )
    axis = st.segmented_control(
        "Quality against", ["time", "epochs"], default="time", required=True, key="quality_axis"
    )
    _draw(chart_quality(ended, axis == "epochs", chosen), f"quality_{dataset}")


def _show_curves(dataset: str, trials: Mapping[str, Trial]) -> None:
    st.subheader("Epoch by epoch")
    key = f"compared_{dataset}"
    _choose_compared(key, trials)
    compared = st.multiselect(
        f"Trainings side by side, at most {MOST_COMPARED}",
        list(trials),
        key=key,
        format_func=lambda run: trials[run].label,
        max_selections=MOST_COMPARED,
    )
    _draw(chart_curves([trials[run] for run in compared]), f"curves_{dataset}")


def _choose_compared(key: str, trials: Mapping[str, Trial]) -> None:
    """Set what the widget of this key shows: linked trainings alone, or new ones before those shown so far.

    Trainings that were deleted are left out.
    """
    known = st.session_state.get(key, list(trials)[:FIRST_COMPARED])
    new = st.session_state.get(_NEW, [])
    fresh = [run for run in new if run in trials]
    if fresh and st.session_state.pop(_ALONE, False):
        known = []
    chosen = [run for run in dict.fromkeys([*fresh, *known]) if run in trials]
    st.session_state[key] = chosen[:MOST_COMPARED]
    if fresh:
        st.session_state[_NEW] = [run for run in new if run not in fresh]


def _draw(chart: Chart, key: str) -> None:
    st.plotly_chart(chart.figure, key=key, config={"displaylogo": False})
    st.caption(escape(chart.caption))
