"""A workbench that answers at once, with tables small enough to read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd

from pipeline.access.accounts import AccountRole, Actor
from pipeline.datasets.columns import ColumnInfo, Learned
from pipeline.datasets.reading import preview_table
from pipeline.datasets.related.schema import RelatedSchema
from pipeline.datasets.rules.editing import RuleInfo
from pipeline.datasets.source import Preview, ReadOptions
from pipeline.datasets.spec import ColumnSpec, DatasetSpec, Role
from pipeline.errors import DataError, WorkbenchError
from pipeline.evaluation.export_check import ExportCheck, check_export
from pipeline.evaluation.figure import Figure
from pipeline.evaluation.headline import Headline, compute_headline, wait
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
from pipeline.exporters.columns import read_columns
from pipeline.generation.manifest import format_manifest
from pipeline.generation.orders import GenerateOrder
from pipeline.generation.related.results import RelatedEvidence
from pipeline.models.model import compute_model_id
from pipeline.progress import OnProgress, Part, PartProgress, Stage
from pipeline.reports import (
    Block,
    Drawings,
    Report,
    ReportFormat,
    Table,
    compare_reports,
    compute_report,
)
from pipeline.runs.orders import TrainOrder
from pipeline.runs.states import RunKind, RunStatus
from pipeline.settings import Settings
from pipeline.synthesizers import configure_recipe
from pipeline.synthesizers.recipe import AUTO, Recipe, settle_device
from pipeline.synthesizers.width import ColumnPlan, Treatment
from pipeline.workbench.account import AccountService
from pipeline.workbench.approvals import ApprovalService
from pipeline.workbench.bulk import BulkService
from pipeline.workbench.context import Context, Stores
from pipeline.workbench.labels import LabelService
from pipeline.workbench.recipes import RecipeService
from pipeline.workbench.sharing import SharingService
from tests.pages.fake_related import BANK, SHOP, FakeRelated, FakeRelatedTables
from tests.pages.fake_runs import TABLE_SHA256, FakeRuns
from tests.unit.generation.related_case import make_related_evidence
from tests.unit.reports.report_case import make_subject

_HOUSE = Recipe()
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


LEDGER = (
    ColumnInfo(
        "amount",
        "modelled",
        kind="numerical",
        form={"kind": "number", "decimal": ",", "grouping": "."},
        why="all 60 values are numbers",
        alternatives=("categorical",),
        minimum=-10.5,
        maximum=9_000.0,
        unit="EUR",
    ),
    ColumnInfo("city", "modelled", "categorical", why="3 distinct values"),
    ColumnInfo("holder", "identity", "person_name", locale="de_DE", group="account"),
    ColumnInfo("memo_*", "identity", "text", why="free text"),
)
"""Columns of each kind, one of them with a name that tries to break out of a page."""


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
class FakeWorkbench:
    """The services of `pipeline.Workbench` as pages call them; `calls` keeps what they were asked.

    Accounts, sessions, tokens, the audit log and the table of runs are the real ones: SQL answers at once.
    """

    settings: Settings
    given_datasets: tuple[DatasetSpec, ...] = (STAFF, CARDS)
    given_models: tuple[Any, ...] = ()
    given_related_models: tuple[Any, ...] = ()
    given_runs: tuple[Any, ...] = ()
    evaluation: Evaluation = field(default_factory=make_evaluation)
    failure: WorkbenchError | None = None
    is_held: bool = False
    calls: list[Any] = field(default_factory=list)
    actor: Actor | None = None
    together: PrivacyFinding | None = None
    columns: tuple[ColumnInfo, ...] = LEDGER
    refused_change: str = ""
    rules: tuple[RuleInfo, ...] = ()
    given_sets: tuple[RelatedSchema, ...] = (BANK, SHOP)
    related_evidence: RelatedEvidence = field(default_factory=make_related_evidence)

    def __post_init__(self) -> None:
        self._stores = Stores(self.settings)

    @property
    def context(self) -> Context:
        """The real stores, for the acting user."""
        return Context(self.settings, self._stores, self.actor)

    def act_as(self, actor: Actor) -> FakeWorkbench:
        """Itself, with the actor noted."""
        self.actor = actor
        return self

    def require(self, role: AccountRole, use_case: str = "") -> None:
        """As the real one does."""
        self.context.require(role, use_case)

    @property
    def datasets(self) -> FakeDatasets:
        """The given datasets."""
        return FakeDatasets(self)

    @property
    def models(self) -> FakeModels:
        """The given models."""
        return FakeModels(self)

    @property
    def tables(self) -> None:
        """No page generates a table by itself."""

    @property
    def evidence(self) -> FakeEvidence:
        """The report of the tests of reports."""
        return FakeEvidence(self)

    @property
    def exports(self) -> FakeExports:
        """Names of formats as files."""
        return FakeExports(self)

    @property
    def bulk(self) -> BulkService:
        """The real one."""
        return BulkService(self.context, self.models, self.runs)

    @property
    def runs(self) -> FakeRuns:
        """The real table of runs."""
        return FakeRuns(self)

    @property
    def labels(self) -> LabelService:
        """The real one."""
        return LabelService(self.context, self.models, lambda: self.runs)

    @property
    def recipes(self) -> RecipeService:
        """The real one."""
        return RecipeService(self.context)

    @property
    def approvals(self) -> ApprovalService:
        """The real one."""
        return ApprovalService(self.context, self.runs)

    @property
    def sharing(self) -> SharingService:
        """The real one."""
        return SharingService(self.context, self.runs)

    @property
    def related(self) -> FakeRelated:
        """The given sets of tables."""
        return FakeRelated(self)

    @property
    def related_tables(self) -> FakeRelatedTables:
        """What is made of them."""
        return FakeRelatedTables(self)

    @property
    def account(self) -> AccountService:
        """The real one."""
        return AccountService(self.context)

    def carry_out(self, *_: Any) -> Any:
        """Refuse, since no page works by itself."""
        raise AssertionError("a page has done the work of a run by itself")


@dataclass
class FakeDatasets:
    """The given datasets."""

    owner: FakeWorkbench

    def list(self) -> tuple[DatasetSpec, ...]:
        """All of them."""
        return self.owner.given_datasets

    def list_modelled_columns(self, name: str) -> tuple[str, ...]:
        """Names of the modelled columns."""
        spec = next(one for one in self.owner.given_datasets if one.name == name)
        return tuple(column.name for column in spec.columns if column.role is Role.MODELLED)

    def add(
        self,
        name: str,
        files: Sequence[Path],
        metadata: Path | None = None,
        options: ReadOptions | None = None,
    ) -> DatasetSpec:
        """Note the files' contents; fail where that is wanted."""
        contents = [(file.name, file.read_bytes()) for file in files]
        self.owner.calls.append((name, contents, metadata, options))
        if not name:
            raise DataError("A dataset needs a name.", "give it one.")
        if self.owner.failure:
            raise self.owner.failure
        added = replace(CARDS, name=name, title=name.title())
        self.owner.given_datasets = (*self.owner.given_datasets, added)
        return added

    def preview(self, file: Path, options: ReadOptions) -> Preview:
        """The real one."""
        self.owner.calls.append(("preview", options))
        return preview_table(file, options=options)

    def list_sample_shares(self, name: str) -> dict[str, dict[str, float]]:
        """More men than women among the staff."""
        return {"gender": {"Female": 0.47, "Male": 0.53}} if name == STAFF.name else {}

    def list_kinds(self) -> tuple[str, ...]:
        """Three of them."""
        return ("categorical", "numerical", "person_name")

    def describe_columns(self, name: str) -> tuple[ColumnInfo, ...]:
        """The given columns, whatever the dataset."""
        return self.owner.columns

    def list_learned(self, name: str) -> Learned:
        """What becomes of the given columns."""
        names = {role: tuple(one.name for one in self.owner.columns if one.role == role) for role in Role}
        texts = tuple(one.name for one in self.owner.columns if one.kind == "text")
        derived = tuple(one for one in names[Role.IDENTITY] if one not in texts)
        return Learned(names[Role.MODELLED], derived, texts)

    def change_columns(
        self, name: str, changes: Sequence[str], is_dry_run: bool = False
    ) -> tuple[ColumnInfo, ...]:
        """Note the changes; refuse the one that is given as refused."""
        self.owner.calls.append(("check" if is_dry_run else "change", name, tuple(changes)))
        if self.owner.refused_change in changes:
            raise DataError('Column "amount_x" has values below 0.', "choose a smaller minimum.")
        return self.owner.columns

    def list_rules(self, name: str) -> tuple[RuleInfo, ...]:
        """The given rules that are kept."""
        return tuple(one for one in self.owner.rules if one.is_confirmed)

    def propose_rules(self, name: str) -> tuple[RuleInfo, ...]:
        """All of the given rules."""
        return self.owner.rules

    def change_rules(
        self, name: str, added: Sequence[str] = (), removed: Sequence[str] = ()
    ) -> tuple[RuleInfo, ...]:
        """Note the changes; refuse the one that is given as refused."""
        self.owner.calls.append(("change_rules", name, tuple(added), tuple(removed)))
        if self.owner.refused_change in added:
            raise DataError('The sample breaks "closed > opened" in 3 of 40 rows.', "correct the rule.")
        kept = [one for one in self.owner.rules if one.rule not in removed]
        self.owner.rules = (*kept, *(RuleInfo(text, True, 40) for text in added))
        return self.list_rules(name)

    def accept_rules(self, name: str) -> tuple[RuleInfo, ...]:
        """Keep all of the given rules."""
        self.owner.calls.append(("accept_rules", name))
        self.owner.rules = tuple(replace(one, is_confirmed=True) for one in self.owner.rules)
        return self.owner.rules

    def preview_rows(self, name: str, changes: Sequence[str] = (), rows: int = 10) -> pd.DataFrame:
        """As many rows, all alike."""
        self.owner.calls.append(("preview_rows", name, tuple(changes)))
        return pd.DataFrame({"amount": ["1.234,50"] * rows, "city": ["Köln"] * rows})

    def remove(self, name: str) -> None:
        """Forget one of the datasets."""
        self.owner.given_datasets = tuple(one for one in self.owner.given_datasets if one.name != name)


