"""Which real values come back, which synthetic ones were never seen, and how much is missing.

Categories and ranges are covered as sdmetrics' CategoryCoverage and RangeCoverage have it. Both grow
with the number of rows: a small table cannot show every rare category.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from pipeline.datasets.spec import ModelledColumn
from pipeline.evaluation.quality.columns import ColumnPair, align_columns
from pipeline.evaluation.quality.metrics import Measurement, mean_score, measure
from pipeline.evaluation.results import Coverage
from pipeline.evaluation.results_fidelity import ColumnCoverage


def compute_coverage(
    real: pd.DataFrame, synthetic: pd.DataFrame, columns: Sequence[ModelledColumn]
) -> Coverage:
    """Coverage of each modelled column; what cannot be measured carries its reason.

    Raises EvaluationError where a table lacks a modelled column.
    """
    found = tuple(_cover(pair) for pair in align_columns(real, synthetic, columns))
    return Coverage(mean_score(one.covered for one in found), found)


def _cover(pair: ColumnPair) -> ColumnCoverage:
    real, synthetic = pair.real.dropna(), pair.synthetic.dropna()
    covered = _measure(pair, real, synthetic)
    is_range = pair.is_continuous and real.nunique() > 1
    return ColumnCoverage(
        column=pair.name,
        metric="RangeCoverage" if is_range else "CategoryCoverage",
        covered=covered.score,
        unseen=_share_unseen(real, synthetic, is_range) if covered.score is not None else None,
        real_values=int(real.nunique()),
        synthetic_values=int(synthetic.nunique()),
        real_missing=_share_missing(pair.real),
        synthetic_missing=_share_missing(pair.synthetic),
        reason=covered.reason,
    )


def _measure(pair: ColumnPair, real: pd.Series, synthetic: pd.Series) -> Measurement:
    from sdmetrics.single_column import CategoryCoverage, RangeCoverage

    if pair.problem and (len(synthetic) or not len(real) or not len(pair.synthetic)):
        return Measurement(None, pair.problem)
    if not len(synthetic):
        # The table has rows, and not one of them holds a value: nothing is covered.
        return Measurement(0.0)
    # The range of a single value has no width, and the metric no number; the value itself is there or not.
    metric = RangeCoverage if pair.is_continuous and real.nunique() > 1 else CategoryCoverage
    return measure(lambda: metric.compute(real, synthetic))


def _share_unseen(real: pd.Series, synthetic: pd.Series, is_range: bool) -> float | None:
    """Share of synthetic values that lie outside the real range or are no real category."""
    if not len(synthetic):
        return None
    is_known = synthetic.between(real.min(), real.max()) if is_range else synthetic.isin(real.unique())
    return float(1.0 - is_known.mean())


def _share_missing(values: pd.Series) -> float | None:
    return float(values.isna().mean()) if len(values) else None
