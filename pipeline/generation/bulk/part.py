"""One part of a large table: sampled, checked row by row, written whole, remembered."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from pipeline.evaluation.privacy.copies import RowKeys
from pipeline.evaluation.privacy.repeats import ExportRecord
from pipeline.evaluation.validity.check import check_validity, require_valid
from pipeline.exporters.formats import ExportFormat
from pipeline.generation.bulk.checks import require_no_real_person
from pipeline.generation.bulk.folder import Folder
from pipeline.generation.bulk.manifest import PartRecord, find_record, save_record
from pipeline.generation.bulk.part_context import PartContext, open_part_context
from pipeline.generation.bulk.plan import Job, Part
from pipeline.generation.bulk.schema import encode_rows, to_arrow, to_checkable
from pipeline.models.model import Sample


@dataclass(frozen=True)
class MadePart:
    """A part that lies in its folder, and which real rows it repeats; None where that was noted before.

    The record lies beside the data. What the part repeats shows which real rows can be found: it goes to
    the workbench's own store and nowhere else.
    """

    record: PartRecord
    repeats: ExportRecord | None


def make_part_anywhere(
    job: Mapping[str, Any], part: Mapping[str, Any], address: str, is_noted: bool
) -> MadePart:
    """Make one part in a worker, from plain values and the settings in its environment."""
    planned = Job.from_dict(job)
    return make_part(open_part_context(planned), planned, Part.from_dict(part), Folder(address), is_noted)


def make_part(context: PartContext, job: Job, part: Part, folder: Folder, is_noted: bool = False) -> MadePart:
    """Make and write one part unless it lies there; ExportError for an invalid row or copied people.

    `is_noted` says that what it repeats is known. Where it is not, a part that lies there is sampled once
    more, and its file stays.
    """
    found = find_record(folder, part)
    if found is not None and is_noted:
        return MadePart(found, None)
    sample = context.model.sample(context.plan_sample(job, part))
    keys = context.compare_rows(sample)
    repeats = None if is_noted else context.record_repeats(keys)
    return MadePart(found or _write(context, job, part, folder, sample, keys), repeats)


def _write(
    context: PartContext, job: Job, part: Part, folder: Folder, sample: Sample, keys: RowKeys
) -> PartRecord:
    table = to_arrow(sample.table, context.schema)
    checkable = to_checkable(table, sample.table)
    checked = _check(context, job, part, checkable)
    spec, reference = context.model.spec, context.reference
    require_no_real_person(spec, reference, checkable, keys, job.parts, part.file)
    content = encode_rows(context.model.spec, ExportFormat(job.format), sample.table, table)
    folder.write(part.file, content)
    digest = hashlib.sha256(content).hexdigest()
    record = PartRecord(
        part.index,
        part.file,
        part.first_row,
        part.rows,
        len(content),
        digest,
        checked,
        sample.forced_rows,
    )
    save_record(folder, record)
    return record


def _check(context: PartContext, job: Job, part: Part, table: pd.DataFrame) -> tuple[int, ...]:
    """How many rows each rule looked at."""
    spec, real = context.model.spec, context.reference.raw
    as_of = date.fromisoformat(job.as_of)
    validity = check_validity(table, spec, as_of=as_of, real=real, ssn=_ssn(job))
    require_valid(validity, part.file)
    return tuple(rule.checked for rule in validity.rules)


def _ssn(job: Job) -> Any:
    return job.identity["ssn"]
