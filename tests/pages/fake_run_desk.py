"""The real desk of runs on the real table of runs, with an engine that is there when a test wants it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pandas as pd
from pipeline.workbench.bulk_takeout import BulkTakeout

from pipeline.errors import WorkbenchError
from pipeline.runs.claims import LaneLimits, RunClaims
from pipeline.runs.records import NewRun, Run, RunEpoch, RunError, RunFilter
from pipeline.runs.states import RunEvent, RunKind, RunLane
from pipeline.store.database import utc_now

TICKET = "engine"
QUALITIES = (0.80, 0.90, 0.93)


class FakeRunDesk(BulkTakeout):
    """Runs are done as soon as they are submitted, or wait for `begin` and `work` while `is_held`.

    A training has three epochs; `failure` fails whatever is worked on; `calls` keeps orders and openings.
    """

    is_held: bool
    failure: WorkbenchError | None
    calls: list[Any]
    evaluation: Any

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
        for run in self._runs.list(RunFilter()):
            if not run.status.is_final:
                self._end(run)

    def open_run(self, run_id: str) -> Any:
        """A table of three rows, whatever was ordered."""
        self.calls.append(("open", run_id))
        order = RunOrder.from_plain(self.get_run(run_id).order)
        return SimpleNamespace(
            spec=next(dataset for dataset in self.list_datasets() if dataset.name == order.dataset),
            filename=f"{order.dataset}-{order.rows}-seed{order.seed}-m1",
            model=SimpleNamespace(id="m1", recipe=order.recipe, epochs_trained=order.recipe.epochs),
            rows=order.rows,
            seed=order.seed,
            as_of=order.as_of,
            table=pd.DataFrame({"name": ["Ada", "Bo", "Cy"], "gender": ["Female", "Male", "Male"]}),
            modelled=pd.DataFrame({"gender": ["Female", "Male", "Male"]}),
            evaluation=self.evaluation,
            seconds={"train": 1.0, "sample": 0.5},
            reused=False,
            forced_rows=0,
        )

    def _enqueue(self, orders: Sequence[RunOrder]) -> tuple[Run, ...]:
        runs = super()._enqueue(orders)
        self.calls.extend(orders)
        if not self.is_held:
            self.work()
        return tuple(self._runs.get(run.id) for run in runs)

    def _complete_bulk(self, order: RunOrder) -> RunOrder:
        # A folder is named after the dataset's content, which the fake has none of.
        return replace(order, out=order.out or f"exports/{order.dataset}")

    def _prepare_run(self, order: RunOrder) -> NewRun:
        lane = RunLane.LONG if order.kind in (RunKind.TRAIN, RunKind.BULK) else RunLane.SHORT
        plain = order.as_plain()
        return NewRun(order.kind, order.dataset, self.actor.name, "web", lane, plain, order.group, 3)

    @property
    def _claims(self) -> RunClaims:
        return RunClaims(self._stores.database)

    def _train_epoch(self, run: Run, number: int) -> None:
        if run.kind is RunKind.TRAIN:
            losses = {"generator": -float(number)}
            trained = RunEpoch(number, number * 2.0, losses, QUALITIES[number - 1])
            values = {"stage": "train", "epoch": number, "epochs": 3, "remaining_s": 6.0 - 2 * number}
            self._claims.add_epoch(run.id, run.attempt, trained, **values)

    def _end(self, run: Run) -> None:
        if self.failure:
            error = RunError(self.failure.message, self.failure.hint, self.failure.code)
            self._claims.end(run.id, run.attempt, RunEvent.FAIL, error=error)
            return
        if run.is_cancel_requested:
            self._claims.end(run.id, run.attempt, RunEvent.CANCEL, model="m1", quality=QUALITIES[0])
            return
        for number in (2, 3):
            self._train_epoch(run, number)
        self._claims.end(
            run.id, run.attempt, RunEvent.FINISH, model="m1", quality=QUALITIES[-1], seconds=7.0, result={}
        )
