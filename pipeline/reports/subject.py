"""What a report is about: one synthetic table, the dataset that it is measured against, and the evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pandas as pd

from pipeline.datasets.columns import Learned, list_learned
from pipeline.evaluation.as_json import as_dict
from pipeline.evaluation.reference import Reference
from pipeline.evaluation.results import Evaluation
from pipeline.evaluation.stages import StageScore
from pipeline.progress import Progress
from pipeline.synthesizers.refinement.record import RefinementRecord


@dataclass(frozen=True)
class Subject:
    """A measured table; `modelled` are its modelled columns, `origin` facts about where it comes from.

    Its ages and expiries count from `as_of`; `history`, `stages` and `refinement` tell of the training, where
    it is known.
    """

    reference: Reference
    modelled: pd.DataFrame
    evaluation: Evaluation
    as_of: date
    origin: Mapping[str, str] = field(default_factory=dict)
    history: Sequence[Progress] = ()
    stages: Sequence[StageScore] = ()
    refinement: RefinementRecord | None = None

    @property
    def learned(self) -> Learned:
        """Which columns were learned, and so measured, and what became of the others."""
        return list_learned(self.reference.spec)

    def as_dict(self) -> dict[str, Any]:
        """The evidence as JSON-able values, and which columns it is about."""
        return {**as_dict(self.evaluation), "learned": self.learned.as_dict()}
