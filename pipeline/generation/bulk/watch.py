"""The watch over a large table: what its parts repeat is recorded as they come, and evaluated in the end."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from pipeline.evaluation.privacy.copies import RowKeys
from pipeline.evaluation.privacy.repeats import compare_exports
from pipeline.evaluation.results import PrivacyFinding
from pipeline.generation.bulk.part import MadePart
from pipeline.generation.bulk.plan import Job
from pipeline.generation.export_log import ExportLog


@dataclass(frozen=True)
class TableWatch:
    """One large table among the exports, for the process that gives its parts to be made."""

    log: ExportLog
    job: Job
    actor: str

    def is_noted(self, index: int) -> bool:
        """Whether what a part repeats was noted before this job began."""
        return index in self._noted

    def note(self, made: MadePart) -> None:
        """Note what a part repeats, unless that is known."""
        if made.repeats is not None:
            index, parts = made.record.index, self.job.parts
            self.log.add_part(self.job.table_key, index, parts, made.repeats, self.actor)

    def compare(self, real: RowKeys) -> PrivacyFinding:
        """What all parts repeat together with earlier exports; NotFoundError where no part is noted.

        `real` numbers the training and holdout rows.
        """
        record = self.log.get(self.job.table_key)
        return compare_exports(self.log.list_before(self.job.table_key, record), record, real)

    @cached_property
    def _noted(self) -> frozenset[int]:
        return self.log.list_parts(self.job.table_key)
