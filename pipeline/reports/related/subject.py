"""What a report on several tables is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.datasets.columns import Learned
from pipeline.datasets.related.schema import RelatedSchema
from pipeline.datasets.rules.check import RuleCheck
from pipeline.evaluation.headline import Headline
from pipeline.evaluation.related.results import KeyCheck, RelationEvidence
from pipeline.evaluation.results import Evaluation, Verdict


@dataclass(frozen=True)
class RelatedSubject:
    """Several synthetic tables as they were measured; public tables have rows and no evaluation.

    `answer` says whether the tables may be shared, `facts` where they come from.
    """

    schema: RelatedSchema
    rows: Mapping[str, int]
    tables: Mapping[str, Evaluation]
    learned: Mapping[str, Learned]
    relations: tuple[RelationEvidence, ...]
    keys: tuple[KeyCheck, ...]
    rules: tuple[RuleCheck, ...]
    answer: Headline
    facts: tuple[tuple[str, str], ...] = ()

    @property
    def verdict(self) -> Verdict:
        """What to do about the tables."""
        return self.answer.verdict

    @property
    def reasons(self) -> tuple[str, ...]:
        """Every finding, in sentences."""
        return self.answer.findings
