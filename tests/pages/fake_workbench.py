"""A workbench that answers at once, with tables small enough to read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from pipeline.access.accounts import Actor
from pipeline.datasets.source import ReadOptions
from pipeline.datasets.spec import ColumnSpec, DatasetSpec, Role
from pipeline.errors import DataError, WorkbenchError
from pipeline.evaluation.evaluate import OnStage
from pipeline.evaluation.export_gate import Gate, judge_export
from pipeline.evaluation.results import (
    ColumnScore,
    Evaluation,
    Privacy,
    PrivacyFinding,
    Quality,
    RuleResult,
    Skipped,
    Validity,
    Verdict,
)
from pipeline.reports import Report, ReportFormat, compute_report
from pipeline.runs.states import RunKind, RunStatus
from pipeline.settings import Settings
from pipeline.synthesizers.recipe import Recipe
from pipeline.synthesizers.width import ColumnPlan, Treatment
from pipeline.workbench.context import Stores
from tests.pages.fake_run_desk import FakeRunDesk
from tests.unit.reports.report_case import make_subject

STAFF = DatasetSpec(
    name="staff",
    title="Staff of an *invented* firm",
    description="Who works here.",
    table="staff",
    as_of=date(2026, 1, 1),
    columns=(
        ColumnSpec("name", Role.IDENTITY, "person_name", follows=("gender",)),
        ColumnSpec("gender", Role.MODELLED, "categorical"),
    ),
    shares={"gender": {"Female": 0.5, "Male": 0.5}},
    is_builtin=True,
)
CARDS = DatasetSpec(
    name="cards",
    title="Cards",
    description="Cards of nobody.",
    table="cards",
    as_of=date(2026, 1, 1),
    columns=(ColumnSpec("card_provider", Role.MODELLED, "categorical"),),
)


def make_evaluation(failed: int = 0, verdict: Verdict = Verdict.PASS, leaks: int = 0) -> Evaluation:
    """Evidence of a table: `failed` rows break a rule, `leaks` rows repeat a name, copies have `verdict`."""
    copies = PrivacyFinding("exact_copies", verdict, 0.2, 0.1, 0.3, 0.05, 0.08, "Too many copies.")
    return Evaluation(
        rows=1_000,
        quality=Quality(
            score=0.9876,
            column_shapes=0.99,
            column_pair_trends=0.98,
            strong_pair_trends=None,
            measured=1,
            total=2,
            columns=(ColumnScore("gender", "TVComplement", 0.99),),
            pairs=(),
            skipped=(Skipped("strong pairs", "no pair is strong"),),
            thresholds={},
            sdmetrics_version="0.32.0",
        ),
        diagnostic=None,
        validity=Validity((RuleResult("name", "text", "is a name", 1_000, failed, ("Ada",)),)),
        privacy=Privacy(verdict, {"name": leaks}, 0.01, 0.012, ("Read me.",), (copies,)),
    )


@dataclass
class FakeWorkbench(FakeRunDesk):
    """The methods of `pipeline.workbench.Workbench` that pages call; `calls` keeps what they were asked.

    Accounts, sessions, tokens, the audit log and the table of runs are the real ones: SQL answers at once.
    """

    settings: Settings
    datasets: tuple[DatasetSpec, ...] = (STAFF, CARDS)
    models: tuple[Any, ...] = ()
    evaluation: Evaluation = field(default_factory=make_evaluation)
    failure: WorkbenchError | None = None
    is_held: bool = False
    calls: list[Any] = field(default_factory=list)
    actor: Actor | None = None
    together: PrivacyFinding | None = None
    runs: tuple[Any, ...] = ()

    def __post_init__(self) -> None:
        self._stores = Stores(self.settings)

    def act_as(self, actor: Actor) -> FakeWorkbench:
        """Itself, with the actor noted."""
        self.actor = actor
        return self

    def list_datasets(self) -> tuple[DatasetSpec, ...]:
        """The given datasets."""
        return self.datasets

    def list_synthesizers(self) -> tuple[str, ...]:
        """Two names."""
        return ("ctgan", "autoregressive")

    def default_recipe(self, **changes: Any) -> Recipe:
        """A recipe with the changes that are not None."""
        return Recipe(**{key: value for key, value in changes.items() if value is not None})

    def add_dataset(
        self,
        name: str,
        files: Sequence[Path],
        metadata: Path | None = None,
        options: ReadOptions | None = None,
    ) -> DatasetSpec:
        """Note the files' contents; fail where that is wanted."""
        self.calls.append((name, [(file.name, file.read_bytes()) for file in files], metadata))
        if not name:
            raise DataError("A dataset needs a name.", "give it one.")
        self.datasets = (*self.datasets, replace(CARDS, name=name, title=name.title()))
        return self.datasets[-1]

    def remove_dataset(self, name: str) -> None:
        """Forget one of the datasets."""
        self.datasets = tuple(dataset for dataset in self.datasets if dataset.name != name)

    def plot_columns(self, generation: Any) -> tuple[Any, ...]:
        """One chart."""
        self.calls.append("plot")
        figure = {"data": [{"type": "bar", "x": ["Female", "Male"], "y": [0.5, 0.5]}], "layout": {}}
        return (SimpleNamespace(figure=figure, caption="Bars of equal height are alike."),)

    def prepare_export(self, generation: Any, fmt: str) -> Any:
        """The name of the format as content."""
        self.calls.append(("export", fmt))
        return SimpleNamespace(content=fmt.encode(), manifest={"file": fmt, "note": "été"})

    def judge(self, generation: Any) -> Gate:
        """What the evidence says."""
        return judge_export(generation.evaluation)

    def bundle(self, generation: Any, fmt: str) -> Any:
        """The name of the format as content."""
        self.calls.append(("bundle", fmt))
        return SimpleNamespace(content=f"zip of {fmt}".encode())

    def inspect_model(self, model_id: str, is_full: bool, target: str | None, on_stage: OnStage) -> Report:
        """The report of the tests of reports, with the model's id as its headline."""
        self.calls.append(("inspect", model_id, is_full, target))
        on_stage("validity")
        return replace(make_report(), headline=f"About {model_id}.")

    def inspect_run(self, run_id: str, is_full: bool, target: str | None, on_stage: OnStage) -> Report:
        """The same with the run's id."""
        return self.inspect_model(run_id, is_full, target, on_stage)

    def list_runs(self, *args: Any, **filters: Any) -> tuple[Any, ...]:
        """Those of the given runs that fit, where some are given; else those of the desk."""
        if not self.runs:
            return super().list_runs(*args, **filters)
        fitting = (run for run in self.runs if filters.get("dataset") in (None, run.dataset))
        return tuple(run for run in fitting if filters.get("status") in (None, run.status))

    def inspect_file(
        self,
        dataset: str,
        file: Path,
        as_of: date,
        holdout: Path | None,
        target: str | None,
        on_stage: OnStage,
    ) -> Report:
        """The same with the file's name."""
        read = (file.read_bytes(), holdout.read_bytes() if holdout else None)
        self.calls.append(("inspect", dataset, *read, as_of, target))
        on_stage("validity")
        return replace(make_report(), headline=f"About {file.name}.")

    def watch(self, dataset: str) -> PrivacyFinding | None:
        """The given finding."""
        return self.together

    def render(self, report: Report, fmt: ReportFormat) -> bytes:
        """The name of the format."""
        return fmt.value.encode()

    def record_download(self, generation: Any, export: Any, what: str) -> None:
        """Note what left."""
        self.calls.append(("download", what))

    def list_models(self) -> tuple[Any, ...]:
        """The given models."""
        return self.models

    def get_model(self, model_id: str) -> Any:
        """A model of that id."""
        return make_model(model_id).info

    def delete_model(self, model_id: str) -> None:
        """Forget one of them."""
        self.models = tuple(model for model in self.models if model.info.id != model_id)


def make_run(run_id: str, kind: RunKind, status: RunStatus = RunStatus.DONE, model: str | None = "m1") -> Any:
    """A run as lists show it."""
    return SimpleNamespace(
        id=run_id, kind=kind, status=status, dataset="staff", model=model, epochs=70,
        order={"rows": 2_000, "seed": 7}, created_at=datetime(2026, 3, 1, 12, tzinfo=UTC),
    )  # fmt: skip


@cache
def make_report() -> Report:
    """A report with every part, on names that try to break out of a page."""
    return compute_report(make_subject())


def make_model(model_id: str) -> Any:
    """A stored model as lists show it."""
    info = SimpleNamespace(
        id=model_id,
        dataset="staff",
        recipe=Recipe(),
        epochs_trained=70,
        created_at="2026-03-01T12:00:00+00:00",
        seconds=61.2,
        initial_rows=2_000,
        treatments=(
            ColumnPlan("state", Treatment.FOLDED, 51, 47, "4 rare categories are never reproduced"),
            ColumnPlan("gender", Treatment.VALUES, 2, 2, "2 categories"),
        ),
    )
    return SimpleNamespace(info=info, size_bytes=1_500_000)
