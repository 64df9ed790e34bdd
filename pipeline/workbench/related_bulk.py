"""The use case of several large tables: in parts of whole root entities, on as many processes as wanted."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from pipeline.access.accounts import AccountRole
from pipeline.access.audit import AuditEvent
from pipeline.generation.bulk.orders import open_folder
from pipeline.generation.related.bulk.completion import FirstPart, compute_bulk_manifest, summarize_set
from pipeline.generation.related.bulk.context import SetContext
from pipeline.generation.related.bulk.engine import SetEngine, SetProgress, open_pool
from pipeline.generation.related.bulk.plan import SetJob, place_parts
from pipeline.generation.related.bulk.planner import SetPlanner, check_bulk_order
from pipeline.generation.related.bulk.records import MANIFEST, claim
from pipeline.models.library import require_whole
from pipeline.workbench.context import Context, needs
from pipeline.workbench.related import RelatedService

if TYPE_CHECKING:
    from pipeline.generation.bulk.folder import Folder
    from pipeline.generation.orders import RelatedBulkOrder
    from pipeline.generation.results import RelatedBulkResult
    from pipeline.models.related.model import RelatedModel
    from pipeline.progress import OnProgress


class RelatedBulkService:
    """Several large tables, as one actor may make them."""

    def __init__(self, context: Context, related: RelatedService) -> None:
        self.context = context
        self._related = related

    @needs(AccountRole.ANALYST)
    def make(self, order: RelatedBulkOrder, on_progress: OnProgress | None = None) -> RelatedBulkResult:
        """Make several large tables in parts, right here or in processes of this machine.

        Every part is drawn twice: to count its rows, so that keys of all parts follow each other, and to be
        written. STOP from `on_progress` ends the job; complete parts stay, and the same order finds them.
        Raises DataError where the folder holds anything else or the tables cannot be cut, SamplingError where
        a unique column has too few values, both before anything is written, and ExportError at the first
        broken part.
        """
        check_bulk_order(order)
        started, settings = time.perf_counter(), self.context.settings
        folder = open_folder(order.out, settings.state_folder)
        job, model = self._open(order, folder, on_progress)
        context = SetContext(model)
        first = FirstPart(context, job, model.draw(job.ask(0)))
        first.require_codes()
        claim(folder, job)
        progress = SetProgress(job, on_progress, sum(first.estimate_rows().values()))
        workers = min(order.workers, job.parts)
        with open_pool(workers, settings.state_folder) as pool:
            engine = SetEngine(context, job, folder, pool, workers)
            places = place_parts(engine.count(progress))
            measured = first.measure(places[0], on_progress)
            records = engine.make(places, progress)
        folder.remove_drafts()
        described = compute_bulk_manifest(job, measured, records, self.context.actor.name)
        digest = folder.write_json(MANIFEST, described)
        self._record(job, sum(described["rows"].values()), digest, len(measured.evidence.check().warnings))
        seconds = time.perf_counter() - started
        return summarize_set(job, folder.address, records, described, digest, seconds)

    def _open(
        self, order: RelatedBulkOrder, folder: Folder, on_progress: OnProgress | None
    ) -> tuple[SetJob, RelatedModel]:
        """The job of an order and its fitted model; JobCancelled where the training was stopped."""
        context, stores = self.context, self.context.stores
        dataset = stores.related.get(order.dataset)
        recipe = order.recipe or self._related.default_recipe()
        reference = stores.related_models.obtain_reference(dataset)
        planner = SetPlanner(dataset, context.settings.identity, context.clock())
        job = planner.plan(order, recipe, reference, folder)
        model, _ = self._related.obtain(dataset, recipe, on_progress)
        require_whole(model.info.id, job.model)
        return job, model

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
