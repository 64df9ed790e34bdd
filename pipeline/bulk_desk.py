"""The use case of large tables: N rows in parts, on as many workers as there are."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from pipeline import features
from pipeline.access import needs
from pipeline.bulk import engine, manifest
from pipeline.bulk.evidence import measure_first_rows
from pipeline.bulk.folder import Folder
from pipeline.bulk.plan import BulkOrder, Job, check_order, plan_parts
from pipeline.bulk.workplace import Workplace
from pipeline.dataset import Dataset
from pipeline.errors import DataError, JobCancelled
from pipeline.given_shares import check_shares
from pipeline.holdings import Holdings
from pipeline.model import compute_model_id, compute_versions
from pipeline.store.accounts import AccountRole
from pipeline.store.audit import AuditEvent
from pipeline.synthesizers.device import settle_device
from pipeline.synthesizers.protocol import OnProgress
from pipeline.synthesizers.recipe import Recipe
from pipeline.targets import prepare_state, refuse_data_folders

if TYPE_CHECKING:
    from pipeline.bulk.engine import Client


@dataclass(frozen=True)
class BulkResult:
    """A large table as it lies in its folder; `new_parts` were made now, the others were found complete.

    `rows_per_second` is that of the parts that were made now; `sha256` is the manifest's.
    """

    model: str
    rows: int
    parts: int
    new_parts: int
    out: str
    seed: int
    as_of: date
    seconds: float
    rows_per_second: float
    sha256: str
    manifest: Mapping[str, Any]


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

        Nothing is written before the request is known to be possible. JobCancelled from `on_progress`
        ends the job; complete parts stay, and the same order finds them again. Raises DataError where the
        folder holds anything else, SamplingError where a unique column has too few values, and
        ExportError at the first invalid row or real value.
        """
        dataset = self._catalog.get(order.dataset)
        recipe = settle_device(order.recipe or self.default_recipe())
        folder = self._open_folder(order)
        job = self._plan_job(order, dataset, recipe, manifest.find_begun(folder))
        manifest.check_folder(folder, job)
        reference = self._library.obtain_reference(dataset)
        check_shares(job.shares, reference)
        prepare_state(self.settings.state_folder)
        model, _ = self._obtain_model(dataset, recipe, on_training)
        if model.info.id != job.model:
            raise JobCancelled("The training was stopped before its end.", "repeat the request to go on.")
        started = time.perf_counter()
        workplace = Workplace(model, reference)
        evidence, warnings = measure_first_rows(workplace, job, next(plan_parts(job)))
        manifest.claim(folder, job)
        records = self._make_parts(workplace, job, folder, order, on_progress, client)
        folder.remove_drafts()
        described = manifest.compute_bulk_manifest(job, dataset.spec, model.info, records, evidence, warnings)
        digest = folder.write_json(manifest.MANIFEST, described)
        self._record_table(job, digest)
        return _sum_up(job, order, records, described, digest, time.perf_counter() - started)

    def _record_table(self, job: Job, digest: str) -> None:
        self._record(
            AuditEvent.TABLE_GENERATED,
            job.dataset,
            rows=job.rows,
            seed=job.seed,
            as_of=job.as_of,
            model=job.model,
            format=job.format,
            sha256=digest,
        )

    def _open_folder(self, order: BulkOrder) -> Folder:
        folder = Folder(order.out)
        path = folder.local_path
        if path is not None:
            refuse_data_folders(path, self.settings.state_folder)
            if path.exists() and not path.is_dir():
                raise DataError(f"{path} is a file.", "name a folder for the parts.")
        return folder

    def _plan_job(self, order: BulkOrder, dataset: Dataset, recipe: Recipe, begun: Job | None) -> Job:
        """A folder that was begun on another day keeps its date, unless the order names one."""
        fmt = check_order(order)
        today = begun.as_of if begun else date.today().isoformat()
        as_of = order.as_of.isoformat() if order.as_of else today
        features.check_as_of(date.fromisoformat(as_of))
        shares = {**dataset.spec.shares, **(order.shares or {})}
        return Job(
            dataset=dataset.spec.name,
            fingerprint=dataset.fingerprint,
            model=compute_model_id(dataset.fingerprint, recipe),
            rows=order.rows,
            part_rows=order.part_rows,
            seed=order.seed,
            as_of=as_of,
            shares={name: {str(value): part for value, part in of.items()} for name, of in shares.items()},
            format=fmt.value,
            identity=self.settings.identity.model_dump(),
            versions={**compute_versions(), **manifest.compute_file_versions()},
        )

    def _make_parts(
        self,
        workplace: Workplace,
        job: Job,
        folder: Folder,
        order: BulkOrder,
        on_progress: engine.OnBulkProgress | None,
        client: Client | None,
    ) -> list[manifest.PartRecord]:
        if client is None and order.scheduler is None and order.workers == 1:
            return engine.run_here(workplace, job, folder, on_progress)
        if client is not None:
            hired: Any = nullcontext(client)
        elif order.scheduler is not None:
            hired = engine.connect(order.scheduler)
        else:
            hired = engine.local_cluster(min(order.workers, job.parts), self.settings.state_folder)
        with hired as workers:
            return engine.run_on(workers, job, folder, on_progress)


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
        sha256=digest,
        manifest=described,
    )
