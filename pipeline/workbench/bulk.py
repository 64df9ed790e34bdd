"""The use cases of large tables: N rows in parts, on as many workers as there are; and the files of them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from pipeline.access.accounts import AccountRole
from pipeline.access.audit import AuditEvent
from pipeline.errors import JobError, NotFoundError
from pipeline.generation.bulk import engine, manifest
from pipeline.generation.bulk.cluster import find_own_client
from pipeline.generation.bulk.completion import complete_table, summarize_table
from pipeline.generation.bulk.evidence import evaluate_first_rows
from pipeline.generation.bulk.files import list_files, read_unchanged
from pipeline.generation.bulk.folder import Folder
from pipeline.generation.bulk.orders import BulkPlan, BulkPlanner
from pipeline.generation.bulk.part_context import PartContext
from pipeline.generation.bulk.plan import Job, plan_parts
from pipeline.generation.bulk.spreading import open_client
from pipeline.generation.bulk.watch import TableWatch
from pipeline.generation.orders import BulkOrder, RelatedBulkOrder
from pipeline.generation.results import BulkContents, BulkFile, BulkResult
from pipeline.models.library import require_whole
from pipeline.runs.records import BulkSummary
from pipeline.runs.states import RunKind, RunStatus
from pipeline.workbench.context import Context, needs
from pipeline.workbench.models import ModelService
from pipeline.workbench.runs import RunService

if TYPE_CHECKING:
    from pipeline.generation.bulk.spreading import Client
    from pipeline.progress import OnProgress
    from pipeline.runs.records import Run


_WITH_FILES = (RunKind.BULK, RunKind.RELATED_BULK)


class BulkService:
    """Large tables, as one actor may make them, and fetch them and several large ones."""

    def __init__(self, context: Context, models: ModelService, runs: RunService) -> None:
        self.context = context
        self._models = models
        self._runs = runs

    @needs(AccountRole.ANALYST)
    def make(
        self, order: BulkOrder, on_progress: OnProgress | None = None, client: Client | None = None
    ) -> BulkResult:
        """Make a large table in parts, on `client`'s workers, a cluster, local processes or right here.

        STOP from `on_progress` ends the job; complete parts stay, and the same order finds them. A Dask
        worker that does this has every worker of its cluster make parts.
        Raises DataError where the folder holds anything else, SamplingError where a unique column has too
        few values, both before anything is written, and ExportError at the first invalid row or real value.
        """
        context = self.context
        context.stores.approvals.refuse_unapprovable(order.dataset)
        plan = self._plan(order)
        part_context = self._open_part_context(plan, on_progress)
        job, folder, started = plan.job, plan.folder, time.perf_counter()
        first = evaluate_first_rows(part_context, job, next(plan_parts(job)))
        manifest.claim(folder, job)
        watch = TableWatch(context.stores.exports, job, context.actor.name)
        with self._open_client(order, plan, client or find_own_client()) as workers:
            records = engine.make_parts(workers, part_context, job, folder, on_progress, watch)
        found = first.set_beside(watch.compare(part_context.reference.real_keys))
        described, digest = complete_table(plan, part_context, records, found, context.actor.name)
        self._record_table(job, digest, described)
        return summarize_table(job, order, records, described, digest, time.perf_counter() - started)

    @needs(AccountRole.VIEWER)
    def list_files(self, run_id: str) -> BulkContents:
        """The files of a bulk run that is done; NotFoundError where its folder is gone."""
        return self._open(run_id)[1]

    @needs(AccountRole.VIEWER)
    def read_file(self, run_id: str, name: str) -> bytes:
        """One file as it was made, recorded as a download by the user who accepts the findings.

        NotFoundError for a file that the manifest does not name, ExportError for one that is too large or
        has changed since.
        """
        run = self._runs.get(run_id)
        folder, contents = self._open(run_id)
        file = next((one for one in contents.files if one.name == name), None)
        if file is None:
            raise NotFoundError(f"Run {run_id} has no file {name}.", "choose one from its list.")
        content = read_unchanged(folder, file)
        self._record_file(run, file, contents.warnings)
        return content

    def _plan(self, order: BulkOrder) -> BulkPlan:
        context, stores = self.context, self.context.stores
        return BulkPlanner(context.settings, stores.catalog, stores.library, context.clock()).plan(order)

    def _open_client(
        self, order: BulkOrder, plan: BulkPlan, client: Client | None
    ) -> AbstractContextManager[Client | None]:
        settings = self.context.settings
        # A configured store means that the machines have separate disks.
        is_reached = plan.folder.local_path is None or not settings.store.url
        workers = min(order.workers, plan.job.parts)
        return open_client(workers, order.scheduler, settings, client, is_reached)

    def _open_part_context(self, plan: BulkPlan, on_progress: OnProgress | None) -> PartContext:
        """The fitted model of a plan beside its real side; JobCancelled where its training was stopped."""
        model, _ = self._models.obtain(plan.dataset, plan.recipe, on_progress)
        require_whole(model.info.id, plan.job.model)
        return PartContext(model, plan.reference)

    def _record_table(self, job: Job, digest: str, described: Mapping[str, Any]) -> None:
        self.context.record(
            AuditEvent.TABLE_GENERATED,
            job.dataset,
            rows=job.rows,
            seed=job.seed,
            as_of=job.as_of,
            model=job.model,
            format=job.format,
            sha256=digest,
            findings=len(manifest.read_findings(described)),
        )

    def _open(self, run_id: str) -> tuple[Folder, BulkContents]:
        """The folder of a run and the files in it."""
        run = self._runs.get(run_id)
        if run.kind not in _WITH_FILES or run.status is not RunStatus.DONE:
            raise JobError(f"Run {run_id} has no files.", "choose a large table that is done.")
        self.context.stores.approvals.refuse_unapprovable(run.dataset)
        folder = Folder(run.folder or "")
        contents = list_files(folder)
        if contents is None:
            raise NotFoundError(
                f"The files of run {run_id} no longer exist.", "repeat the run to generate them again."
            )
        return folder, contents

    def _record_file(self, run: Run, file: BulkFile, findings: tuple[str, ...]) -> None:
        order = run.order
        known: dict[str, Any] = {}
        if isinstance(order, BulkOrder | RelatedBulkOrder):
            as_of, made = order.as_of.isoformat() if order.as_of else None, run.result
            rows = made.rows if isinstance(made, BulkSummary) else None
            known = {"rows": rows, "seed": order.seed, "as_of": as_of}
        known["model"] = run.model
        self.context.record(
            AuditEvent.DOWNLOADED,
            run.dataset,
            **{name: value for name, value in known.items() if value is not None},
            format=f"bulk {file.name}",
            sha256=file.sha256,
            findings=len(findings),
        )
