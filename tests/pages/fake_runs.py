"""The real service of runs on the real table of runs, with an engine that is there when a test wants it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pandas as pd

from pipeline.datasets.columns import list_learned
from pipeline.evaluation.figure import Figure
from pipeline.generation.orders import BulkOrder, GenerateOrder, RelatedBulkOrder
from pipeline.progress import OnProgress
from pipeline.reports import Report
from pipeline.runs.claims import LaneLimits, RunClaims
from pipeline.runs.estimates import Estimate
from pipeline.runs.orders import Order, TrainOrder
from pipeline.runs.preparation import RunPreparation
from pipeline.runs.records import (
    BulkSummary,
    GenerateSummary,
    NewRun,
    RelatedSummary,
    Run,
    RunEpoch,
    RunError,
    TrainSummary,
    write_result,
)
from pipeline.runs.states import RunEvent, RunKind, RunLane
from pipeline.runs.store import RunFilter
from pipeline.store.database import utc_now
from pipeline.synthesizers.recipe import AUTO, Recipe
from pipeline.workbench.runs import RunService

TICKET = "engine"
TABLE_SHA256 = "ab" * 32
"""The digest of every table of one dataset."""
QUALITIES = (0.80, 0.90, 0.93)
_FIGURE, _LOW = Figure(QUALITIES[-1], 0.861, 0.951), Figure(QUALITIES[-1], 0.94, 0.96)
ON_SCALE = "0.930 (0–1; independent columns 0.861, other real rows 0.951)"
"""The quality of a training, as pages say it."""
TRAINED = TrainSummary(model="m1", figure=_FIGURE.as_dict())
TAKEN = replace(
    TRAINED, synthesizer="autoregressive", epochs=3, kept_epoch=3, reason="autoregressive: AUC 0.51."
)
BULK = BulkSummary(
    model="m1",
    rows=1_000_000,
    parts=20,
    seed=0,
    as_of="2026-01-01",
    validity={"is_valid": True},
    privacy="pass",
    verdict="look",
    reason="Some columns differ.",
    next_step="Read the findings.",
    figure=_FIGURE.as_dict(),
)
"""What every large table is said to be."""


class FakePreparation(RunPreparation):
    """Takes every order."""

    def complete(self, order: Order) -> Order:
        """The order as it is completed, with a folder where it is for several large tables."""
        if isinstance(order, RelatedBulkOrder):
            return replace(order, out=f"exports/{order.dataset}", identity=self.settings.identity)
        return super().complete(order)

    def prepare(self, order: Order) -> NewRun:
        """The order as it is; trainings and large tables are long."""
        lane = RunLane.LONG if isinstance(order, TrainOrder | BulkOrder) else RunLane.SHORT
        return NewRun(RunKind(order.kind), order.dataset, self.actor.name, "web", lane, order, None, 3)

    def _complete_bulk(self, order: BulkOrder) -> BulkOrder:
        # A folder is named after the dataset's content, which the fake has none of.
        return replace(order, out=order.out or f"exports/{order.dataset}")

    def _find_recipe(self, model: str) -> Recipe:
        return Recipe()


class FakeRuns(RunService):
    """Runs are done as soon as they are submitted, or wait for `begin` and `work` while the owner is held.

    A training has three epochs, and takes autoregressive where the synthesizer is left open; the owner's
    `failure` fails whatever is worked on; its `calls` keep orders and openings.
    """

    def __init__(self, owner: Any) -> None:
        super().__init__(owner.context, owner.tables, lambda: owner.evidence, owner.carry_out)
        self._owner = owner

    def list(self, *args: Any, **filters: Any) -> tuple[Any, ...]:
        """Those of the given runs that fit, where some are given; else those of the table."""
        if not self._owner.given_runs:
            return super().list(*args, **filters)
        fitting = (run for run in self._owner.given_runs if filters.get("dataset") in (None, run.dataset))
        return tuple(run for run in fitting if filters.get("status") in (None, run.status))

    def begin(self) -> tuple[Run, ...]:
        """Give every waiting run to a worker, which trains one epoch of those that train."""
        void = utc_now() - timedelta(hours=1)
        limits = LaneLimits(99, 99)
        waiting = [run for lane in RunLane for run in self._claims.take_tickets(TICKET, lane, limits, void)]
        begun = [self._claims.claim(run.id, TICKET, 9) for run in waiting]
        for run in begun:
            self._train_epoch(run, 1)
        return tuple(begun)

    def work(self) -> None:
        """Finish everything that waits or runs."""
        self.begin()
        for run in self.context.stores.runs.list(RunFilter()):
            if not run.status.is_final:
                self._end(run)

    def estimate(self, order: Order) -> Estimate:
        """Half a minute of training."""
        return Estimate(31.0, 3.0, True)

    def estimate_sweep(self, dataset: str, recipes: Sequence[Recipe]) -> tuple[Estimate, ...]:
        """Half a second for each epoch, nothing where the model is stored."""
        models = self._owner.models
        ids = [models.compute_id(dataset, recipe) for recipe in recipes]
        return tuple(
            Estimate(0.0 if models.is_stored(one) else recipe.epochs / 2, 0.0, False)
            for one, recipe in zip(ids, recipes, strict=True)
        )

    def estimate_evaluation(self, dataset: str, rows: int) -> Estimate:
        """A minute for 1,000 rows."""
        return Estimate(0.0, 60.0 * rows / 1_000, False)

    def open(self, run_id: str) -> Any:
        """A table of three rows, whatever was ordered."""
        self._owner.calls.append(("open", run_id))
        order = self.get(run_id).order
        assert isinstance(order, GenerateOrder)
        spec = next(one for one in self._owner.given_datasets if one.name == order.dataset)
        return SimpleNamespace(
            spec=spec,
            learned=list_learned(spec),
            filename=f"{order.dataset}-{order.rows}-seed{order.seed}-m1",
            model=SimpleNamespace(
                id="m1", recipe=order.recipe, epochs_trained=order.recipe.epochs, choice=None
            ),
            rows=order.rows,
            seed=order.seed,
            as_of=order.as_of,
            table=pd.DataFrame({"name": ["Ada", "Bo", "Cy"], "gender": ["Female", "Male", "Male"]}),
            modelled=pd.DataFrame({"gender": ["Female", "Male", "Male"]}),
            evaluation=self._owner.evaluation,
            seconds={"train": 1.0, "sample": 0.5},
            reused=False,
            forced_rows=0,
        )

    def report(
        self,
        run_id: str,
        is_full: bool = False,
        target: str | None = None,
        on_progress: OnProgress | None = None,
    ) -> Report:
        """The report of the tests of reports, with the run's id as its headline."""
        return self._owner.evidence.report_model(run_id, is_full, target, on_progress)

    @property
    def _preparation(self) -> RunPreparation:
        return FakePreparation(**vars(super()._preparation))

    def _enqueue(self, orders: Sequence[Order], group: str | None = None) -> tuple[Run, ...]:
        runs = super()._enqueue(orders, group)
        self._owner.calls.extend(orders)
        if not self._owner.is_held:
            self.work()
        return tuple(self.context.stores.runs.get(run.id) for run in runs)

    @property
    def _claims(self) -> RunClaims:
        return RunClaims(self.context.stores.database)

    def _train_epoch(self, run: Run, number: int) -> None:
        if run.kind is RunKind.TRAIN:
            losses = {"generator": -float(number)}
            trained = RunEpoch(number, number * 2.0, losses, QUALITIES[number - 1])
            values = {"stage": "train", "epoch": number, "epochs": 3, "remaining_s": 6.0 - 2 * number}
            self._claims.add_epoch(run.id, run.attempt, trained, **values)

    def _end(self, run: Run) -> None:
        if failure := self._owner.failure:
            error = RunError(failure.message, failure.hint, failure.code)
            self._claims.end(run.id, run.attempt, RunEvent.FAIL, error=error)
            return
        if run.is_cancel_requested:
            self._claims.end(run.id, run.attempt, RunEvent.CANCEL, model="m1", quality=QUALITIES[0])
            return
        for number in (2, 3):
            self._train_epoch(run, number)
        result = write_result(TAKEN if is_open(run) else TRAINED) if run.kind is RunKind.TRAIN else {}
        if run.kind is RunKind.GENERATE:
            result = write_result(GenerateSummary("m1", table_sha256=TABLE_SHA256, figure=_LOW.as_dict()))
        if run.kind in (RunKind.BULK, RunKind.RELATED_BULK):
            result = write_result(BULK)
        if run.kind is RunKind.RELATED:
            result = write_result(RelatedSummary(model="m1", tables_sha256=TABLE_SHA256))
        self._claims.end(
            run.id,
            run.attempt,
            RunEvent.FINISH,
            model="m1",
            quality=QUALITIES[-1],
            seconds=7.0,
            result=result,
        )


def is_open(run: Run) -> bool:
    """Whether a training leaves the synthesizer open."""
    return isinstance(run.order, TrainOrder) and run.order.recipe.synthesizer == AUTO
