"""The use cases, and the one door to them: pages, command line, API and notebooks all come through here."""

from __future__ import annotations

import json
import time
from datetime import date
from pathlib import Path

from pipeline import exporters, features
from pipeline.access import needs
from pipeline.assessments import assess_file, assess_generation, plan_report
from pipeline.charts import Chart, plot_column
from pipeline.dataset import DatasetSpec
from pipeline.errors import DataError
from pipeline.evaluation.evaluate import evaluate_table
from pipeline.evaluation.gate import judge_export, require_exportable
from pipeline.evaluation.reference import Reference
from pipeline.evaluation.results import Evaluation
from pipeline.given_shares import check_shares
from pipeline.holdings import Holdings
from pipeline.library import Stopwatch
from pipeline.model import SampleRequest, announce, compute_model_id
from pipeline.report import ReportFormat, Subject, compute_report, render_report
from pipeline.requests import (
    Export,
    ExportTarget,
    GenerateRequest,
    Generation,
    Training,
    compute_filename,
    compute_manifest,
    read_as_of,
)
from pipeline.store.accounts import AccountRole
from pipeline.store.audit import AuditEvent, Detail
from pipeline.synthesizers.device import settle_device
from pipeline.synthesizers.protocol import OnProgress, Stage
from pipeline.synthesizers.recipe import Recipe
from pipeline.targets import name_manifest, plan_target, prepare_state


