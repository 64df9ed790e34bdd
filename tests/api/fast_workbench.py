"""The real workbench, roles, audit log and stores included, whose slow steps answer at once."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd

from pipeline.access.accounts import AccountRole, Actor
from pipeline.datasets.columns import Learned
from pipeline.evaluation.as_json import as_dict
from pipeline.exporters import pack_files, parse_format
from pipeline.generation.manifest import BUNDLE_MIME, Export, name_files
from pipeline.generation.orders import GenerateOrder
from pipeline.generation.results import Training
from pipeline.progress import OnProgress, Part, PartProgress, Progress, Signal, Stage, announce, tell
from pipeline.reports import ReportFormat
from pipeline.synthesizers.recipe import Recipe
from pipeline.workbench.context import needs
from pipeline.workbench.evidence import EvidenceService
from pipeline.workbench.exports import ExportService
from pipeline.workbench.models import ModelService
from pipeline.workbench.tables import TableService
from pipeline.workbench.workbench import Workbench
from tests.pages.fake_workbench import make_evaluation
from tests.unit.reports.report_case import make_subject

MODEL = "3f2a9c41d07b"
CONTENT = b"name,gender\nAda,Female\n" * 10_000


@dataclass
class Script:
    """What the slow steps do: wait at a barrier, fail, and note what they were asked."""

    may_end: threading.Event = field(default_factory=threading.Event)
    has_begun: threading.Event = field(default_factory=threading.Event)
    failure: Exception | None = None
    was_stopped: bool = False
    orders: list[Any] = field(default_factory=list)

    def play(self, on_progress: OnProgress | None) -> None:
        """Report once, wait for leave to end, report again; end sooner where the answer is to stop."""
        for epoch in (35, 70):
            report = Progress(Stage.TRAIN, epoch, 70, 1.0, {"loss": float("nan")}, 0.9)
            if on_progress and on_progress(report) is Signal.STOP:
                self.was_stopped = True
                return
            self.has_begun.set()
            assert self.may_end.wait(300)
        if self.failure:
            raise self.failure


class FastModels(ModelService):
    """Trains nothing."""

    script: Script

    @needs(AccountRole.ANALYST)
    def train(
        self, dataset: str, recipe: Recipe | None = None, on_progress: OnProgress | None = None
    ) -> Training:
        """A training of two reports."""
        self.script.orders.append((dataset, recipe))
        self.script.play(on_progress)
        return Training(MODEL, "ctgan", 70, 1.5, False, was_stopped=self.script.was_stopped)


class FastTables(TableService):
    """Generates nothing."""

    script: Script

    @needs(AccountRole.ANALYST)
    def generate(self, order: GenerateOrder, on_progress: OnProgress | None = None) -> Any:
        """A generation with an id, a table and a date."""
        self.script.orders.append(order)
        self.script.play(on_progress)
        announce(on_progress, Stage.SAMPLE)
        return SimpleNamespace(
            model=SimpleNamespace(id=MODEL),
            table=pd.DataFrame({"name": ["Ada"]}),
            rows=order.rows,
            seed=order.seed,
            as_of=order.as_of or date(2026, 1, 31),
            seconds={},
            reused=False,
            evaluation=make_evaluation(),
            learned=Learned(("sex", "age"), ("name",), ()),
        )


class FastExports(ExportService):
    """The same bytes for every table."""

    @needs(AccountRole.VIEWER)
    def export(self, generation: Any, fmt: str, filename: str | None = None) -> Export:
        """The same bytes in every format."""
        chosen = parse_format(fmt)
        manifest = {"rows": 10_000, "evidence": as_dict(make_evaluation()), "warnings": None}
        return Export(CONTENT, f"table{chosen.suffix}", chosen.mime, manifest, 0.1)

    @needs(AccountRole.VIEWER)
    def bundle(
        self, generation: Any, fmt: str, reports: Sequence[ReportFormat] = (), filename: str | None = None
    ) -> Export:
        """The same bytes, with the names of the reports as their content."""
        export = self.export(generation, fmt)
        files = name_files(export, {report: report.value.encode() for report in reports})
        return replace(export, content=pack_files(files), filename=f"{export.filename}.zip", mime=BUNDLE_MIME)


class FastEvidence(EvidenceService):
    """Measures nothing."""

    script: Script

    @needs(AccountRole.ANALYST)
    def evaluate(
        self,
        dataset: str,
        file: Path,
        as_of: date | None = None,
        holdout: Path | None = None,
        target: str | None = None,
        on_progress: OnProgress | None = None,
    ) -> Any:
        """The same evidence for every table with a dataset, after a stage that waits for leave to end."""
        self.context.stores.catalog.get(dataset)
        read = [one.read_bytes() if one else None for one in (file, holdout)]
        self.script.orders.append((dataset, file.name, *read, as_of, target))
        self.script.has_begun.set()
        assert self.script.may_end.wait(300)
        tell(on_progress, PartProgress(Stage.EVALUATE, part=Part.VALIDITY))
        return replace(make_subject(), evaluation=make_evaluation())


class FastWorkbench(Workbench):
    """Trains, generates and measures nothing."""

    script: Script

    def act_as(self, actor: Actor) -> FastWorkbench:
        """The same with the same script."""
        other = super().act_as(actor)
        other.script = self.script
        return other

    @cached_property
    def models(self) -> ModelService:
        """Trains nothing."""
        return self._script(FastModels(self.context))

    @cached_property
    def tables(self) -> TableService:
        """Generates nothing."""
        return self._script(FastTables(self.context, self.models))

    @cached_property
    def evidence(self) -> EvidenceService:
        """Measures nothing."""
        return self._script(FastEvidence(self.context, self.tables))

    @cached_property
    def exports(self) -> ExportService:
        """The same bytes for every table."""
        return FastExports(self.context, self.evidence)

    def _script(self, service: Any) -> Any:
        service.script = self.script
        return service