@dataclass
class FakeModels:
    """The given models."""

    owner: FakeWorkbench

    def list_synthesizers(self) -> tuple[str, ...]:
        """Three names."""
        return (AUTO, "ctgan", "autoregressive")

    def default_recipe(self, dataset: str | None = None, **changes: Any) -> Recipe:
        """The real one."""
        own = {one.name for one in self.owner.given_datasets if not one.is_builtin}
        return configure_recipe(self.owner.settings.training, dataset in own, **changes)

    def list(self) -> tuple[Any, ...]:
        """All of them."""
        return self.owner.given_models

    def list_related(self) -> tuple[Any, ...]:
        """All of several tables."""
        return self.owner.given_related_models

    def get(self, model_id: str) -> Any:
        """A model of that id."""
        return make_model(model_id).info

    def fingerprint(self, dataset: str) -> str:
        """The name of the dataset."""
        return dataset

    def compute_id(self, dataset: str, recipe: Recipe) -> str:
        """The real one, of a dataset whose name is its fingerprint."""
        return compute_model_id(dataset, recipe)

    def is_stored(self, model_id: str) -> bool:
        """Whether it is one of the given models."""
        return model_id in {one.info.id for one in self.owner.given_models}

    def delete(self, *model_ids: str) -> None:
        """Forget some of them."""
        owner = self.owner
        owner.given_models = tuple(one for one in owner.given_models if one.info.id not in model_ids)
        owner.given_related_models = tuple(
            one for one in owner.given_related_models if one.info.id not in model_ids
        )


