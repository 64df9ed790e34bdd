"""What each stage of a training gave, measured alike: initial data, the synthesizer's rows, refined rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from pipeline.datasets.spec import ModelledColumn

HMA, PLAIN, REFINED = "hma", "synthesizer", "refined"
MOST_ROWS = 1_000
"""Rows of a stage that are measured: enough to order the stages, and quick beside a training."""


@dataclass(frozen=True)
class StageScore:
    """Quality (0–1) against the holdout and detection AUC against the training rows of one stage's rows.

    None where it cannot be measured; `rows` is how many rows were.
    """

    stage: str
    quality: float | None
    auc: float | None
    rows: int


def measure_stages(
    training: pd.DataFrame,
    holdout: pd.DataFrame,
    columns: Sequence[ModelledColumn],
    tables: Mapping[str, pd.DataFrame],
    seed: int,
) -> tuple[StageScore, ...]:
    """Measure as many rows of each stage; every table is modelled and random in its order."""
    from pipeline.evaluation.classifiers.detection import estimate_detection
    from pipeline.evaluation.quality.score import compute_quality

    found, most = [], min([MOST_ROWS, *map(len, tables.values())])
    for stage, table in tables.items():
        rows = table.head(most)
        quality = compute_quality(holdout, rows, columns).score if len(holdout) else None
        auc = estimate_detection(training, rows, columns, seed)
        found.append(StageScore(stage, quality, None if auc is None else auc.value, len(rows)))
    return tuple(found)
