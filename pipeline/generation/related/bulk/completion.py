"""What is measured on the first part of a large set, and the manifest at its end."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pipeline.generation.bulk.folder import Folder
from pipeline.generation.bulk.manifest import MANIFEST, REPORT
from pipeline.generation.related.bulk.context import SetContext
from pipeline.generation.related.bulk.part import count_rows
from pipeline.generation.related.bulk.plan import SetJob
from pipeline.generation.related.bulk.records import SetPartRecord, require_files
from pipeline.generation.related.files import compute_set_manifest
from pipeline.generation.related.making import measure_related
from pipeline.generation.related.reporting import render_set_report
from pipeline.generation.related.results import RelatedGeneration
from pipeline.generation.results import RelatedBulkResult
from pipeline.models.related.assembly import Places
from pipeline.progress import OnProgress
from pipeline.synthesizers.related.protocol import DrawnTable

_HEADROOM = 1.25
"""A rare code may be this much more frequent in a later part than in the first one."""


@dataclass(frozen=True)
class FirstPart:
    """The modelled rows of the first part, drawn once for all that is to be known before others are made."""

    context: SetContext
    job: SetJob
    drawn: Mapping[str, DrawnTable]

    @property
    def counts(self) -> dict[str, int]:
        """The rows of each table."""
        return count_rows(self.drawn)

    def estimate_rows(self) -> dict[str, int]:
        """About how many rows each table has in all parts."""
        public = {one.name for one in self.context.model.dataset.schema.tables if one.is_public}
        return {name: rows if name in public else rows * self.job.parts for name, rows in self.counts.items()}

    def require_codes(self) -> None:
        """Raise SamplingError where identity columns have too few values for all rows."""
        places = {name: Places(0, rows) for name, rows in self.estimate_rows().items()}
        headroom = _HEADROOM if self.job.parts > 1 else 1.0
        self.context.model.assemble(self.drawn, self.job.ask(0, places, headroom))

    def measure(self, places: Mapping[str, Places], on_progress: OnProgress | None) -> RelatedGeneration:
        """The first part with its evidence; ExportError where it may not leave."""
        model, request = self.context.model, self.job.ask(0, places)
        sample = model.assemble(self.drawn, request)
        evidence = measure_related(model, sample, request, on_progress)
        evidence.require_exportable()
        return RelatedGeneration(model.dataset, model.info, request, sample, evidence, {}, True)


def complete_set(
    job: SetJob,
    folder: Folder,
    first: RelatedGeneration,
    records: Sequence[SetPartRecord],
    ordered_by: str,
) -> tuple[dict[str, Any], str]:
    """Write report and manifest beside the parts, once all are here; the manifest and its checksum.

    `first` is the first part with its evidence, what all parts repeat included.
    """
    require_files(folder, records)
    folder.remove_drafts()
    report = render_set_report(first)
    folder.write(REPORT, report)
    described = _compute_manifest(job, first, records, report, ordered_by)
    return described, folder.write_json(MANIFEST, described)


def _compute_manifest(
    job: SetJob,
    first: RelatedGeneration,
    records: Sequence[SetPartRecord],
    report: bytes,
    ordered_by: str,
) -> dict[str, Any]:
    """What is needed to check all tables, or to make them again; `evidence` is that of the first part."""
    described = compute_set_manifest(first, {}, ordered_by)
    files = {
        one.file: {
            "table": one.table,
            "first_row": one.first_row,
            "rows": one.rows,
            "size_bytes": one.size_bytes,
            "sha256": one.sha256,
        }
        for record in records
        for one in record.files
    }
    return {
        **described,
        "files": files,
        "rows": sum_rows(records),
        "roots": dict(job.roots),
        "parts": job.parts,
        "format": job.format,
        "versions": dict(job.versions),
        "first_part": {"rows": first.rows},
        "quality": first.evidence.quality,
        "privacy": first.evidence.privacy.value,
        "report": {
            "file": REPORT,
            "size_bytes": len(report),
            "sha256": hashlib.sha256(report).hexdigest(),
        },
        "all_parts": _sum_checks(first, records),
    }


def sum_rows(records: Sequence[SetPartRecord]) -> dict[str, int]:
    """The rows of each table in all parts."""
    rows: dict[str, int] = {}
    for record in records:
        for one in record.files:
            rows[one.table] = rows.get(one.table, 0) + one.rows
    return rows


def summarize_set(
    job: SetJob,
    out: str,
    records: Sequence[SetPartRecord],
    described: Mapping[str, Any],
    digest: str,
    seconds: float,
) -> RelatedBulkResult:
    """The result of an order; `seconds` is all that it took."""
    new = [record for record in records if record.is_new]
    return RelatedBulkResult(
        model=job.model,
        scale=job.scale,
        rows=sum_rows(records),
        parts=len(records),
        new_parts=len(new),
        out=out,
        seed=job.seed,
        as_of=date.fromisoformat(job.as_of),
        seconds=round(seconds, 3),
        rows_per_second=round(sum(record.rows for record in new) / seconds, 1),
        sha256=digest,
        manifest=described,
    )


def _sum_checks(first: RelatedGeneration, records: Sequence[SetPartRecord]) -> dict[str, Any]:
    """No part with a broken key or rule is ever written, so that only the checks are listed."""
    evidence = first.evidence
    public = {one.name for one in first.dataset.schema.tables if one.is_public}

    def count(checked: Sequence[int], table: str) -> int:
        # Every part has the same public tables.
        return checked[0] if table in public else sum(checked)

    keys = [
        {
            "table": one.table,
            "columns": list(one.columns),
            "kind": one.kind,
            "checked": count([record.keys_checked[place] for record in records], one.table),
            "failed": 0,
        }
        for place, one in enumerate(evidence.keys)
    ]
    rules = [
        {
            "kind": one.rule.kind,
            "table": one.rule.table,
            "columns": list(one.rule.columns),
            "checked": count([record.rules_checked[place] for record in records], one.rule.table),
            "failed": 0,
        }
        for place, one in enumerate(evidence.rules)
    ]
    return {"keys": keys, "rules": rules}
