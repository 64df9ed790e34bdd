"""The use cases of programs: a table as a file with its evidence, or the evidence of a table, in one step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Protocol

from pipeline.access.accounts import AccountRole
from pipeline.generation.orders import GenerateOrder
from pipeline.workbench.apart import apart
from pipeline.workbench.context import Context, needs

if TYPE_CHECKING:
    from pipeline.generation.manifest import Export
    from pipeline.generation.related.files import SetExport
    from pipeline.generation.results import Generation
    from pipeline.progress import OnProgress
    from pipeline.reports import ReportFormat
    from pipeline.runs.orders import EvaluateOrder
    from pipeline.workbench.exports import ExportService
    from pipeline.workbench.related_tables import RelatedTableService
    from pipeline.workbench.runs import RunService
    from pipeline.workbench.tables import TableService


@dataclass(frozen=True)
class TableAnswer:
    """A table as a file, its model, its date, and how many columns were learned."""

    file: Export
    model: str
    as_of: date
    learned: str


@dataclass(frozen=True)
class SetAnswer:
    """Several tables as a file, their model, their date, and the headline of their evidence."""

    file: SetExport
    model: str
    as_of: date
    headline: dict[str, Any]


class Services(Protocol):
    """The services whose use cases follow each other here."""

    @property
    def tables(self) -> TableService:
        """Plans files."""
        ...

    @property
    def runs(self) -> RunService:
        """Does orders, and opens what was made."""
        ...

    @property
    def exports(self) -> ExportService:
        """Writes files."""
        ...

    @property
    def related_tables(self) -> RelatedTableService:
        """The same for several tables."""
        ...


class AnswerService:
    """What one request is answered with: nothing but the answer itself is handed on from step to step."""

    def __init__(self, context: Context, services: Services) -> None:
        self.context = context
        self._services = services

    @needs(AccountRole.ANALYST)
    @apart
    def make_table(
        self,
        order: GenerateOrder,
        fmt: str,
        reports: Sequence[ReportFormat] | None = None,
        on_progress: OnProgress | None = None,
    ) -> TableAnswer:
        """Do an order as `runs.perform` does, and export its table; with `reports` as a bundle."""
        self._services.tables.prepare_export(order, fmt, None)
        generation = self._services.runs.perform(order, on_progress)
        return self._export(generation, fmt, reports)

    @needs(AccountRole.VIEWER)
    @apart
    def open_table(
        self, run_id: str, fmt: str | None = None, reports: Sequence[ReportFormat] | None = None
    ) -> TableAnswer:
        """The table of a finished run, in the format of its order where none is named."""
        generation, order = self._services.runs.open(run_id), self._services.runs.get(run_id).order
        made_as = order.format if isinstance(order, GenerateOrder) else None
        return self._export(generation, fmt or made_as or "csv", reports)

    @needs(AccountRole.ANALYST)
    @apart
    def evaluate(self, order: EvaluateOrder, on_progress: OnProgress | None = None) -> dict[str, Any]:
        """Measure a table as `runs.perform` does; everything that was measured as plain values."""
        evidence: dict[str, Any] = self._services.runs.perform(order, on_progress).as_dict()
        return evidence

    @needs(AccountRole.VIEWER)
    @apart
    def open_set(self, run_id: str, fmt: str | None, dialect: str | None = None) -> SetAnswer:
        """The tables of a finished run in one file."""
        tables = self._services.related_tables
        generation = tables.open(run_id)
        export = tables.export(generation, tables.plan_download(generation, fmt, dialect))
        headline = tables.compare(generation).evidence.headline.as_dict()
        return SetAnswer(export, generation.model.id, generation.as_of, headline)

    def _export(
        self, generation: Generation, fmt: str, reports: Sequence[ReportFormat] | None
    ) -> TableAnswer:
        exports = self._services.exports
        file = (
            exports.export(generation, fmt) if reports is None else exports.bundle(generation, fmt, reports)
        )
        return TableAnswer(file, generation.model.id, generation.as_of, generation.learned.count)
