"""The use cases of runs: order work that goes on in the background, follow it, end it, take it up again."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeVar

from pipeline.access.accounts import AccountRole
from pipeline.access.audit import AuditEvent
from pipeline.errors import DataError, JobError, NotFoundError
from pipeline.generation.request import Generation
from pipeline.runs.claims import RunClaims
from pipeline.runs.orders import RunOrder
from pipeline.runs.outcomes import Outcome
from pipeline.runs.preparation import RunPreparation
from pipeline.runs.recorder import RunRecorder, record
from pipeline.runs.records import Run, RunEpoch, RunFilter
from pipeline.runs.states import LOCAL, RunEvent, RunKind, RunStatus, next_status
from pipeline.runs.store import missing_run
from pipeline.synthesizers.protocol import OnProgress
from pipeline.synthesizers.recipe import Recipe
from pipeline.workbench.context import needs

Result = TypeVar("Result")


class RunDesk(RunPreparation):
    """Takes orders for runs and shows what has become of them; users see their own, administrators all."""

    @needs(AccountRole.ANALYST)
    def submit(self, order: RunOrder) -> Run:
        """Put an order in the queue; whatever can be known to fail is refused here.

        JobError where the queue or the user's part of it is full, or the run would not fit in memory;
        DataError, TrainingError and NotFoundError as the use case itself raises them.
        """
        return self._enqueue([order])[0]

    @needs(AccountRole.ANALYST)
    def submit_sweep(self, dataset: str, recipes: Sequence[Recipe]) -> tuple[Run, ...]:
        """Order a training of each recipe, all or none; the runs share a group. Refuses as `submit` does."""
        if not recipes:
            raise DataError("A sweep needs at least one recipe.", "name the epochs or settings to compare.")
        group = secrets.token_hex(8)
        orders = [RunOrder(RunKind.TRAIN, dataset, recipe, group=group) for recipe in recipes]
        return self._enqueue(orders)

    @needs(AccountRole.VIEWER)
    def list_runs(
        self,
        kind: RunKind | None = None,
        status: RunStatus | None = None,
        dataset: str | None = None,
        owner: str | None = None,
        group: str | None = None,
        limit: int = 200,
    ) -> tuple[Run, ...]:
        """Runs, the newest first: one's own, and everybody's for an administrator."""
        self._bury_orphans()
        if not self._sees_all:
            if owner not in (None, self.actor.name):
                return ()
            owner = self.actor.name
        is_local = None if self._sees_all else self._is_local
        return self._runs.list(RunFilter(kind, status, dataset, owner, group, is_local), limit)

    @needs(AccountRole.VIEWER)
    def get_run(self, run_id: str) -> Run:
        """One run; NotFoundError where there is none, or it is somebody else's."""
        run = self._runs.get(run_id)
        # A user of the machine and an account may have the same name and are not the same person.
        is_mine = run.owner == self.actor.name and (run.source == LOCAL) == self._is_local
        if not self._sees_all and not is_mine:
            raise missing_run(run_id)
        return run

    @needs(AccountRole.VIEWER)
    def list_epochs(self, run_id: str) -> tuple[RunEpoch, ...]:
        """The epochs that a run has trained so far, with losses and quality where it was measured."""
        return self._runs.list_epochs(self.get_run(run_id).id)

    @needs(AccountRole.ANALYST)
    def cancel_run(self, run_id: str) -> Run:
        """End a run that waits at once, one that runs at its next step; harmless where it is over.

        A training ends after its present epoch and keeps the best state so far as a model.
        """
        run = self.get_run(run_id)
        if run.status.is_final or (run.status is RunStatus.RUNNING and run.is_cancel_requested):
            return run
        cancelled = self._runs.cancel(run_id)
        self._record(AuditEvent.RUN_CANCELLED, run_id, dataset=run.dataset, kind=run.kind)
        return cancelled

    @needs(AccountRole.ANALYST)
    def resume_run(self, run_id: str) -> Run:
        """Queue a run that failed or was cancelled again; a training goes on from its last saved state.

        It is checked and refused like a new order, and belongs to whoever resumes it from then on.
        """
        run = self.get_run(run_id)
        next_status(run.status, RunEvent.RESUME)
        order = self._prepare_run(self._complete(self._take_over(run)))
        limits = self.settings.runs
        resumed = self._runs.resume(run_id, order, limits.waiting, limits.waiting_per_user)
        self._record(AuditEvent.RUN_RESUMED, run_id, dataset=run.dataset, kind=run.kind)
        return resumed

    @needs(AccountRole.ANALYST)
    def repeat_run(self, run_id: str) -> Run:
        """Order the same as an earlier run once more, as a run of one's own."""
        return self.submit(replace(self._take_over(self.get_run(run_id)), group=None))

    @needs(AccountRole.ANALYST)
    def delete_run(self, run_id: str) -> None:
        """Forget a run that is over; models that it made stay."""
        run = self.get_run(run_id)
        self._runs.delete(run_id)
        self._record(AuditEvent.RUN_DELETED, run_id, dataset=run.dataset, kind=run.kind)

    @needs(AccountRole.VIEWER)
    def open_run(self, run_id: str) -> Generation:
        """The table of a run that is done, sampled again from the run's own model: the same bytes.

        JobError where the run made no table, NotFoundError where its model was deleted, its dataset has
        changed since, or other rows would come out.
        """
        run = self.get_run(run_id)
        if run.kind is not RunKind.GENERATE or run.status is not RunStatus.DONE or run.model is None:
            raise JobError(f"Run {run_id} has no table.", "open a run that generated one and is done.")
        if not self._library.has_model(run.model):
            raise _lost_table(f'The model "{run.model}" of run {run_id} was deleted.')
        plan = self._plan_table(replace(RunOrder.from_plain(run.order), model=None).as_request())
        if self._library.store.get_info(run.model).dataset_fingerprint != plan.dataset.fingerprint:
            raise _lost_table(f'The dataset "{run.dataset}" has changed since run {run_id}.')
        model = self._library.load_model(run.model, plan.dataset)
        # Runs of earlier versions kept no digest.
        return self._make_again(plan, model, (run.result or {}).get("table_sha256"))

    @needs(AccountRole.VIEWER)
    def record_run(
        self,
        order: RunOrder,
        work: Callable[[RunOrder, OnProgress], Result],
        describe: Callable[[Result], Outcome],
        on_progress: OnProgress | None = None,
    ) -> Result:
        """Do work in this process and note it among the runs; `describe` says what came of it.

        The work gets the order with everything decided, and a callback that reports, and that asks it to
        end where somebody cancels the run. Whatever the work raises comes out again, and the work asks for
        the role that it needs. JobError, and no run, where it would not fit in memory.
        """
        order = self._complete(order)
        run = self._runs.add_local(self._prepare_local(order))
        claims = RunClaims(self._stores.database)
        with RunRecorder(claims, run, self.settings.runs.heartbeat_s) as recorder:
            return record(recorder, partial(work, order), describe, on_progress)

    @property
    def _sees_all(self) -> bool:
        return self.actor.role.includes(AccountRole.ADMIN)

    def _take_over(self, run: Run) -> RunOrder:
        """The order of a run as this user may give it."""
        order = RunOrder.from_plain(run.order)
        # Whoever may not name a folder gets the one of this order, which is mostly the same.
        return order if self._is_local else replace(order, out=None)

    def _enqueue(self, orders: Sequence[RunOrder]) -> tuple[Run, ...]:
        limits = self.settings.runs
        new = [self._prepare_run(self._complete(order)) for order in orders]
        runs = self._runs.add(new, limits.waiting, limits.waiting_per_user)
        for run in runs:
            self._record(AuditEvent.RUN_SUBMITTED, run.id, dataset=run.dataset, kind=run.kind)
        return runs


def _lost_table(message: str) -> NotFoundError:
    return NotFoundError(message, "repeat the run to make the table anew.")
