"""Evidence: tables measured against a dataset, and what is shown and written of it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

from pipeline import exporters
from pipeline.access.accounts import AccountRole
from pipeline.access.audit import AuditEvent
from pipeline.datasets import features
from pipeline.errors import DataError
from pipeline.evaluation.evaluate import OnStage, evaluate_fully, ignore_stage
from pipeline.evaluation.reference import Reference
from pipeline.evaluation.results import Evaluation
from pipeline.generation.assessment import assess_file, assess_generation, plan_report
from pipeline.generation.paths import find_as_of
from pipeline.generation.request import Generation
from pipeline.reports import Report, ReportFormat, Subject, compute_report, render_report
from pipeline.reports.charts import Chart, plot_column
from pipeline.workbench.context import needs
from pipeline.workbench.datasets import Holdings


class EvidenceDesk(Holdings):
    """What one actor can find out about tables, their own or anybody's."""

    @needs(AccountRole.VIEWER)
    def plot_columns(self, generation: Generation) -> tuple[Chart, ...]:
        """Real against synthetic, one chart for each modelled column."""
        reference = self._reference_of(generation)
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
        on_stage: OnStage = ignore_stage,
    ) -> Evaluation:
        """Measure any table with a dataset's columns against it, as `assess` does; the numbers alone."""
        return self.assess(dataset, file, as_of, holdout, target, on_stage).evaluation

    @needs(AccountRole.ANALYST)
    def assess(
        self,
        dataset: str,
        file: Path,
        as_of: date | None = None,
        holdout: Path | None = None,
        target: str | None = None,
        on_stage: OnStage = ignore_stage,
    ) -> Subject:
        """Measure any table with a dataset's columns against it, with everything that can be measured.

        Real rows in `holdout` replace the rows that the dataset keeps back; `target` is the modelled
        column that a model learns to predict from synthetic and from real rows.

        Ages and expiries count from `as_of`, else from the date in the manifest beside the file, else
        from today. No viewer may do so: the numbers tell which of the table's values are in the sample.
        """
        found = self._catalog.get(dataset)
        reference = self._library.obtain_reference(found)
        when = as_of or find_as_of(file) or date.today()
        features.check_as_of(when)
        # First, because a refusal tells something of the sample too.
        self._record(AuditEvent.EVALUATED, dataset, as_of=when.isoformat())
        return assess_file(found, reference, file, when, self.settings.identity, holdout, target, on_stage)

    @needs(AccountRole.VIEWER)
    def examine(
        self, generation: Generation, target: str | None = None, on_stage: OnStage = ignore_stage
    ) -> Generation:
        """The same table with everything measured, as `assess` does: up to a minute."""
        measured = evaluate_fully(
            self._reference_of(generation),
            generation.table,
            generation.modelled,
            generation.as_of,
            generation.order.options,
            target,
            on_stage,
        )
        self._record(AuditEvent.EVALUATED, generation.spec.name, model=generation.model.id)
        return replace(generation, evaluation=measured)

    @needs(AccountRole.VIEWER)
    def describe(self, generation: Generation) -> Subject:
        """A generated table with its evidence, as reports take it."""
        return assess_generation(generation, self._reference_of(generation))

    @needs(AccountRole.VIEWER)
    def report(self, subject: Subject, fmt: ReportFormat) -> bytes:
        """A report as the content of a file: HTML, Word or JSON."""
        return self.render(compute_report(subject), fmt)

    @needs(AccountRole.VIEWER)
    def render(self, report: Report, fmt: ReportFormat) -> bytes:
        """A report that is at hand as the content of a file, recorded as a download."""
        content = render_report(report, fmt)
        self._record(
            AuditEvent.DOWNLOADED,
            report.dataset,
            format=f"{fmt.value} report",
            as_of=report.as_of.isoformat(),
            sha256=hashlib.sha256(content).hexdigest(),
        )
        return content

    @needs(AccountRole.ANALYST)
    def save_report(self, subject: Subject, path: Path) -> None:
        """Write a report, whole or not at all; the ending of `path` names the format."""
        exporters.write_atomically(path, self.report(subject, plan_report(path)))

    @needs(AccountRole.ANALYST)
    def inspect_file(
        self,
        dataset: str,
        file: Path,
        as_of: date,
        holdout: Path | None = None,
        target: str | None = None,
        on_stage: OnStage = ignore_stage,
    ) -> Report:
        """The report on a table from anywhere, from memory where the same content was measured before."""
        # Names too, since the report tells both.
        tables = [(one.name, hashlib.sha256(one.read_bytes()).hexdigest()) for one in (file, holdout) if one]
        fingerprint = self._catalog.get(dataset).fingerprint

        def measure() -> Report:
            return compute_report(self.assess(dataset, file, as_of, holdout, target, on_stage))

        return self._remember(("file", fingerprint, as_of, target, *tables), measure)

    def _inspect(
        self,
        make: Callable[[], Generation],
        key: tuple[object, ...],
        is_full: bool,
        target: str | None,
        on_stage: OnStage,
    ) -> Report:
        """The report on a table that `make` gives and `key` names, made only where none is at hand."""

        def measure() -> Report:
            generation = make()
            measured = self.examine(generation, target, on_stage) if is_full else generation
            return compute_report(self.describe(measured))

        return self._remember((*key, is_full, target if is_full else None), measure)

    def _remember(self, key: tuple[object, ...], measure: Callable[[], Report]) -> Report:
        name = hashlib.sha256(repr(key).encode()).hexdigest()
        return self._library.obtain_report(name, measure)

    def _reference_of(self, generation: Generation) -> Reference:
        """The real rows that a table was learned from; DataError where the dataset is another one now."""
        dataset = self._catalog.get(generation.spec.name)
        if dataset.fingerprint != generation.model.dataset_fingerprint:
            raise DataError(
                f'The dataset "{dataset.spec.name}" has changed since this table was generated.',
                "generate the table again.",
            )
        return self._library.obtain_reference(dataset)
