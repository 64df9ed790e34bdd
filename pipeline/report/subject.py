"""What a report is about: one synthetic table, the dataset that it is measured against, and the evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from pipeline.evaluation.reference import Reference
from pipeline.evaluation.results import Evaluation
from pipeline.exporters import Provenance
from pipeline.synthesizers.protocol import Progress


@dataclass(frozen=True)
class Subject:
    """A measured table; `modelled` are its modelled columns, `origin` facts about where it comes from.

    `fingerprint` is that of the dataset, `history` the training, where it is known.
    """

    provenance: Provenance
    reference: Reference
    modelled: pd.DataFrame
    evaluation: Evaluation
    fingerprint: str = ""
    origin: Mapping[str, str] = field(default_factory=dict)
    history: Sequence[Progress] = ()
