"""What the Quality page looks at: chosen by hand or by link, and kept in the address."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from pages._choices import tell_apart
from pages._errors import escape
from pages._models.names import name_model_choice, name_model_shortly
from pages._quality.report import VIEWS
from pages._runs.duration import describe_evaluation
from pages._runs.text import name_choice, name_shortly
from pages._server.services import may_order
from pipeline.errors import NotFoundError
from pipeline.generation.orders import GenerateOrder
from pipeline.runs.records import is_stopped_training
from pipeline.runs.states import RunKind, RunStatus

if TYPE_CHECKING:
    from pipeline.datasets.spec import DatasetSpec
    from pipeline.runs.records import Run
    from pipeline.workbench.workbench import Workbench

UPLOAD, NOTHING = "upload", "none"
_EVERYTHING = {"quick": "What every export needs (seconds)", "full": "Everything"}


_MEASURABLE = (RunKind.GENERATE, RunKind.TRAIN)
_LEFT_OUT: dict[RunKind, str] = {
    RunKind.BULK: (
        "large tables, which are too large to be made again here; each keeps its report, report.html among "
        "its files on the Runs page."
    ),
    RunKind.EVALUATE: (
        "evaluations of files, which keep their scores and no table; choose A file of mine and upload the "
        "file again to see everything."
    ),
}


@dataclass(frozen=True)
class Choice:
    """Up to two tables of a dataset, by key (`run:ID`, `model:ID`, `upload`), and what to measure."""

    dataset: DatasetSpec
    table: str
    beside: str
    view: str
    is_full: bool
    target: str | None
    names: Mapping[str, str]

    def name_table(self, key: str) -> str:
        """A table in a few words: its title where it has one, else what it was made with, and its score."""
        return "Your file" if key == UPLOAD else self.names[key]

    def name_file(self, key: str) -> str:
        """The name without ending of files about a table."""
        return f"{self.dataset.name}-{key.replace(':', '-')}"

    @property
    def tables(self) -> tuple[str, ...]:
        """The keys of the tables that were chosen."""
        return tuple(key for key in (self.table, self.beside) if key != NOTHING)


def choose(workbench: Workbench, datasets: tuple[DatasetSpec, ...]) -> Choice:
    """Ask for dataset, tables and what to measure; links that hold them choose beforehand."""
    specs = {spec.name: spec for spec in datasets}
    first, second, third = st.columns(3)
    with first:
        name = pick("dataset", "Dataset", {name: spec.title for name, spec in specs.items()})
    sources = list_sources(workbench, name)
    with second:
        table = pick("table", "Table", sources, name) if sources else NOTHING
    _explain_left_out(workbench, name)
    others = {NOTHING: "Nothing", **{key: text for key, text in sources.items() if key != UPLOAD}}
    with third:
        beside = pick("beside", "Compare with", others, name)
    if not sources:
        st.info(
            "No run that you may see has made a table of this dataset. Runs of others appear here once they "
            "are shared with you.",
            icon=":material/monitoring:",
        )
    runs = _list_runs(workbench, name)
    rows = _count_rows(workbench, table, runs.get(table))
    measure, target = _choose_measures(workbench, specs[name], rows)
    view = pick("view", "Part", VIEWS, is_short=True)
    names = _name_tables(workbench, runs, (table, beside))
    return Choice(specs[name], table, beside, view, measure == "full", target, names)


def list_sources(workbench: Workbench, dataset: str) -> dict[str, str]:
    """The tables that can be measured, as label by key: finished runs, samples of models, an upload.

    Viewers get their runs alone, since the workbench measures no file of theirs.
    """
    sources = {key: name_choice(run) for key, run in _list_runs(workbench, dataset).items()}
    if not may_order():
        return tell_apart(sources)
    for model in workbench.labels.list_models():
        info = model.summary.info
        if info.dataset == dataset and not model.is_related:
            sources[f"model:{info.id}"] = f"Sample of a model: {name_model_choice(model)}"
    return {**tell_apart(sources), UPLOAD: "A file of mine"}


def _list_runs(workbench: Workbench, dataset: str) -> dict[str, Run]:
    """The runs whose table, or whose model's sample, can be measured, by key."""
    stopped = workbench.runs.list(kind=RunKind.TRAIN, status=RunStatus.CANCELLED, dataset=dataset)
    done = workbench.runs.list(status=RunStatus.DONE, dataset=dataset)
    listed = (*done, *filter(is_stopped_training, stopped))
    linked = _find_linked(workbench, dataset, {run.id for run in listed})
    return {
        f"run:{run.id}": run
        for run in (*linked, *listed)
        if run.kind in _MEASURABLE and run.model is not None
    }


