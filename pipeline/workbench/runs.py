"""The use cases of runs: order work or do it at once, follow it, end it, take it up again, open its table."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, overload

from pipeline.access.accounts import AccountRole
from pipeline.access.audit import AuditEvent
from pipeline.errors import AccessError, DataError, JobError, NotFoundError
from pipeline.generation.orders import BulkOrder, GenerateOrder, RelatedBulkOrder
from pipeline.runs.claims import RunClaims
from pipeline.runs.orders import AnyRelatedOrder, EvaluateOrder, Order, TrainOrder, require_known
from pipeline.runs.outcomes import Outcome
from pipeline.runs.preparation import RunPreparation
from pipeline.runs.recorder import RunRecorder, record
from pipeline.runs.records import GenerateSummary, Run, RunEpoch
from pipeline.runs.states import RunEvent, RunKind, RunStatus, next_status
from pipeline.runs.store import RunFilter
from pipeline.workbench.apart import apart
from pipeline.workbench.context import Context, needs

if TYPE_CHECKING:
    from pipeline.evaluation.results import Evaluation
    from pipeline.generation.orders import RelatedOrder, RelatedTrainOrder
    from pipeline.generation.related.results import RelatedGeneration, RelatedTraining
    from pipeline.generation.results import BulkResult, Generation, RelatedBulkResult, Training
    from pipeline.progress import OnProgress
    from pipeline.reports import Report, Subject
    from pipeline.runs.estimates import Estimate
    from pipeline.runs.outcomes import Result
    from pipeline.runs.related_preparation import RelatedPreparation
    from pipeline.runs.visible import VisibleRuns
    from pipeline.synthesizers.recipe import Recipe
    from pipeline.workbench.evidence import EvidenceService
    from pipeline.workbench.tables import TableService

    TimedOrder = TrainOrder | GenerateOrder | BulkOrder | AnyRelatedOrder
    CarryOut = Callable[[Order, OnProgress], tuple[Result, Outcome]]

_AGAIN = "repeat the run to generate a new table."


class RunService:
    """Takes orders for runs and shows what has become of them to those who may see them."""

    def __init__(
        self,
        context: Context,
        tables: TableService,
        open_evidence: Callable[[], EvidenceService],
        carry_out: CarryOut,
    ) -> None:
        self.context = context
        self._tables = tables
        # Reports bring charts with them, which most runs do without.
        self._open_evidence = open_evidence
        self._carry_out = carry_out

    @needs(AccountRole.ANALYST)
    def submit(self, order: Order) -> Run:
        """Put an order in the queue; whatever can be known to fail is refused here.

        JobError where the queue or the user's part of it is full, or the run would not fit in memory;
        DataError, TrainingError and NotFoundError as the use case itself raises them.
        """
        return self._enqueue([order])[0]

    @needs(AccountRole.ANALYST)
    def submit_sweep(self, dataset: str, recipes: Sequence[Recipe]) -> tuple[Run, ...]:
        """Order a training of each recipe, all or none, equal ones once; the runs share a group.

        Refuses as `submit` does.
        """
        if not recipes:
            raise DataError("A sweep needs at least one recipe.", "name the epochs or settings to compare.")
        group = secrets.token_hex(8)
        return self._enqueue([TrainOrder(dataset, recipe) for recipe in dict.fromkeys(recipes)], group)

    @needs(AccountRole.ANALYST)
    def estimate(self, order: TimedOrder) -> Estimate:
        """How long an order takes, in seconds; the order itself is neither checked nor given."""
        if isinstance(order, AnyRelatedOrder):
            return self._preparation.estimate_related(order)
        return self._preparation.estimate(order)[0]

    @needs(AccountRole.ANALYST)
    def estimate_sweep(self, dataset: str, recipes: Sequence[Recipe]) -> tuple[Estimate, ...]:
        """How long each of several trainings takes, in seconds."""
        return self._preparation.estimate(*(TrainOrder(dataset, recipe) for recipe in recipes))

    @needs(AccountRole.VIEWER)
    def estimate_evaluation(self, dataset: str, rows: int) -> Estimate:
        """How long it takes to measure everything of a table of so many rows, in seconds."""
        return self._preparation.estimate_evaluation(dataset, rows)

    @needs(AccountRole.ANALYST)
    def needs_training(self, order: TrainOrder | GenerateOrder) -> bool:
        """Whether an order would have to train its model first."""
        return not self._preparation.is_fitted(order)

    @needs(AccountRole.VIEWER)
    def list(
        self,
        kind: RunKind | None = None,
        status: RunStatus | None = None,
        dataset: str | None = None,
        owner: str | None = None,
        group: str | None = None,
        limit: int = 200,
        tag: str | None = None,
    ) -> tuple[Run, ...]:
        """Runs, the newest first: one's own and shared ones, all for an administrator."""
        self._preparation.fail_orphaned_runs()
        return self._visible.list(RunFilter(kind, status, dataset, owner, group, tag=tag), limit)

    @needs(AccountRole.VIEWER)
    def get(self, run_id: str) -> Run:
        """One run; NotFoundError where there is none, or another user has it and does not share it."""
        return self._visible.get(run_id)

    @needs(AccountRole.VIEWER)
    def find(self, run_ids: Collection[str]) -> dict[str, Run]:
        """Those of many runs that the user may see, by id, in a few look-ups."""
        return self._visible.find(run_ids)

    @needs(AccountRole.VIEWER)
    def get_own(self, run_id: str) -> Run:
        """One run that the user may change; AccessError, recorded, where it is shared with them read-only."""
        run = self.get(run_id)
        if run.is_shared:
            self.context.record(AuditEvent.REFUSED, run_id, dataset=run.dataset, kind=run.kind)
            raise AccessError(
                f"Run {run_id} belongs to {run.owner}, who shares it with you read-only.",
                f"ask {run.owner} to do this, or order a run of your own.",
            )
        return run

    @needs(AccountRole.VIEWER)
    def list_epochs(self, run_id: str) -> tuple[RunEpoch, ...]:
        """The epochs that a run has trained so far, with losses and quality where it was measured."""
        return self.context.stores.runs.list_epochs(self.get(run_id).id)

    @needs(AccountRole.ANALYST)
    def cancel(self, run_id: str) -> Run:
        """End a run that waits at once, one that runs at its next step; harmless where it is over.

        A training ends after its present epoch and keeps the best state so far as a model.
        """
        run = self.get_own(run_id)
        if run.status.is_final or (run.status is RunStatus.RUNNING and run.is_cancel_requested):
            return run
        with self.context.together():
            cancelled = self.context.stores.runs.cancel(run_id)
            self.context.record(AuditEvent.RUN_CANCELLED, run_id, dataset=run.dataset, kind=run.kind)
        return cancelled

    @needs(AccountRole.ANALYST)
    def resume(self, run_id: str) -> Run:
        """Queue a run that failed or was cancelled again; a training continues from its last saved state.

        It is checked and refused like a new order, and belongs to the user who resumes it from then on.
        """
        run = self.get_own(run_id)
        next_status(run.status, RunEvent.RESUME)
        preparation = self._preparation
        order = replace(preparation.prepare(preparation.complete(self._take_over(run))), group=run.group)
        limits = self.context.settings.runs
        with self.context.together():
            resumed = self.context.stores.runs.resume(run_id, order, limits.waiting, limits.waiting_per_user)
            self.context.record(AuditEvent.RUN_RESUMED, run_id, dataset=run.dataset, kind=run.kind)
        return resumed

    @needs(AccountRole.ANALYST)
    def repeat(self, run_id: str) -> Run:
        """Order the same as an earlier run once more, as a run of one's own."""
        return self.submit(self._take_over(self.get_own(run_id)))

    @needs(AccountRole.ANALYST)
    def delete(self, *run_ids: str) -> None:
        """Forget runs that are over, all or none; models that they made stay."""
        runs = [self.get_own(run_id) for run_id in run_ids]
        with self.context.together():
            for run in runs:
                self.context.stores.runs.delete(run.id)
                self.context.record(AuditEvent.RUN_DELETED, run.id, dataset=run.dataset, kind=run.kind)

    @needs(AccountRole.VIEWER)
    @apart
    def open(self, run_id: str, on_progress: OnProgress | None = None) -> Generation:
        """The table of a run that is done, sampled again from the run's own model: the same bytes.

        It comes with what was measured when the run was done; a run of an earlier version is measured again.

        JobError where the run made no table, NotFoundError where its model was deleted, its dataset has
        changed since, or other rows would come out.
        """
        run = self.get(run_id)
        order = run.order
        if not isinstance(order, GenerateOrder) or run.status is not RunStatus.DONE or run.model is None:
            raise JobError(f"Run {run_id} has no table.", "open a run that generated one and is done.")
        stores = self.context.stores
        if not stores.library.fetch_model(run.model):
            raise NotFoundError(f'The model "{run.model}" of run {run_id} was deleted.', _AGAIN)
        fingerprint = stores.catalog.get(order.dataset).fingerprint
        if stores.library.store.get_info(run.model).dataset_fingerprint != fingerprint:
            raise NotFoundError(f'The dataset "{run.dataset}" has changed since run {run_id}.', _AGAIN)
        # Runs of earlier versions kept no digest.
        digest = run.result.table_sha256 if isinstance(run.result, GenerateSummary) else None
        measured = self._read_evidence(run_id) if digest else None
        return self._tables.make_again(replace(order, model=None), run.model, digest, measured, on_progress)

    @needs(AccountRole.VIEWER)
    def report(
        self,
        run_id: str,
        is_full: bool = False,
        target: str | None = None,
        on_progress: OnProgress | None = None,
    ) -> Report:
        """The report on the table of a finished run, or on a sample of the model that it trained."""
        run = self.get(run_id)
        if run.kind is RunKind.TRAIN and run.model is not None:
            return self._open_evidence().report_sample(run.model, is_full, target, on_progress)
        evidence, key = self._open_evidence(), ("run", run_id, run.attempt, run.model)
        measure = partial(self.measure, run_id, is_full, target, on_progress)
        report = evidence.remember(key, is_full, target, measure)
        # After the report is taken from memory, where it stays when somebody decides.
        return self.context.stores.approvals.tell(
            report, run.dataset, getattr(run.result, "table_sha256", None)
        )

    @needs(AccountRole.VIEWER)
    @apart
    def measure(
        self,
        run_id: str,
        is_full: bool = False,
        target: str | None = None,
        on_progress: OnProgress | None = None,
    ) -> Report:
        """The same report, made now, on a table and without what is said of its release."""
        generation = self.open(run_id, on_progress)
        return self._open_evidence().report_table(generation, is_full, target, on_progress)

    # `self` by position alone, as the decorator takes it.
    @overload
    def perform(self, /, order: TrainOrder, on_progress: OnProgress | None = None) -> Training: ...

    @overload
    def perform(self, /, order: GenerateOrder, on_progress: OnProgress | None = None) -> Generation: ...

    @overload
    def perform(self, /, order: EvaluateOrder, on_progress: OnProgress | None = None) -> Subject: ...

    @overload
    def perform(self, /, order: BulkOrder, on_progress: OnProgress | None = None) -> BulkResult: ...

    @overload
    def perform(
        self, /, order: RelatedTrainOrder, on_progress: OnProgress | None = None
    ) -> RelatedTraining: ...

    @overload
    def perform(self, /, order: RelatedOrder, on_progress: OnProgress | None = None) -> RelatedGeneration: ...

    @overload
    def perform(
        self, /, order: RelatedBulkOrder, on_progress: OnProgress | None = None
    ) -> RelatedBulkResult: ...

    @needs(AccountRole.VIEWER)
    def perform(self, order: Order, on_progress: OnProgress | None = None) -> Result:
        """Do what is ordered in this process and note it among the runs.

        Whatever the work raises comes out again, and the work checks its own role; a
        cancelled run ends at its next report. JobError, and no run, where it would not fit in memory.
        """
        return self._perform(order, on_progress)

    @needs(AccountRole.ANALYST)
    def perform_sweep(
        self, dataset: str, recipes: Sequence[Recipe], on_progress: OnProgress | None = None
    ) -> tuple[Training, ...]:
        """Train each recipe in turn in this process; the runs share a group, a stopped one is the last."""
        group = secrets.token_hex(8)
        done: list[Training] = []
        for recipe in recipes:
            done.append(self._perform(TrainOrder(dataset, recipe), on_progress, group))
            if done[-1].was_stopped:
                break
        return tuple(done)

    @needs(AccountRole.VIEWER)
    def perform_claimed(self, run: Run, on_progress: OnProgress) -> Outcome:
        """Do a run that a worker has claimed, in the name of its owner, and say what came of it."""
        return self._carry_out(require_known(run.order), on_progress)[1]

    def _perform(self, order: Order, on_progress: OnProgress | None, group: str | None = None) -> Any:
        stores, preparation = self.context.stores, self._preparation
        order = preparation.complete(order)
        run = stores.runs.add_local(replace(preparation.prepare_local(order), group=group))
        work = partial(self._carry_out, order)
        with RunRecorder(RunClaims(stores.database), run, self.context.settings.runs.heartbeat_s) as recorder:
            return record(recorder, work, on_progress)

    def _read_evidence(self, run_id: str) -> Evaluation | None:
        from pipeline.evaluation.stored import read_evaluation

        text = self.context.stores.runs.find_evidence(run_id)
        return read_evaluation(text) if text else None

    @property
    def _preparation(self) -> RunPreparation:
        context = self.context
        stores = context.stores
        settings, actor, today = context.settings, context.actor, context.clock()
        return RunPreparation(
            settings,
            actor,
            stores.catalog,
            stores.library,
            stores.runs,
            today,
            partial(_open_related, context),
        )

    @property
    def _visible(self) -> VisibleRuns:
        # Work that is done at once needs nothing of it.
        from pipeline.runs.visible import VisibleRuns

        stores = self.context.stores
        return VisibleRuns(stores.runs, stores.shares, self.context.actor, stores.approvals.find_reviewed)

    def _take_over(self, run: Run) -> Order:
        """The order of a run as this user may give it."""
        order = require_known(run.order)
        # A user who may not name a folder gets the one of this order, which is mostly the same.
        if isinstance(order, BulkOrder | RelatedBulkOrder) and not self._preparation.is_local:
            return replace(order, out=None)
        return order

    def _enqueue(self, orders: Sequence[Order], group: str | None = None) -> tuple[Run, ...]:
        limits, preparation = self.context.settings.runs, self._preparation
        for order in orders:
            if isinstance(order, BulkOrder | RelatedBulkOrder):
                self.context.stores.approvals.refuse_unapprovable(order.dataset)
        prepared = [preparation.prepare(preparation.complete(order)) for order in orders]
        new = [replace(one, group=group) for one in prepared]
        with self.context.together():
            runs = self.context.stores.runs.add(new, limits.waiting, limits.waiting_per_user)
            for run in runs:
                self.context.record(AuditEvent.RUN_SUBMITTED, run.id, dataset=run.dataset, kind=run.kind)
        return runs


def _open_related(context: Context) -> RelatedPreparation:
    from pipeline.runs.related_preparation import RelatedPreparation

    related, models = context.stores.related, context.stores.related_models
    return RelatedPreparation(context.settings, context.actor, related, models.store, context.clock())
