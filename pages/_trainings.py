"""The trainings of a dataset: live progress, curves side by side, quality against time, and all that ran."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from pages._errors import escape, show_error
from pages._runs import show_card
from pages._services import get_actor, open_workbench
from pages._training_table import show_table
from pipeline.errors import NotFoundError, WorkbenchError
from pipeline.run_orders import RunOrder
from pipeline.store.run_states import RunKind, RunStatus
from pipeline.trials import Trial, advise, chart_curves, chart_quality, read_trial

if TYPE_CHECKING:
    from pipeline.charts import Chart
    from pipeline.store.run_records import Run, RunEpoch
    from pipeline.synthesizers.recipe import Recipe
    from pipeline.workbench import Workbench

POLL_S = 2.0
MOST_RUNS, MOST_COMPARED, FIRST_COMPARED = 100, 6, 4
_NEW = "new_trainings"


def find_linked_run(workbench: Workbench) -> Run | None:
    """The training of the link that led here, or None."""
    linked = st.query_params.get("run")
    if linked is None:
        return None
    try:
        run = workbench.get_run(linked)
    except NotFoundError as error:
        st.warning(f"{escape(error.message)} It may have been deleted.")
        return None
    return run if run.kind is RunKind.TRAIN else None


def find_latest_dataset(workbench: Workbench) -> str:
    """The dataset that the account has trained last, or nothing."""
    runs = workbench.list_runs(kind=RunKind.TRAIN, owner=get_actor().name, limit=1)
    return runs[0].dataset if runs else ""


def send_trainings(workbench: Workbench, dataset: str, recipes: Sequence[Recipe]) -> None:
    """Queue a training, or a sweep of several, and draw the page again with them in the chart."""
    try:
        if len(recipes) == 1:
            runs = (workbench.submit(RunOrder(RunKind.TRAIN, dataset, recipes[0])),)
        else:
            runs = workbench.submit_sweep(dataset, recipes)
    except WorkbenchError as refusal:
        show_error(refusal)
        return
    st.session_state[_NEW] = [run.id for run in runs]
    # A reload then shows this dataset again.
    st.query_params.from_dict({"dataset": dataset})
    st.rerun()


def show_trainings(dataset: str, linked: str | None) -> None:
    """Everything about the trainings of a dataset; looked up again every few seconds while one goes on."""
    runs = _list_runs(open_workbench(), dataset)
    if not runs:
        st.info(
            "No training of this dataset yet. Press Train: curves, and the answer to how many epochs are "
            "enough, appear here.",
            icon=":material/model_training:",
        )
        return
    is_live = any(not run.status.is_final for run in runs)
    st.fragment(_show_all, run_every=POLL_S if is_live else None)(dataset, linked, is_live)


def _show_all(dataset: str, linked: str | None, is_live: bool) -> None:
    workbench = open_workbench()
    runs = _list_runs(workbench, dataset)
    if is_live and all(run.status.is_final for run in runs):
        st.rerun()
    _show_cards(workbench, runs, linked)
    trials = {run.id: trial for run in runs if (trial := _read_trial(workbench, run))}
    past = [run for run in runs if run.status.is_final]
    if trials:
        answer, curves = st.columns(2, gap="large")
        with answer:
            _show_answer(dataset, [trials[run.id] for run in past if run.id in trials], runs)
        with curves:
            _show_curves(dataset, trials)
    if past:
        st.subheader("All trainings of this dataset")
        show_table(past, trials)


def _show_cards(workbench: Workbench, runs: tuple[Run, ...], linked: str | None) -> None:
    """Runs that somebody may want to do something about: those that go on, the linked one, a mishap."""
    going = [run for run in runs if not run.status.is_final]
    for run in sorted(going, key=lambda run: run.position or 0):
        show_card(workbench, run, is_brief=run.id != linked)
    is_mishap = runs[0].status in (RunStatus.FAILED, RunStatus.CANCELLED)
    for number, run in enumerate(runs):
        if run.status.is_final and (run.id == linked or (number == 0 and is_mishap)):
            show_card(workbench, run)


def _show_answer(dataset: str, ended: list[Trial], runs: tuple[Run, ...]) -> None:
    st.subheader("How many epochs do I need?")
    advice = advise(ended)
    st.write(escape(advice.sentence))
    done = {run.id for run in runs if run.status is RunStatus.DONE}
    chosen = advice.quicker or advice.best
    if chosen is None:
        return
    axis = st.segmented_control(
        "Quality against", ["time", "epochs"], default="time", required=True, key="quality_axis"
    )
    _draw(chart_quality(ended, by_epochs=axis == "epochs"), f"quality_{dataset}")
    if chosen.key in done:
        st.page_link(
            "generate.py",
            label=escape(f"Generate with {chosen.label}"),
            icon=":material/arrow_forward:",
            query_params={"dataset": dataset, "model": chosen.key},
        )


def _show_curves(dataset: str, trials: dict[str, Trial]) -> None:
    st.subheader("Epoch by epoch")
    key = f"compared_{dataset}"
    known = st.session_state.get(key, list(trials)[:FIRST_COMPARED])
    fresh = [run for run in st.session_state.get(_NEW, []) if run in trials]
    # A new run joins the chart once it has trained an epoch; one that was deleted leaves it.
    chosen = [run for run in dict.fromkeys([*fresh, *known]) if run in trials]
    st.session_state[key] = chosen[:MOST_COMPARED]
    if fresh:
        st.session_state[_NEW] = [run for run in st.session_state[_NEW] if run not in fresh]
    compared = st.multiselect(
        f"Trainings side by side, at most {MOST_COMPARED}",
        list(trials),
        key=key,
        format_func=lambda run: trials[run].label,
        max_selections=MOST_COMPARED,
    )
    _draw(chart_curves([trials[run] for run in compared]), f"curves_{dataset}")


def _draw(chart: Chart, key: str) -> None:
    st.plotly_chart(chart.figure, key=key, config={"displaylogo": False})
    st.caption(escape(chart.caption))


def _list_runs(workbench: Workbench, dataset: str) -> tuple[Run, ...]:
    return workbench.list_runs(kind=RunKind.TRAIN, dataset=dataset, limit=MOST_RUNS)


def _read_trial(workbench: Workbench, run: Run) -> Trial | None:
    if run.status.is_final:
        return read_trial(run, _list_ended_epochs(run.id, run.attempt, workbench))
    return read_trial(run, workbench.list_epochs(run.id))


@st.cache_resource(max_entries=1_000, show_spinner=False)
def _list_ended_epochs(run_id: str, attempt: int, _workbench: Workbench) -> tuple[RunEpoch, ...]:
    """The epochs of a run that is over, which change no more; only asked for runs that the actor may see."""
    return _workbench.list_epochs(run_id)
