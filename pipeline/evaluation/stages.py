"""What each stage of a training gave, measured alike: initial data, the synthesizer's rows, refined rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from pipeline.datasets.spec import ModelledColumn
from pipeline.evaluation.figure import UNMEASURED, Figure

HMA, PLAIN, REFINED = "hma", "synthesizer", "refined"
MOST_ROWS = 1_000
"""Rows of a stage that are measured: enough to order the stages, and quick beside a training."""


@dataclass(frozen=True)
class StageScore:
    """Quality (0–1) against the holdout and detection AUC against the training rows of one stage's rows.

    `nearer` of them lie closer to training than to holdout rows (0.5 is chance), between `nearer_low` and
    `nearer_high` at three standard errors. `figure` has the quality with pairs on the bins of the holdout
    between that of as many training rows, with shuffled columns and as they are. None where it cannot be
    measured; `rows` is how many rows were.
    """

    stage: str
    quality: float | None
    auc: float | None
    rows: int
    nearer: float | None = None
    nearer_low: float | None = None
    nearer_high: float | None = None
    figure: Figure = UNMEASURED


def measure_stages(
    training: pd.DataFrame,
    holdout: pd.DataFrame,
    columns: Sequence[ModelledColumn],
    tables: Mapping[str, pd.DataFrame],
    seed: int,
    ends: Figure = UNMEASURED,
) -> tuple[StageScore, ...]:
    """Measure as many rows of each stage; every table is modelled and random in its order.

    `ends` has the floor and the ceiling that stand beside each quality.
    """
    from pipeline.evaluation.classifiers.detection import estimate_detection

    found, most = [], min([MOST_ROWS, *map(len, tables.values())])
    for stage, table in tables.items():
        rows = table.head(most)
        quality, score = score_twice(holdout, rows, columns)
        auc = estimate_detection(training, rows, columns, seed)
        nearer = _measure_nearness(training, holdout, rows, columns, seed)
        detected = None if auc is None else auc.value
        found.append(
            StageScore(stage, quality, detected, len(rows), *nearer, figure=replace(ends, score=score))
        )
    return tuple(found)


def score_twice(
    unseen: pd.DataFrame, rows: pd.DataFrame, columns: Sequence[ModelledColumn]
) -> tuple[float | None, float | None]:
    """The quality of rows against unseen ones, and the score that compares with floor and ceiling."""
    from pipeline.evaluation.quality.baselines import score_comparable
    from pipeline.evaluation.quality.score import compute_quality

    if not len(unseen):
        return None, None
    quality = compute_quality(unseen, rows, columns)
    return quality.score, score_comparable(quality)


def _measure_nearness(
    training: pd.DataFrame,
    holdout: pd.DataFrame,
    rows: pd.DataFrame,
    columns: Sequence[ModelledColumn],
    seed: int,
) -> tuple[float | None, float | None, float | None]:
    """The share of rows that lie closer to training than to holdout rows, with its interval."""
    from pipeline.evaluation.privacy.evaluate import MOST_ROWS as MOST_COMPARED
    from pipeline.evaluation.privacy.overfit import compare_closest, evaluate_overfit
    from pipeline.evaluation.privacy.space import place
    from pipeline.evaluation.privacy.verdicts import MINIMUM_ROWS

    tables = (training, holdout, rows)
    if min(map(len, tables)) < MINIMUM_ROWS:
        return None, None, None
    rng = np.random.default_rng(seed)
    parts = [one.iloc[rng.permutation(len(one))[:MOST_COMPARED]] for one in tables]
    found = evaluate_overfit(compare_closest(*place(columns, parts)))
    return found.value, found.low, found.high
