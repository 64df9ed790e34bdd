"""The use cases, and the one door to them: pages, command line, API and notebooks all come through here."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path

from pipeline.access.accounts import AccountRole
from pipeline.access.audit import AuditEvent
from pipeline.datasets import features
from pipeline.evaluation.evaluate import OnStage, ignore_stage
from pipeline.generation.paths import plan_target, prepare_state
from pipeline.generation.request import (
    ExportTarget,
    GenerateRequest,
    Generation,
    Training,
    compute_filename,
    outline,
)
from pipeline.models.library import Stopwatch
from pipeline.models.model import compute_model_id
from pipeline.reports import Report
from pipeline.runs.states import RunKind
from pipeline.synthesizers.protocol import OnProgress
from pipeline.synthesizers.recipe import Recipe
from pipeline.workbench.bulk_takeout import BulkTakeout
from pipeline.workbench.context import needs
from pipeline.workbench.exports import ExportDesk


class Workbench(BulkTakeout, ExportDesk):
    """What one actor can do: manage datasets, train, generate, evaluate, export, and order it all as runs."""

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
            kept_epoch=info.kept_epoch,
            quality=info.quality,
        )

    @needs(AccountRole.ANALYST)
    def generate(self, request: GenerateRequest, on_progress: OnProgress | None = None) -> Generation:
        """Train where needed, or take the model that is named; sample a whole table and measure it.

        Only a fitted model is written.
        """
        plan = self._plan_table(request)
        prepare_state(self.settings.state_folder)
        watch = Stopwatch(time.perf_counter)
        model, reused = self._choose_model(request, plan.dataset, on_progress)
        watch.lap("train")
        generation = self._make_table(plan, model, reused, watch, on_progress)
        self._record(AuditEvent.TABLE_GENERATED, request.dataset, **outline(generation))
        return generation

    @needs(AccountRole.ANALYST)
    def plan_export(self, request: GenerateRequest, fmt: str | None, out: Path | None) -> ExportTarget:
        """Decide where a request's file goes, before anything slow is done; DataError where it cannot."""
        self._check_rows(request.rows)
        features.check_as_of(request.as_of or date.today())
        dataset = self._catalog.get(request.dataset)
        recipe = self._settle_recipe(request.recipe)
        model = request.model or compute_model_id(dataset.fingerprint, recipe)
        as_of = request.as_of or date.today()
        name = compute_filename(dataset.spec.name, request.rows, request.seed, as_of, model)
        return plan_target(self.settings.state_folder, dataset.spec, name, fmt, out)

    @needs(AccountRole.VIEWER)
    def inspect_run(
        self,
        run_id: str,
        is_full: bool = False,
        target: str | None = None,
        on_stage: OnStage = ignore_stage,
    ) -> Report:
        """The report on the table of a finished run, or on a sample of the model that it trained."""
        run = self.get_run(run_id)
        if run.kind is RunKind.TRAIN and run.model is not None:
            return self._inspect_sample(run.model, is_full, target, on_stage)
        key = ("run", run_id, run.attempt, run.model)
        return self._inspect(lambda: self.open_run(run_id), key, is_full, target, on_stage)

    @needs(AccountRole.ANALYST)
    def inspect_model(
        self,
        model_id: str,
        is_full: bool = False,
        target: str | None = None,
        on_stage: OnStage = ignore_stage,
    ) -> Report:
        """The report on a sample of a stored model: the fewest rows of a request, seed 0, as of today."""
        return self._inspect_sample(model_id, is_full, target, on_stage)

    def _inspect_sample(self, model_id: str, is_full: bool, target: str | None, on_stage: OnStage) -> Report:
        request = GenerateRequest(
            self.get_model(model_id).dataset, self.settings.rows.minimum, as_of=date.today()
        )
        key = ("model", model_id, request.rows, request.as_of)
        return self._inspect(lambda: self._sample(model_id, request), key, is_full, target, on_stage)

    def _sample(self, model_id: str, request: GenerateRequest) -> Generation:
        plan = self._plan_table(request)
        model = self._library.load_model(model_id, plan.dataset)
        return self._make_table(plan, model, True, Stopwatch(time.perf_counter), None)