@dataclass
class FakeEvidence:
    """The report of the tests of reports."""

    owner: FakeWorkbench

    def plot_columns(self, generation: Any) -> tuple[Any, ...]:
        """One chart."""
        self.owner.calls.append("plot")
        figure = {"data": [{"type": "bar", "x": ["Female", "Male"], "y": [0.5, 0.5]}], "layout": {}}
        return (SimpleNamespace(figure=figure, caption="Bars of equal height are alike."),)

    def report_model(
        self, model_id: str, is_full: bool, target: str | None, on_progress: OnProgress
    ) -> Report:
        """That report, with the model's id as its headline."""
        self.owner.calls.append(("report", model_id, is_full, target))
        on_progress(PartProgress(Stage.EVALUATE, part=Part.VALIDITY))
        return replace(make_report(), headline=f"About {model_id}.")

    def report_file(
        self,
        dataset: str,
        file: Path,
        as_of: date,
        holdout: Path | None,
        target: str | None,
        on_progress: OnProgress,
    ) -> Report:
        """The same with the file's name."""
        read = (file.read_bytes(), holdout.read_bytes() if holdout else None)
        self.owner.calls.append(("report", dataset, *read, as_of, target))
        on_progress(PartProgress(Stage.EVALUATE, part=Part.VALIDITY))
        return replace(make_report(), headline=f"About {file.name}.")

    def compare_reports(self, left: Report, right: Report, names: tuple[str, str]) -> Table:
        """The real table."""
        return compare_reports(left, right, names)

    def draw_together(
        self, left: Report, right: Report, names: tuple[str, str], part: str
    ) -> tuple[Block, ...]:
        """The names as a table, and three charts in a line."""
        drawings = [
            block for section in left.sections for block in section.blocks if isinstance(block, Drawings)
        ]
        line = Drawings(drawings[0].charts[:1] * 3, heading=f"{part} together")
        return Table((part, *names), ((part, "0.9", "0.8"),)), line

    def render(self, report: Report, fmt: ReportFormat) -> bytes:
        """The name of the format."""
        return fmt.value.encode()


