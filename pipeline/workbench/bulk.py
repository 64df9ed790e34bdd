"""The use case of large tables: N rows in parts, on as many workers as there are."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from pipeline.access.accounts import AccountRole
from pipeline.access.audit import AuditEvent
from pipeline.datasets.dataset import Dataset
from pipeline.errors import DataError, JobCancelled
from pipeline.evaluation.reference import Reference
from pipeline.generation.bulk import engine, manifest
from pipeline.generation.bulk.cluster import connect, load_security
from pipeline.generation.bulk.evidence import FirstRows, measure_first_rows, render_first_rows
from pipeline.generation.bulk.folder import Folder
from pipeline.generation.bulk.orders import name_folder, plan_job
from pipeline.generation.bulk.plan import Job, plan_parts
from pipeline.generation.bulk.request import BulkOrder, BulkResult
from pipeline.generation.bulk.watch import TableWatch
from pipeline.generation.bulk.workplace import Workplace
from pipeline.generation.export_log import ExportLog
from pipeline.generation.given_shares import check_shares
from pipeline.generation.paths import prepare_state, refuse_data_folders
from pipeline.synthesizers.protocol import OnProgress
from pipeline.synthesizers.recipe import Recipe
from pipeline.workbench.context import needs
from pipeline.workbench.datasets import Holdings

if TYPE_CHECKING:
    from pipeline.generation.bulk.engine import Client


@dataclass(frozen=True)
class _BulkPlan:
    """A large table that can be made: its dataset, recipe and real side, its job, and where it goes."""

    dataset: Dataset
    recipe: Recipe
    reference: Reference
    job: Job
    folder: Folder


class BulkDesk(Holdings):
    """Large tables, for whoever may generate."""

    @needs(AccountRole.ANALYST)
    def bulk(
        self,
        order: BulkOrder,
        on_progress: engine.OnBulkProgress | None = None,
        client: Client | None = None,
        on_training: OnProgress | None = None,
    ) -> BulkResult:
        """Make a large table in parts, on `client`'s workers, a cluster, local processes or right here.

        JobCancelled from `on_progress` ends the job; complete parts stay, and the same order finds them.
        Raises DataError where the folder holds anything else, SamplingError where a unique column has too
        few values, both before anything is written, and ExportError at the first invalid row or real value.
        """
        plan = self._plan_bulk(order)
        workplace = self._open_workplace(plan, on_training)
        job, folder, started = plan.job, plan.folder, time.perf_counter()
        first = measure_first_rows(workplace, job, next(plan_parts(job)))
        manifest.claim(folder, job)
        watch = TableWatch(ExportLog(self._stores.database), job, self.actor.name)
        with self._hire(order, plan, client) as workers:
            records = engine.make_parts(workers, workplace, job, folder, on_progress, watch)
        found = first.set_beside(watch.compare(workplace.reference.real_keys))
        described, digest = _complete(plan, workplace, records, found, self.actor.name)
        self._record_table(job, digest, described)
        return _sum_up(job, order, records, described, digest, time.perf_counter() - started)

    def _open_workplace(self, plan: _BulkPlan, on_training: OnProgress | None) -> Workplace:
        """The fitted model of a plan beside its real side; JobCancelled where its training was stopped."""
        prepare_state(self.settings.state_folder)
        model, _ = self._obtain_model(plan.dataset, plan.recipe, on_training)
        if model.info.id != plan.job.model:
            raise JobCancelled("The training was stopped before its end.", "repeat the request to go on.")
        return Workplace(model, plan.reference)

    def _record_table(self, job: Job, digest: str, described: Mapping[str, Any]) -> None:
        self._record(
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

    def _open_folder(self, order: BulkOrder) -> Folder:
        folder = Folder(order.out)
        path = folder.local_path
        if path is not None:
            refuse_data_folders(path, self.settings.state_folder)
            if path.exists() and not path.is_dir():
                raise DataError(f"{path} is a file.", "name a folder for the parts.")
        return folder

    def _plan_bulk(self, order: BulkOrder) -> _BulkPlan:
        """An order that can be met, as far as can be told without its model; DataError where it cannot."""
        dataset = self._catalog.get(order.dataset)
        recipe = self._settle_recipe(order.recipe)
        folder = self._open_folder(order)
        begun = manifest.find_begun(folder)
        job = plan_job(order, dataset, recipe, self.settings.identity, begun)
        manifest.check_folder(folder, job)
        reference = self._library.obtain_reference(dataset)
        check_shares(job.shares, reference, recipe.synthesizer)
        return _BulkPlan(dataset, recipe, reference, job, folder)

    def _settle_bulk(self, order: BulkOrder) -> BulkOrder:
        """The order with recipe, date and folder decided.

        Where it names no folder, it gets one among the exports that equal orders share: the same order once
        more goes on there.
        """
        dataset = self._catalog.get(order.dataset)
        recipe = self._settle_recipe(order.recipe)
        folder = self._open_folder(order) if order.out else None
        begun = manifest.find_begun(folder) if folder else None
        job = plan_job(order, dataset, recipe, self.settings.identity, begun)
        out = folder.address if folder else str(self.settings.state_folder / "exports" / name_folder(job))
        return replace(order, recipe=recipe, as_of=date.fromisoformat(job.as_of), out=out)

    def _hire(
        self, order: BulkOrder, plan: _BulkPlan, client: Client | None
    ) -> AbstractContextManager[Client | None]:
        """Who makes the parts; None is this process."""
        settings, is_spread = self.settings, self._is_reached(plan.folder)
        if client is not None:
            return nullcontext(client if is_spread else None)
        if order.scheduler is not None and is_spread:
            return connect(order.scheduler, load_security(settings.dask, order.scheduler))
        if order.workers == 1:
            return nullcontext()
        return engine.local_cluster(min(order.workers, plan.job.parts), settings.state_folder)

    def _is_reached(self, folder: Folder) -> bool:
        """Whether the workers of a cluster write to the same folder as this process, as far as is known."""
        # A store of its own is for machines whose disks are apart.
        return folder.local_path is None or not self.settings.store.url


def _complete(
    plan: _BulkPlan,
    workplace: Workplace,
    records: Sequence[manifest.PartRecord],
    first: FirstRows,
    ordered_by: str,
) -> tuple[dict[str, Any], str]:
    """Write report and manifest beside the parts, once all are here; the manifest and its checksum."""
    job, folder = plan.job, plan.folder
    manifest.require_parts(folder, records)
    folder.remove_drafts()
    report = render_first_rows(workplace, job, first)
    described = manifest.compute_bulk_manifest(
        job, plan.dataset.spec, workplace.model.info, records, first, report, ordered_by
    )
    folder.write(manifest.REPORT, report)
    return described, folder.write_json(manifest.MANIFEST, described)


def _sum_up(
    job: Job,
    order: BulkOrder,
    records: Sequence[manifest.PartRecord],
    described: Mapping[str, Any],
    digest: str,
    seconds: float,
) -> BulkResult:
    new = [record for record in records if record.is_new]
    return BulkResult(
        model=job.model,
        rows=job.rows,
        parts=len(records),
        new_parts=len(new),
        out=order.out,
        seed=job.seed,
        as_of=date.fromisoformat(job.as_of),
        seconds=round(seconds, 3),
        rows_per_second=round(sum(record.rows for record in new) / seconds, 1),
        forced_rows=described["forced_rows"],
        sha256=digest,
        manifest=described,
    )
