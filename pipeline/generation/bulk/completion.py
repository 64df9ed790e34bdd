"""The end of a large table: report and manifest beside its parts, and the result of the order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from pipeline.generation.bulk import manifest
from pipeline.generation.bulk.evidence import FirstRows, render_first_rows
from pipeline.generation.bulk.orders import BulkPlan
from pipeline.generation.bulk.part_context import PartContext
from pipeline.generation.bulk.plan import Job
from pipeline.generation.orders import BulkOrder
from pipeline.generation.results import BulkResult


def complete_table(
    plan: BulkPlan,
    context: PartContext,
    records: Sequence[manifest.PartRecord],
    first: FirstRows,
    ordered_by: str,
) -> tuple[dict[str, Any], str]:
    """Write report and manifest beside the parts, once all are here; the manifest and its checksum."""
    job, folder = plan.job, plan.folder
    manifest.require_parts(folder, records)
    folder.remove_drafts()
    report = render_first_rows(context, job, first)
    described = manifest.compute_bulk_manifest(
        job, plan.dataset.spec, context.model.info, records, first, report, ordered_by
    )
    folder.write(manifest.REPORT, report)
    return described, folder.write_json(manifest.MANIFEST, described)


def summarize_table(
    job: Job,
    order: BulkOrder,
    records: Sequence[manifest.PartRecord],
    described: Mapping[str, Any],
    digest: str,
    seconds: float,
) -> BulkResult:
    """The result of an order; `seconds` is all that it took."""
    new = [record for record in records if record.is_new]
    return BulkResult(
        model=job.model,
        rows=job.rows,
        parts=len(records),
        new_parts=len(new),
        out=order.out or "",
        seed=job.seed,
        as_of=date.fromisoformat(job.as_of),
        seconds=round(seconds, 3),
        rows_per_second=round(sum(record.rows for record in new) / seconds, 1),
        forced_rows=described["forced_rows"],
        sha256=digest,
        manifest=described,
    )