def _find_linked(workbench: Workbench, dataset: str, listed: Collection[str]) -> list[Run]:
    """Runs of the address that are not listed: a reviewer may look at those that wait for a release."""
    keys = [str(st.query_params.get(name, "")) for name in ("table", "beside")]
    found = []
    for run_id in {key.removeprefix("run:"): None for key in keys if key.startswith("run:")}:
        if run_id in listed:
            continue
        try:
            found.append(workbench.runs.get(run_id))
        except NotFoundError:
            # The chooser says that the link leads nowhere.
            continue
    return [run for run in found if run.status is RunStatus.DONE and run.dataset == dataset]


def _name_tables(workbench: Workbench, runs: Mapping[str, Run], chosen: Collection[str]) -> dict[str, str]:
    """The chosen tables of runs and samples of models in a few words, by key."""
    models = {f"model:{one.summary.info.id}": one for one in workbench.labels.list_models()}
    names = {key: name_shortly(run) for key, run in runs.items() if key in chosen}
    samples = {key: name_model_shortly(model) for key, model in models.items() if key in chosen}
    return tell_apart({**names, **samples})


def _explain_left_out(workbench: Workbench, dataset: str) -> None:
    """Where the evidence of finished runs is that cannot be chosen."""
    kinds = {run.kind for run in workbench.runs.list(status=RunStatus.DONE, dataset=dataset)}
    reasons = [reason for kind, reason in _LEFT_OUT.items() if kind in kinds]
    if reasons:
        st.caption(f"Not in the list: {' '.join(reasons)}")


def pick(name: str, label: str, options: Mapping[str, str], scope: str = "", is_short: bool = False) -> str:
    """One of the options, remembered for the session and in the address under `name`.

    A link wins over what was chosen before; `scope` keeps the choices of several datasets apart.
    """
    key, seen = f"quality_{name}_{scope}", f"quality_{name}_seen"
    linked = st.query_params.get(name)
    if linked != st.session_state.get(seen):
        if linked in options:
            st.session_state[key] = linked
        elif linked is not None:
            st.warning(f"The link asks for {label.lower()} {escape(linked)}, which no longer exists.")
    if st.session_state.get(key) not in options:
        st.session_state[key] = next(iter(options))
    ask = partial(st.segmented_control, required=True) if is_short else st.selectbox
    chosen: str = ask(label, list(options), format_func=options.__getitem__, key=key, persist_state="session")
    st.query_params[name] = st.session_state[seen] = chosen
    return chosen


def _count_rows(workbench: Workbench, table: str, run: Run | None) -> int:
    """Rows of a table to measure; 0 of one that is not chosen yet. Samples of models have the fewest rows."""
    if run is not None and isinstance(run.order, GenerateOrder):
        return run.order.rows
    return 0 if table in (NOTHING, UPLOAD) else workbench.settings.rows.minimum


def _choose_measures(workbench: Workbench, dataset: DatasetSpec, rows: int) -> tuple[str, str | None]:
    with st.expander("What to measure", icon=":material/tune:"):
        measure = pick("measure", "Measures", _EVERYTHING, is_short=True)
        st.caption(
            "Everything adds detection, coverage, distances and attacks; "
            "uploaded tables are always measured in full."
        )
        if rows:
            estimate = workbench.runs.estimate_evaluation(dataset.name, rows)
            st.caption(describe_evaluation(estimate))
        columns = workbench.datasets.list_modelled_columns(dataset.name)
        titles = {NOTHING: "None", **{column: column for column in columns}}
        target = pick("target", "Column to predict, as a test of utility", titles, dataset.name)
    return measure, None if target == NOTHING else target
