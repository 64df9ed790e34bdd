"""The watch over several large tables: what their parts repeat is recorded as they come, table by table."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from pipeline.evaluation.privacy.repeats import compare_exports
from pipeline.evaluation.related.reference import RelatedReference
from pipeline.evaluation.results import PrivacyFinding
from pipeline.generation.export_log import ExportLog
from pipeline.generation.related.bulk.part import MadeSetPart
from pipeline.generation.related.bulk.plan import SetJob
from pipeline.generation.related.exports import name_entry


@dataclass(frozen=True)
class SetWatch:
    """Several large tables among the exports, for the process that gives their parts to be made."""

    log: ExportLog
    job: SetJob
    reference: RelatedReference
    actor: str

    def is_noted(self, index: int) -> bool:
        """Whether what a part repeats was noted for every table before this job began."""
        return index in self._noted

    def note(self, made: MadeSetPart) -> None:
        """Note what the tables of a part repeat, unless that is known."""
        for name, record in (made.repeats or {}).items():
            self.log.add_part(self._entries[name], made.record.index, self.job.parts, record, self.actor)

    def compare(self) -> dict[str, PrivacyFinding]:
        """By table what all parts repeat together with earlier exports; NotFoundError where none is noted."""
        return {name: self._compare(name, key) for name, key in self._entries.items()}

    def _compare(self, name: str, key: str) -> PrivacyFinding:
        record = self.log.get(key)
        return compare_exports(
            self.log.list_before(key, record), record, self.reference.tables[name].real_keys
        )

    @cached_property
    def _entries(self) -> dict[str, str]:
        """What the log calls each table."""
        return {name: name_entry(self.job.table_key, name) for name in self.reference.tables}

    @cached_property
    def _noted(self) -> frozenset[int]:
        by_table = [self.log.list_parts(key) for key in self._entries.values()]
        return frozenset.intersection(*by_table) if by_table else frozenset(range(self.job.parts))
