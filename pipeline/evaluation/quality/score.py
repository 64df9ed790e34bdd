"""Statistical likeness of two tables, with the numbers of sdmetrics' QualityReport.

The metrics of the report run in a plain loop: each pair is measured once for both settings of the
thresholds, on integer codes instead of text (`pair_trends`). Up to 50,000 rows the numbers are
those of the report; beyond, the report draws an unseeded subsample and this module does not. A
column without real values is left out with a reason, where the report scores its pairs as if
"missing" were a category; one that the synthetic table alone leaves empty scores 0, as do its pairs.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
import pandas as pd

from pipeline.datasets.spec import ModelledColumn
from pipeline.evaluation.quality.columns import ColumnPair, align_columns
from pipeline.evaluation.quality.metrics import Measurement, mean_score, measure, sdmetrics_version
from pipeline.evaluation.quality.pair_trends import THRESHOLDS, measure_pairs
from pipeline.evaluation.results import ColumnScore, PairScore, Quality, Skipped


def compute_quality(
    real: pd.DataFrame, synthetic: pd.DataFrame, columns: Sequence[ModelledColumn]
) -> Quality:
    """Compare modelled tables of any two lengths; what cannot be measured is in `skipped` with its reason.

    `score` is the mean of `column_shapes` and `column_pair_trends`, the latter over all pairs
    (thresholds 0); `strong_pair_trends` is over the pairs that pass sdmetrics' default thresholds.
    Raises EvaluationError where a table lacks a modelled column.
    """
    aligned = align_columns(real, synthetic, columns)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        # scipy warns of p-values, which are not used here.
        warnings.simplefilter("ignore")
        shapes = [(pair, _measure_shape(pair)) for pair in aligned]
        pairs = measure_pairs(aligned)
    return _summarise(shapes, pairs)


def _summarise(shapes: list[tuple[ColumnPair, Measurement]], pairs: list[tuple[PairScore, str]]) -> Quality:
    columns = tuple(ColumnScore(pair.name, _shape_metric(pair), found.score) for pair, found in shapes)
    scores = tuple(score for score, _ in pairs)
    skipped = [Skipped(pair.name, found.reason) for pair, found in shapes if found.score is None]
    skipped += [Skipped(f"{s.first} × {s.second}", reason) for s, reason in pairs if s.score is None]
    column_shapes = mean_score(column.score for column in columns)
    column_pair_trends = mean_score(pair.score for pair in scores)
    total = len(columns) + len(scores)
    return Quality(
        score=mean_score((column_shapes, column_pair_trends)),
        column_shapes=column_shapes,
        column_pair_trends=column_pair_trends,
        strong_pair_trends=mean_score(pair.score for pair in scores if pair.is_strong),
        measured=total - len(skipped),
        total=total,
        columns=columns,
        pairs=scores,
        skipped=tuple(skipped),
        thresholds=THRESHOLDS,
        sdmetrics_version=sdmetrics_version(),
    )


def _shape_metric(pair: ColumnPair) -> str:
    return "KSComplement" if pair.is_continuous else "TVComplement"


def _measure_shape(pair: ColumnPair) -> Measurement:
    from sdmetrics.single_column import KSComplement, TVComplement

    if pair.is_emptied:
        return Measurement(0.0)
    if pair.problem:
        return Measurement(None, pair.problem)
    metric = KSComplement if pair.is_continuous else TVComplement
    return measure(lambda: metric.compute(pair.real, pair.synthetic))