class Workbench(Holdings):
    """What one actor can do: manage datasets, train, generate, evaluate, export."""

    @needs(AccountRole.ANALYST)
    def train(
        self, dataset: str, recipe: Recipe | None = None, on_progress: OnProgress | None = None
    ) -> Training:
        """Fit a model, or find the one that an equal request has fitted."""
        recipe = recipe or self.default_recipe()
        watch = Stopwatch(time.perf_counter)
        prepare_state(self.settings.state_folder)
        model, reused = self._obtain_model(self._catalog.get(dataset), recipe, on_progress)
        watch.lap("train")
        info = model.info
        return Training(
            model=info.id,
            synthesizer=recipe.synthesizer,
            epochs=info.epochs_trained,
            seconds=watch.seconds["train"],
            reused=reused,
            treatments=info.treatments,
            was_stopped=info.was_stopped,
        )

    @needs(AccountRole.ANALYST)
    def generate(self, request: GenerateRequest, on_progress: OnProgress | None = None) -> Generation:
        """Train where needed, sample a whole table and measure it; only a fitted model is written."""
        self._check_rows(request.rows)
        features.check_as_of(request.as_of or date.today())
        dataset = self._catalog.get(request.dataset)
        reference = self._library.obtain_reference(dataset)
        order = self._order(request, dataset.spec, reference)
        check_shares(order.shares, reference)
        prepare_state(self.settings.state_folder)
        watch = Stopwatch(time.perf_counter)
        recipe = request.recipe or self.default_recipe()
        model, reused = self._obtain_model(dataset, recipe, on_progress)
        watch.lap("train")
        kept = f"model {model.info.id} is kept"
        announce(on_progress, Stage.SAMPLE, kept)
        sample = model.sample(order)
        watch.lap("sample")
        announce(on_progress, Stage.EVALUATE, kept)
        measured = evaluate_table(
            reference, sample.table, sample.modelled, order.as_of, order.options, watch.lap
        )
        generation = Generation(
            spec=dataset.spec,
            model=model.info,
            sample=sample,
            order=order,
            evaluation=measured,
            seconds=watch.seconds,
            reused=reused,
        )
        self._record(AuditEvent.TABLE_GENERATED, dataset.spec.name, **_outline(generation))
        return generation

    @needs(AccountRole.VIEWER)
    def plot_columns(self, generation: Generation) -> tuple[Chart, ...]:
        """Real against synthetic, one chart for each modelled column."""
        reference = self._library.obtain_reference(self._catalog.get(generation.spec.name))
        return tuple(
            plot_column(
                column.name, column.kind, reference.training[column.name], generation.modelled[column.name]
            )
            for column in reference.columns
        )

    @needs(AccountRole.VIEWER)
    def export(self, generation: Generation, fmt: str, filename: str | None = None) -> Export:
        """The table as a file in memory, with its manifest; an invalid table or a leak stops it."""
        chosen = exporters.parse_format(fmt)
        require_exportable(generation.evaluation)
        watch = Stopwatch(time.perf_counter)
        content = exporters.export_table(generation.table, chosen, generation.provenance)
        watch.lap("export")
        name = filename or f"{generation.filename}{chosen.suffix}"
        manifest = compute_manifest(generation, name, content, self.actor.name)
        export = Export(content, name, chosen.mime, manifest, watch.seconds["export"])
        self._record(
            AuditEvent.DOWNLOADED,
            generation.spec.name,
            **_outline(generation),
            format=chosen.value,
            sha256=export.sha256,
            findings=len(judge_export(generation.evaluation).warnings),
        )
        return export

    @needs(AccountRole.ANALYST)
    def plan_export(self, request: GenerateRequest, fmt: str | None, out: Path | None) -> ExportTarget:
        """Decide where a request's file goes, before anything slow is done; DataError where it cannot."""
        self._check_rows(request.rows)
        features.check_as_of(request.as_of or date.today())
        dataset = self._catalog.get(request.dataset)
        recipe = settle_device(request.recipe or self.default_recipe())
        model = compute_model_id(dataset.fingerprint, recipe)
        as_of = request.as_of or date.today()
        name = compute_filename(dataset.spec.name, request.rows, request.seed, as_of, model)
        return plan_target(self.settings.state_folder, dataset.spec, name, fmt, out)

    @needs(AccountRole.ANALYST)
    def save(self, generation: Generation, fmt: str, path: Path) -> Export:
        """Write the table to `path` and its manifest beside it: both, or neither."""
        export = self.export(generation, fmt, path.name)
        manifest = json.dumps(export.manifest, indent=2, ensure_ascii=False) + "\n"
        exporters.write_together({path: export.content, name_manifest(path): manifest.encode()})
        return export

    def evaluate(
        self,
        dataset: str,
        file: Path,
        as_of: date | None = None,
        holdout: Path | None = None,
        target: str | None = None,
    ) -> Evaluation:
        """Measure any table with a dataset's columns against it, as `assess` does; the numbers alone."""
        return self.assess(dataset, file, as_of, holdout, target).evaluation

    @needs(AccountRole.VIEWER)
    def assess(
        self,
        dataset: str,
        file: Path,
        as_of: date | None = None,
        holdout: Path | None = None,
        target: str | None = None,
    ) -> Subject:
        """Measure any table with a dataset's columns against it, with everything that can be measured.

        Real rows in `holdout` replace the rows that the dataset keeps back; `target` is the modelled
        column that a model learns to predict from synthetic and from real rows.

        Ages and expiries count from `as_of`, else from the date in the manifest beside the file, else
        from today.
        """
        found = self._catalog.get(dataset)
        reference = self._library.obtain_reference(found)
        when = as_of or read_as_of(name_manifest(file)) or date.today()
        features.check_as_of(when)
        assessed = assess_file(found, reference, file, when, self.settings.identity, holdout, target)
        self._record(AuditEvent.EVALUATED, dataset, as_of=when.isoformat())
        return assessed

    @needs(AccountRole.VIEWER)
    def describe(self, generation: Generation) -> Subject:
        """A generated table with its evidence, as reports take it."""
        reference = self._library.obtain_reference(self._catalog.get(generation.spec.name))
        return assess_generation(generation, reference)

    @needs(AccountRole.VIEWER)
    def report(self, subject: Subject, fmt: ReportFormat) -> bytes:
        """A report as the content of a file: HTML, Word or JSON."""
        return render_report(compute_report(subject), fmt)

    @needs(AccountRole.ANALYST)
    def save_report(self, subject: Subject, path: Path) -> None:
        """Write a report, whole or not at all; the ending of `path` names the format."""
        exporters.write_atomically(path, self.report(subject, plan_report(path)))

    def _order(self, request: GenerateRequest, spec: DatasetSpec, reference: Reference) -> SampleRequest:
        return SampleRequest(
            rows=request.rows,
            seed=request.seed,
            as_of=request.as_of or date.today(),
            shares={**spec.shares, **(request.shares or {})},
            options=self.settings.identity,
            protected=reference.protected,
        )

    def _check_rows(self, rows: int) -> None:
        limits = self.settings.rows
        if not limits.minimum <= rows <= limits.maximum:
            raise DataError(
                f"{rows:,} rows were asked for; a request takes {limits.minimum:,} to {limits.maximum:,}.",
                "ask for a number in that range, or set rows.minimum and rows.maximum in config.yaml.",
            )


def _outline(generation: Generation) -> dict[str, Detail]:
    """What an audit entry says of a generated table."""
    return {
        "rows": generation.rows,
        "seed": generation.seed,
        "as_of": generation.as_of.isoformat(),
        "model": generation.model.id,
    }
