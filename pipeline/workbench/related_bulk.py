"""The use case of several large tables: in parts of whole root entities, on as many workers as there are."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.access.accounts import AccountRole
from pipeline.access.audit import AuditEvent
from pipeline.generation.bulk.cluster import find_own_client
from pipeline.generation.bulk.spreading import open_client
from pipeline.generation.related.bulk.completion import FirstPart, complete_set, summarize_set
from pipeline.generation.related.bulk.context import SetContext
from pipeline.generation.related.bulk.engine import SetEngine, SetProgress
from pipeline.generation.related.bulk.plan import SetJob, place_parts
from pipeline.generation.related.bulk.planner import SetPlan, SetPlanner
from pipeline.generation.related.bulk.records import claim
from pipeline.generation.related.bulk.watch import SetWatch
from pipeline.generation.related.exports import add_findings
from pipeline.models.library import require_whole
from pipeline.workbench.context import Context, needs
from pipeline.workbench.related_tables import RelatedTableService

if TYPE_CHECKING:
    from pipeline.generation.bulk.spreading import Client
    from pipeline.generation.orders import RelatedBulkOrder
    from pipeline.generation.related.bulk.records import SetPartRecord
    from pipeline.generation.related.results import RelatedGeneration
    from pipeline.generation.results import RelatedBulkResult
    from pipeline.progress import OnProgress


class RelatedBulkService:
    """Several large tables, as one actor may make them."""

    def __init__(self, context: Context, tables: RelatedTableService) -> None:
        self.context = context
        self._tables = tables

    @needs(AccountRole.ANALYST)
    def make(
        self, order: RelatedBulkOrder, on_progress: OnProgress | None = None, client: Client | None = None
    ) -> RelatedBulkResult:
        """Make several large tables in parts; `client` and others who may make them as in `bulk.make`.

        Every part is drawn twice: to count its rows, so that keys of all parts follow each other, and to be
        written. STOP from `on_progress` ends the job; complete parts stay, and the same order finds them.
        A Dask worker that does this has every worker of its cluster make parts.
        Raises DataError where the folder holds anything else or the tables cannot be cut, SamplingError where
        a unique column has too few values, both before anything is written, and ExportError at the first
        broken part.
        """
        started, context = time.perf_counter(), self.context
        context.stores.approvals.refuse_unapprovable(order.dataset)
        plan = SetPlanner(context.settings, context.stores.related, context.clock()).plan(order)
        job, folder, opened = plan.job, plan.folder, self._open_context(plan, on_progress)
        watch = SetWatch(context.stores.exports, job, opened.reference, context.actor.name)
        with self._open_client(order, plan, client or find_own_client()) as workers:
            measured, records = _make_parts(opened, plan, workers, watch, on_progress)
        found = replace(measured, evidence=add_findings(measured.evidence, watch.compare()))
        described, digest = complete_set(job, folder, found, records, context.actor.name)
        self._record(job, sum(described["rows"].values()), digest, len(found.evidence.check().warnings))
        seconds = time.perf_counter() - started
        return summarize_set(job, folder.address, records, described, digest, seconds)

    def _open_context(self, plan: SetPlan, on_progress: OnProgress | None) -> SetContext:
        """The fitted model of a plan; JobCancelled where its training was stopped."""
        model, _ = self._tables.obtain(plan.dataset, plan.recipe, on_progress)
        require_whole(model.info.id, plan.job.model)
        return SetContext(model)

    def _open_client(
        self, order: RelatedBulkOrder, plan: SetPlan, client: Client | None
    ) -> AbstractContextManager[Client | None]:
        settings = self.context.settings
        # A configured store means that the machines have separate disks, and it holds no set of tables.
        is_reached = not settings.store.url
        workers = min(order.workers, plan.job.parts)
        return open_client(workers, order.scheduler, settings, client, is_reached)

    def _record(self, job: SetJob, rows: int, digest: str, findings: int) -> None:
        self.context.record(
            AuditEvent.TABLE_GENERATED,
            job.dataset,
            rows=rows,
            seed=job.seed,
            as_of=job.as_of,
            model=job.model,
            format=job.format,
            sha256=digest,
            findings=findings,
        )


def _make_parts(
    context: SetContext,
    plan: SetPlan,
    client: Client | None,
    watch: SetWatch,
    on_progress: OnProgress | None,
) -> tuple[RelatedGeneration, list[SetPartRecord]]:
    """Count and write every part of a plan; the first one as it was measured, and the record of each."""
    job, folder = plan.job, plan.folder
    first = FirstPart(context, job, context.model.draw(job.ask(0)))
    first.require_codes()
    claim(folder, job)
    progress = SetProgress(job, on_progress, sum(first.estimate_rows().values()))
    engine = SetEngine(context, job, folder, client, watch)
    places = place_parts(engine.count(progress))
    measured = first.measure(places[0], on_progress)
    return measured, engine.make(places, progress)
