"""One part of several tables: counted, then drawn again, checked, and written whole."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import pandas as pd

from pipeline.datasets.rules.check import RuleCheck, check_rules
from pipeline.datasets.rules.given import RuleTables
from pipeline.errors import ExportError
from pipeline.evaluation.privacy.overlap import count_overlap
from pipeline.evaluation.related.keys import check_keys, require_keys
from pipeline.evaluation.validity.check import check_validity, require_valid
from pipeline.exporters import ExportFormat
from pipeline.generation.bulk.folder import Folder
from pipeline.generation.bulk.schema import encode_rows, to_arrow
from pipeline.generation.related.bulk.context import SetContext, open_set_context
from pipeline.generation.related.bulk.plan import SetJob, name_part
from pipeline.generation.related.bulk.records import (
    SetPartRecord,
    TableFile,
    find_counts,
    find_record,
    save_counts,
    save_record,
)
from pipeline.models.related.assembly import Places, RelatedRequest, RelatedSample
from pipeline.synthesizers.related.protocol import DrawnTable

_REPORT = "report this as a defect, with the dataset and the seed."


def count_anywhere(job: Mapping[str, Any], index: int, address: str) -> dict[str, int]:
    """Count one part in a worker, from plain values and the settings in its environment."""
    planned = SetJob.from_dict(job)
    return count_part(open_set_context(planned), planned, index, Folder(address))


def make_anywhere(
    job: Mapping[str, Any], index: int, places: Mapping[str, tuple[int, int]], address: str
) -> SetPartRecord:
    """Make one part in a worker; `places` are first row and all rows of each table."""
    planned = SetJob.from_dict(job)
    placed = {name: Places(*one) for name, one in places.items()}
    return make_part(open_set_context(planned), planned, index, placed, Folder(address))


def count_part(context: SetContext, job: SetJob, index: int, folder: Folder) -> dict[str, int]:
    """How many rows of each table a part has, drawn unless it was counted before."""
    counts = find_counts(folder, index)
    if counts is None:
        counts = count_rows(context.model.draw(job.ask(index)))
        save_counts(folder, index, counts)
    return counts


def count_rows(drawn: Mapping[str, DrawnTable]) -> dict[str, int]:
    """The rows of each drawn table."""
    return {name: len(table.rows) for name, table in drawn.items()}


def make_part(
    context: SetContext, job: SetJob, index: int, places: Mapping[str, Places], folder: Folder
) -> SetPartRecord:
    """Write one part unless it lies there; ExportError where a key, a rule or a row of it is broken."""
    first_rows = {name: place.first_row for name, place in places.items()} | dict.fromkeys(
        _list_public(context), 0
    )
    found = find_record(folder, index, first_rows)
    if found is not None:
        return found
    request = job.ask(index, places)
    sample = context.model.sample(request)
    keys = check_keys(context.model.dataset.schema, sample.tables)
    require_keys(keys)
    rules = _require_rules(context, sample, index)
    files = tuple(
        _write(context, job, index, name, table, folder, first_rows[name])
        for name, table in sample.tables.items()
        if index == 0 or name not in _list_public(context)
    )
    record = SetPartRecord(index, files, [one.checked for one in keys], [one.checked for one in rules])
    save_record(folder, record)
    return record


def _list_public(context: SetContext) -> list[str]:
    return [table.name for table in context.model.dataset.schema.tables if table.is_public]


def _require_rules(context: SetContext, sample: RelatedSample, index: int) -> tuple[RuleCheck, ...]:
    schema = context.model.dataset.schema
    links = {relation: rows for found in sample.links.values() for relation, rows in found.items()}
    checks = check_rules(context.rules, RuleTables(schema, sample.tables, links))
    broken = next((one for one in checks if one.failed), None)
    if broken is not None:
        raise ExportError(
            f"Part {index} is not written: the rule {broken.rule.kind} of {broken.rule.table}."
            f"{', '.join(broken.rule.columns)} is broken in {broken.failed:,} of {broken.checked:,} rows.",
            _REPORT,
        )
    return checks


def _write(
    context: SetContext,
    job: SetJob,
    index: int,
    name: str,
    table: pd.DataFrame,
    folder: Folder,
    first_row: int,
) -> TableFile:
    file = name_part(context.folders[name], index, job.suffix)
    _require_exportable(context, job.ask(index), name, table, file)
    typed = to_arrow(table, context.types[name])
    content = encode_rows(context.specs[name], ExportFormat(job.format), table, typed)
    folder.write(file, content)
    return TableFile(name, file, first_row, len(table), len(content), hashlib.sha256(content).hexdigest())


def _require_exportable(
    context: SetContext, request: RelatedRequest, name: str, table: pd.DataFrame, file: str
) -> None:
    """Raise ExportError where a row breaks a rule of its columns, or repeats a real identity."""
    reference = context.model.learned.reference.tables.get(name)
    if reference is None or table.empty:
        return
    spec, real = reference.spec, reference.raw
    own = table[[column.name for column in spec.columns]]
    require_valid(
        check_validity(own, spec, as_of=request.as_of, real=real, ssn=request.options.ssn),
        file,
    )
    # The rule not_real is the same comparison, so that only columns without it are left.
    compared = [rule.column for rule in spec.rules if rule.rule == "not_real"]
    for column, count in count_overlap(real.drop(columns=compared), own, spec).items():
        if count:
            raise ExportError(
                f'{file} is not written: {count:,} rows repeat a real value of "{column}".', _REPORT
            )
