"""One part of several tables: counted, then drawn again, checked, and written whole."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pipeline.datasets.rules.check import RuleCheck, check_rules
from pipeline.datasets.rules.given import RuleTables
from pipeline.errors import ExportError
from pipeline.evaluation.privacy.copies import RowKeys
from pipeline.evaluation.privacy.repeats import ExportRecord
from pipeline.evaluation.related.keys import check_keys, require_keys
from pipeline.evaluation.validity.check import check_validity, require_valid
from pipeline.exporters import ExportFormat
from pipeline.generation.bulk.checks import require_no_real_person
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
from pipeline.generation.related.exports import compare_rows
from pipeline.models.related.assembly import Places, RelatedRequest, RelatedSample
from pipeline.synthesizers.related.protocol import DrawnTable

_REPORT = "report this as a defect, with the dataset and the seed."


@dataclass(frozen=True)
class MadeSetPart:
    """A part that lies in its folder, and by table which real rows it repeats; None where that was noted.

    What it repeats goes to the workbench's own store and nowhere else.
    """

    record: SetPartRecord
    repeats: Mapping[str, ExportRecord] | None


def count_anywhere(job: Mapping[str, Any], index: int, address: str) -> dict[str, int]:
    """Count one part in a worker, from plain values and the settings in its environment."""
    planned = SetJob.from_dict(job)
    return count_part(open_set_context(planned), planned, index, Folder(address))


def make_anywhere(
    job: Mapping[str, Any], index: int, places: Mapping[str, tuple[int, int]], address: str, is_noted: bool
) -> MadeSetPart:
    """Make one part in a worker; `places` are first row and all rows of each table."""
    planned = SetJob.from_dict(job)
    placed = {name: Places(*one) for name, one in places.items()}
    return make_part(open_set_context(planned), planned, index, placed, Folder(address), is_noted)


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
    context: SetContext,
    job: SetJob,
    index: int,
    places: Mapping[str, Places],
    folder: Folder,
    is_noted: bool = False,
) -> MadeSetPart:
    """Make one part unless it lies there; ExportError for a broken key, rule or row, or copied people.

    `is_noted` says that what it repeats is known. Where it is not, a part that lies there is drawn once more,
    and its files stay.
    """
    public = dict.fromkeys(_list_public(context), 0)
    first_rows = {name: place.first_row for name, place in places.items()} | public
    found = find_record(folder, index, first_rows)
    if found is not None and is_noted:
        return MadeSetPart(found, None)
    request = job.ask(index, places)
    sample = context.model.sample(request)
    keys = compare_rows(context.reference, sample.tables, request.as_of)
    repeats = None if is_noted else context.record_repeats(keys)
    part = _Part(context, job, index, request, sample, keys, folder)
    return MadeSetPart(found or part.write(first_rows), repeats)


def _list_public(context: SetContext) -> list[str]:
    return [table.name for table in context.model.dataset.schema.tables if table.is_public]


@dataclass(frozen=True)
class _Part:
    """A part that was drawn, on its way into its files."""

    context: SetContext
    job: SetJob
    index: int
    request: RelatedRequest
    sample: RelatedSample
    keys: Mapping[str, RowKeys]
    folder: Folder

    def write(self, first_rows: Mapping[str, int]) -> SetPartRecord:
        """Check every row and write every table; the record comes last."""
        tables = self.sample.tables
        keys = check_keys(self.context.model.dataset.schema, tables)
        require_keys(keys)
        rules = self._require_rules()
        # The first part alone holds the tables that all have.
        left_out = _list_public(self.context) if self.index else ()
        files = tuple(self._write(name, first_rows[name]) for name in tables if name not in left_out)
        checked = [one.checked for one in keys], [one.checked for one in rules]
        record = SetPartRecord(self.index, files, *checked)
        save_record(self.folder, record)
        return record

    def _require_rules(self) -> tuple[RuleCheck, ...]:
        schema, links = self.context.model.dataset.schema, self.sample.links.values()
        by_relation = {relation: rows for found in links for relation, rows in found.items()}
        checks = check_rules(self.context.rules, RuleTables(schema, self.sample.tables, by_relation))
        broken = next((one for one in checks if one.failed), None)
        if broken is not None:
            rule = broken.rule
            raise ExportError(
                f"Part {self.index} is not written: the rule {rule.kind} of {rule.table}."
                f"{', '.join(rule.columns)} is broken in {broken.failed:,} of {broken.checked:,} rows.",
                _REPORT,
            )
        return checks

    def _write(self, name: str, first_row: int) -> TableFile:
        context, table = self.context, self.sample.tables[name]
        file = name_part(context.folders[name], self.index, self.job.suffix)
        self._require_exportable(name, table, file)
        typed = to_arrow(table, context.types[name])
        content = encode_rows(context.specs[name], ExportFormat(self.job.format), table, typed)
        self.folder.write(file, content)
        return TableFile(name, file, first_row, len(table), len(content), hashlib.sha256(content).hexdigest())

    def _require_exportable(self, name: str, table: pd.DataFrame, file: str) -> None:
        """Raise ExportError where a row breaks a rule of its columns, or people are repeated."""
        reference = self.context.reference.tables.get(name)
        if reference is None or table.empty:
            return
        spec, request = reference.spec, self.request
        own = table[[column.name for column in spec.columns]]
        require_valid(
            check_validity(own, spec, as_of=request.as_of, real=reference.raw, ssn=request.options.ssn),
            file,
        )
        require_no_real_person(spec, reference, own, self.keys[name], self.job.parts, file)
