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
from pipeline.workbench.model_choice import MODEL, RUN, list_choosable

if TYPE_CHECKING:
    from pipeline.datasets.spec import DatasetSpec
    from pipeline.runs.records import Run
    from pipeline.workbench.labels import NamedModel
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
    known = _look_up(workbench, name)
    sources = known.label()
    with second:
        table = pick("table", "Table", sources, name) if sources else NOTHING
    _explain_left_out(known)
    others = {NOTHING: "Nothing", **{key: text for key, text in sources.items() if key != UPLOAD}}
    with third:
        beside = pick("beside", "Compare with", others, name)
    if not sources:
        st.info(
            "No run that you may see has made a table of this dataset. Runs of others appear here once they "
            "are shared with you.",
            icon=":material/monitoring:",
        )
    rows = _count_rows(workbench, table, known.runs.get(table))
    measure, target = _choose_measures(workbench, specs[name], rows)
    view = pick("view", "Part", VIEWS, is_short=True)
    names = known.name_shortly((table, beside))
    return Choice(specs[name], table, beside, view, measure == "full", target, names)


@dataclass(frozen=True)
class _Known:
    """What can be measured of a dataset, by key, and the kinds of finished runs that cannot."""

    runs: Mapping[str, Run]
    models: Mapping[str, NamedModel]
    left_out: Collection[RunKind]
    has_upload: bool

    def label(self) -> dict[str, str]:
        """Tables of runs, samples of models and an upload as a list to choose from."""
        labels = {key: name_choice(run) for key, run in self.runs.items()}
        labels |= {key: f"Model: {name_model_choice(model)}" for key, model in self.models.items()}
        return {**tell_apart(labels), **({UPLOAD: "A file of mine"} if self.has_upload else {})}

    def name_shortly(self, chosen: Collection[str]) -> dict[str, str]:
        """The chosen ones in a few words."""
        names = {key: name_shortly(run) for key, run in self.runs.items() if key in chosen}
        samples = {key: name_model_shortly(one) for key, one in self.models.items() if key in chosen}
        return tell_apart({**names, **samples})


def _look_up(workbench: Workbench, dataset: str) -> _Known:
    """Each fitted model once, and the tables of runs.

    Viewers get runs alone, trainings too, since the workbench measures no file of theirs.
    """
    done = workbench.runs.list(status=RunStatus.DONE, dataset=dataset)
    is_analyst = may_order()
    models = list_choosable(workbench, dataset) if is_analyst else {}
    _follow_models(workbench, models)
    listed = [run for run in done if run.kind is RunKind.GENERATE or not is_analyst]
    if not is_analyst:
        stopped = workbench.runs.list(kind=RunKind.TRAIN, status=RunStatus.CANCELLED, dataset=dataset)
        listed += filter(is_stopped_training, stopped)
    linked = _find_linked(workbench, dataset, {run.id for run in listed})
    runs = {
        f"{RUN}{run.id}": run
        for run in (*linked, *listed)
        if run.kind in _MEASURABLE and run.model is not None
    }
    return _Known(runs, models, {run.kind for run in done}, is_analyst)


def _follow_models(workbench: Workbench, models: Collection[str]) -> None:
    """Let links to a training lead to its model, which is in the list once."""
    for name in ("table", "beside"):
        key = str(st.query_params.get(name, ""))
        run = _find_run(workbench, key) if key.startswith(RUN) else None
        if run is not None and run.kind is RunKind.TRAIN and f"{MODEL}{run.model}" in models:
            st.query_params[name] = f"{MODEL}{run.model}"


def _find_linked(workbench: Workbench, dataset: str, listed: Collection[str]) -> list[Run]:
    """Runs of the address that are not listed: a reviewer may look at those that wait for a release."""
    keys = {str(st.query_params.get(name, "")) for name in ("table", "beside")}
    wanted = sorted(key for key in keys if key.startswith(RUN) and key.removeprefix(RUN) not in listed)
    found = (run for key in wanted if (run := _find_run(workbench, key)))
    return [run for run in found if _has_rows(run) and run.dataset == dataset]


def _has_rows(run: Run) -> bool:
    return run.status is RunStatus.DONE or is_stopped_training(run)


def _find_run(workbench: Workbench, key: str) -> Run | None:
    try:
        return workbench.runs.get(key.removeprefix(RUN))
    except NotFoundError:
        # The chooser says that the link leads nowhere.
        return None


def _explain_left_out(known: _Known) -> None:
    """Where the evidence of finished runs is that cannot be chosen."""
    reasons = [reason for kind, reason in _LEFT_OUT.items() if kind in known.left_out]
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
