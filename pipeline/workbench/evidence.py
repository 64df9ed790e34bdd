"""The use cases of evidence: tables measured against a dataset, and what is shown and written of it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline import exporters
from pipeline.access.accounts import AccountRole
from pipeline.access.audit import AuditEvent
from pipeline.datasets import features
from pipeline.errors import DataError
from pipeline.generation.manifest import find_as_of
from pipeline.generation.orders import GenerateOrder
from pipeline.generation.results import compute_table_digest
from pipeline.generation.subjects import describe_generation, evaluate_file, plan_report
from pipeline.reports import (
    Block,
    Report,
    ReportFormat,
    Subject,
    Table,
    compare_reports,
    compute_report,
    draw_together,
    render_report,
)
from pipeline.reports.charts import Chart, plot_column
from pipeline.workbench.apart import apart
from pipeline.workbench.context import Context, needs
from pipeline.workbench.kept_evidence import obtain_evaluation
from pipeline.workbench.tables import TableService

if TYPE_CHECKING:
    from pipeline.evaluation.reference import Reference
    from pipeline.evaluation.results import Evaluation
    from pipeline.generation.results import Generation
    from pipeline.progress import OnProgress


class EvidenceService:
    """Evaluations and reports of tables for one actor."""

    def __init__(self, context: Context, tables: TableService) -> None:
        self.context = context
        self._tables = tables

    @needs(AccountRole.VIEWER)
    @apart
    def plot_columns(self, generation: Generation) -> tuple[Chart, ...]:
        """Real against synthetic, one chart for each modelled column."""
        reference = self.reference_of(generation)
        return tuple(
            plot_column(
                column.name, column.kind, reference.training[column.name], generation.modelled[column.name]
            )
            for column in reference.columns
        )

    @needs(AccountRole.ANALYST)
    def evaluate(
        self,
        dataset: str,
        file: Path,
        as_of: date | None = None,
        holdout: Path | None = None,
        target: str | None = None,
        on_progress: OnProgress | None = None,
    ) -> Subject:
        """Measure any table with a dataset's columns against it, with everything that can be measured.

        Real rows in `holdout` replace the rows that the dataset keeps back; `target` is the modelled
        column that a model learns to predict from synthetic and from real rows.

        Ages and expiries count from `as_of`, else from the date in the manifest beside the file, else
        from today. No viewer may do so: the numbers show which of the table's values are in the sample.
        """
        found = self.context.stores.catalog.get(dataset)
        reference = self.context.stores.library.obtain_reference(found)
        when = as_of or find_as_of(file) or self.context.clock()
        features.check_as_of(when)
        # First, because a refusal reveals something of the sample too.
        self.context.record(AuditEvent.EVALUATED, dataset, as_of=when.isoformat())
        options = self.context.settings.identity

        def obtain(measure: Callable[[], Evaluation]) -> Evaluation:
            # Called once the files have been read, so that one that cannot be is named as such.
            tables = [_hash(one) for one in (file, holdout) if one]
            content = ("file", found.fingerprint, *tables, when, target, options)
            return obtain_evaluation(self.context.stores.cache, content, measure)

        return evaluate_file(found, reference, file, when, options, holdout, target, on_progress, obtain)

    @needs(AccountRole.VIEWER)
    def evaluate_fully(
        self, generation: Generation, target: str | None = None, on_progress: OnProgress | None = None
    ) -> Generation:
        """The same table with everything measured, as `evaluate` does, beyond what it has: up to a minute."""
        from pipeline.evaluation.evaluate import extend_evaluation

        reference = self.reference_of(generation)
        measured = obtain_evaluation(
            self.context.stores.cache,
            self._name_content(generation, target),
            lambda: extend_evaluation(
                reference, generation.evaluation, generation.modelled, target, on_progress
            ),
        )
        self.context.record(AuditEvent.EVALUATED, generation.spec.name, model=generation.model.id)
        return replace(generation, evaluation=measured)

    @needs(AccountRole.VIEWER)
    def describe(self, generation: Generation) -> Subject:
        """A generated table with its evidence, as reports take it."""
        return describe_generation(generation, self.reference_of(generation))

    @needs(AccountRole.VIEWER)
    def report(self, subject: Subject, fmt: ReportFormat) -> bytes:
        """A report as the content of a file: HTML, Word or JSON."""
        return self.render(compute_report(subject), fmt)

    @needs(AccountRole.VIEWER)
    @apart
    def render(self, report: Report, fmt: ReportFormat) -> bytes:
        """A report that was already made, as the content of a file, recorded as a download."""
        content = render_report(report, fmt)
        self.context.record(
            AuditEvent.DOWNLOADED,
            report.dataset,
            format=f"{fmt.value} report",
            as_of=report.as_of.isoformat(),
            sha256=hashlib.sha256(content).hexdigest(),
        )
        return content

    @needs(AccountRole.VIEWER)
    def compare_reports(self, left: Report, right: Report, names: tuple[str, str]) -> Table:
        """The main scores of two reports under their names, and how much the second has more."""
        return compare_reports(left, right, names)

    @needs(AccountRole.VIEWER)
    def draw_together(
        self, left: Report, right: Report, names: tuple[str, str], part: str
    ) -> tuple[Block, ...]:
        """The real rows and both tables in the same charts, for the parts columns and pairs of reports."""
        return draw_together(left, right, names, part)

    @needs(AccountRole.VIEWER)
    def plan_report(self, path: Path) -> ReportFormat:
        """The format of a report at `path`; DataError before anything slow where it cannot be written."""
        return plan_report(path)

    @needs(AccountRole.ANALYST)
    def save_report(self, subject: Subject, path: Path) -> None:
        """Write a report, whole or not at all; the ending of `path` names the format."""
        exporters.write_atomically(path, self.report(subject, plan_report(path)))

    @needs(AccountRole.ANALYST)
    def report_model(
        self,
        model_id: str,
        is_full: bool = False,
        target: str | None = None,
        on_progress: OnProgress | None = None,
    ) -> Report:
        """The report on a sample of a stored model: the fewest rows of a request, seed 0, as of today."""
        return self.report_sample(model_id, is_full, target, on_progress)

    @needs(AccountRole.ANALYST)
    def report_file(
        self,
        dataset: str,
        file: Path,
        as_of: date,
        holdout: Path | None = None,
        target: str | None = None,
        on_progress: OnProgress | None = None,
    ) -> Report:
        """The report on a table from anywhere, from memory where the same content was measured before."""
        # Names too, since the report shows both.
        tables = [(one.name, _hash(one)) for one in (file, holdout) if one]
        fingerprint = self.context.stores.catalog.get(dataset).fingerprint

        measure = partial(self.measure_file, dataset, file, as_of, holdout, target, on_progress)
        return self._remember(("file", fingerprint, as_of, target, *tables), measure)

    @needs(AccountRole.ANALYST)
    @apart
    def measure_file(
        self,
        dataset: str,
        file: Path,
        as_of: date,
        holdout: Path | None = None,
        target: str | None = None,
        on_progress: OnProgress | None = None,
    ) -> Report:
        """The same report, made now."""
        return compute_report(self.evaluate(dataset, file, as_of, holdout, target, on_progress))

    @needs(AccountRole.VIEWER)
    def report_sample(
        self,
        model_id: str,
        is_full: bool = False,
        target: str | None = None,
        on_progress: OnProgress | None = None,
    ) -> Report:
        """The same report, for the owner of the training run as well, who may be a viewer by now."""
        library = self.context.stores.library
        library.fetch_model(model_id)
        order = GenerateOrder(
            library.store.get_info(model_id).dataset,
            self.context.settings.rows.minimum,
            as_of=self.context.clock(),
        )
        key = ("model", model_id, order.rows, order.as_of)
        measure = partial(self.measure_sample, order, model_id, is_full, target, on_progress)
        return self.remember(key, is_full, target, measure)

    @needs(AccountRole.VIEWER)
    @apart
    def measure_sample(
        self,
        order: GenerateOrder,
        model_id: str,
        is_full: bool = False,
        target: str | None = None,
        on_progress: OnProgress | None = None,
    ) -> Report:
        """The report on a table of a stored model, made now."""
        generation = self._tables.sample_model(order, model_id, on_progress)
        return self.report_table(generation, is_full, target, on_progress)

    @needs(AccountRole.VIEWER)
    def remember(
        self, key: tuple[object, ...], is_full: bool, target: str | None, measure: Callable[[], Report]
    ) -> Report:
        """The report on the table that `key` names, measured only where none is in memory."""
        return self._remember((*key, is_full, target if is_full else None), measure)

    @needs(AccountRole.VIEWER)
    def report_table(
        self, generation: Generation, is_full: bool, target: str | None, on_progress: OnProgress | None
    ) -> Report:
        """The report on a generated table."""
        measured = self.evaluate_fully(generation, target, on_progress) if is_full else generation
        return compute_report(self.describe(measured))

    def _name_content(self, generation: Generation, target: str | None) -> tuple[object, ...]:
        fingerprint, options = generation.model.dataset_fingerprint, self.context.settings.identity
        rows = compute_table_digest(generation.table)
        return ("table", fingerprint, generation.model.id, rows, generation.as_of, target, options)

    def _remember(self, key: tuple[object, ...], measure: Callable[[], Report]) -> Report:
        name = hashlib.sha256(repr(key).encode()).hexdigest()
        return self.context.stores.library.obtain_report(name, measure)

    @needs(AccountRole.VIEWER)
    def reference_of(self, generation: Generation) -> Reference:
        """The real rows that a table was learned from; DataError where the dataset is another one now."""
        dataset = self.context.stores.catalog.get(generation.spec.name)
        if dataset.fingerprint != generation.model.dataset_fingerprint:
            raise DataError(
                f'The dataset "{dataset.spec.name}" has changed since this table was generated.',
                "generate the table again.",
            )
        return self.context.stores.library.obtain_reference(dataset)


def _hash(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