@dataclass
class FakeExports:
    """Names of formats as files."""

    owner: FakeWorkbench

    def prepare(self, generation: Any, fmt: str) -> Any:
        """The name of the format as content."""
        self.owner.calls.append(("export", fmt))
        return SimpleNamespace(content=fmt.encode(), manifest={"file": fmt, "note": "été"})

    def preview(self, generation: Any, rows: int) -> dict[str, Any]:
        """The first rows as text."""
        return {column.name: column.texts for column in read_columns(generation.table.head(rows))}

    def check(self, generation: Any) -> ExportCheck:
        """What the evidence says."""
        return check_export(generation.evaluation)

    def conclude(self, generation: Any) -> tuple[Headline, ExportCheck]:
        """What the evidence says, and the approvals of a table of the given digest."""
        headline, check = compute_headline(generation.evaluation), check_export(generation.evaluation)
        name, approvals = generation.spec.name, self.owner.context.stores.approvals
        is_released = any(one.state == "released" for one in approvals.list(name, TABLE_SHA256))
        if approvals.is_required(name) and not is_released:
            check = replace(check, obstacles=(*check.obstacles, f"{name} requires approval."))
            headline = wait(headline, "ask for it on its run.")
        return headline, check

    def bundle(self, generation: Any, fmt: str) -> Any:
        """The name of the format as content."""
        self.owner.calls.append(("bundle", fmt))
        return SimpleNamespace(content=f"zip of {fmt}".encode())

    def compare_all(self, dataset: str) -> PrivacyFinding | None:
        """The given finding."""
        return self.owner.together

    def render_manifest(self, export: Any) -> bytes:
        """The real content."""
        return format_manifest(export)

    def record_download(self, generation: Any, export: Any, what: str) -> None:
        """Note what left."""
        self.owner.calls.append(("download", what))


def make_run(run_id: str, kind: RunKind, status: RunStatus = RunStatus.DONE, model: str | None = "m1") -> Any:
    """A run as lists show it."""
    is_training = kind is RunKind.TRAIN
    order = TrainOrder("staff", Recipe()) if is_training else GenerateOrder("staff", 2_000, seed=7)
    return SimpleNamespace(
        id=run_id, kind=kind, status=status, dataset="staff", model=model, epoch=9, epochs=70,
        order=order, created_at=datetime(2026, 3, 1, 12, tzinfo=UTC), quality=0.9, title=None, tags=(),
        is_shared=False, figure=Figure(0.9), result=None, verdict=None,
    )  # fmt: skip


@cache
def make_report() -> Report:
    """A report with every part, on names that try to break out of a page."""
    return compute_report(make_subject())


def make_fitted(recipe: Recipe, **changes: Any) -> Any:
    """The stored model that a recipe gives for the staff."""
    return make_model(compute_model_id("staff", settle_device(recipe)), recipe=recipe, **changes)


def make_model(model_id: str, recipe: Recipe = _HOUSE, **changes: Any) -> Any:
    """A stored model as lists show it."""
    values = {
        "id": model_id,
        "dataset": "staff",
        "dataset_fingerprint": "staff",
        "recipe": recipe,
        "epochs_trained": recipe.epochs,
        "training_rows": 2_000,
        "created_at": "2026-03-01T12:00:00+00:00",
        "seconds": 61.2,
        "initial_rows": 2_000,
        "quality": 0.93,
        "figure": Figure(0.93, 0.861, 0.951),
        "was_stopped": False,
        "choice": None,
        "refinement": None,
        "treatments": (
            ColumnPlan("state", Treatment.FOLDED, 51, 47, "4 rare categories are never reproduced"),
            ColumnPlan("gender", Treatment.VALUES, 2, 2, "2 categories"),
        ),
    }
    info = SimpleNamespace(**{**values, **changes})
    return SimpleNamespace(info=info, size_bytes=1_500_000)
