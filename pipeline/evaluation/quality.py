"""Statistical likeness of two tables, with the numbers of sdmetrics' QualityReport.

The metrics of the report run in a plain loop: each pair is measured once for both settings of the
thresholds, on integer codes instead of text. Up to 50,000 rows the numbers are those of the
report; beyond, the report draws an unseeded subsample and this module does not. A column without
values is left out with a reason, where the report scores its pairs as if "missing" were a category.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from types import MappingProxyType

import numpy as np
import pandas as pd

from pipeline.dataset import ModelledColumn
from pipeline.evaluation.columns import ColumnPair, align_columns, code_jointly
from pipeline.evaluation.metrics import Measurement, mean_score, measure, sdmetrics_version
from pipeline.evaluation.results import ColumnScore, PairScore, Quality, Skipped

THRESHOLDS: Mapping[str, float] = MappingProxyType({"real_correlation": 0.5, "real_association": 0.3})
"""sdmetrics' defaults (DEFAULT_REAL_CORRELATION_THRESHOLD, DEFAULT_REAL_ASSOCIATION_THRESHOLD)."""


@dataclass(frozen=True)
class _Trend:
    """A column as pairs read it, real and synthetic: `codes` for contingency, `numbers` for correlation.

    `numbers` is empty where the column is not continuous.
    """

    pair: ColumnPair
    codes: tuple[np.ndarray, ...]
    numbers: tuple[np.ndarray, ...] = ()


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
        # scipy warns of p-values that nobody reads here.
        warnings.simplefilter("ignore")
        shapes = [(pair, _measure_shape(pair)) for pair in aligned]
        pairs = _measure_pairs(aligned)
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

    if pair.problem:
        return Measurement(None, pair.problem)
    metric = KSComplement if pair.is_continuous else TVComplement
    return measure(lambda: metric.compute(pair.real, pair.synthetic))


def _measure_pairs(aligned: Sequence[ColumnPair]) -> list[tuple[PairScore, str]]:
    trends = {pair.name: _prepare_trend(pair) for pair in aligned if not pair.problem}
    return [_measure_pair(first, second, trends) for first, second in combinations(aligned, 2)]


def _measure_pair(
    first: ColumnPair, second: ColumnPair, trends: Mapping[str, _Trend]
) -> tuple[PairScore, str]:
    by_correlation = first.is_continuous and second.is_continuous
    metric = "CorrelationSimilarity" if by_correlation else "ContingencySimilarity"
    for pair in (first, second):
        if pair.problem:
            return PairScore(first.name, second.name, metric, None, False), f'"{pair.name}": {pair.problem}'
    compare = _compare_correlation if by_correlation else _compare_contingency
    found, is_strong = compare(trends[first.name], trends[second.name])
    return PairScore(first.name, second.name, metric, found.score, is_strong), found.reason


def _prepare_trend(pair: ColumnPair) -> _Trend:
    if not pair.is_continuous:
        return _Trend(pair, tuple(code_jointly(pair.real, pair.synthetic)))
    numbers = (_as_numbers(pair.real), _as_numbers(pair.synthetic))
    return _Trend(pair, tuple(_discretise(values) for values in numbers), numbers)


def _as_numbers(values: pd.Series) -> np.ndarray:
    if values.dtype.kind != "M":
        return values.to_numpy(dtype=float)
    numbers = values.astype("int64").to_numpy(dtype=float)
    return np.where(values.isna(), np.nan, numbers)


def _discretise(numbers: np.ndarray) -> np.ndarray:
    """Ten equal bins between a table's own extremes, as the report makes them; NaN joins the last bin."""
    present = numbers[~np.isnan(numbers)]
    try:
        return np.digitize(numbers, np.histogram_bin_edges(present))
    except ValueError:
        # A constant moment in nanoseconds leaves no room for ten edges between floats (the report fails).
        spread = present.max() - present.min()
        unit = (numbers - present.min()) / (spread or 1.0)
        return np.digitize(unit, np.histogram_bin_edges(unit[~np.isnan(unit)]))


def _compare_correlation(first: _Trend, second: _Trend) -> tuple[Measurement, bool]:
    from sdmetrics.column_pairs import CorrelationSimilarity

    tables = [
        pd.DataFrame({"first": one, "second": other}).dropna()
        for one, other in zip(first.numbers, second.numbers, strict=True)
    ]
    problem = _undefined_correlation(tables, (first.pair.name, second.pair.name))
    if problem:
        return Measurement(None, problem), False
    breakdown: dict[str, float] = {}

    def compute() -> float:
        breakdown.update(CorrelationSimilarity.compute_breakdown(*tables))
        return breakdown["score"]

    found = measure(compute)
    if breakdown.get("real") == 0.0:
        found = Measurement(None, "the real correlation is exactly 0, which sdmetrics does not score")
    return found, abs(float(breakdown.get("real", 0.0))) > THRESHOLDS["real_correlation"]


def _undefined_correlation(tables: Sequence[pd.DataFrame], names: Sequence[str]) -> str:
    for title, table in zip(("real", "synthetic"), tables, strict=True):
        if len(table) < 2:
            return f"the {title} table has fewer than two rows where both columns hold a value"
        for column, name in zip(table, names, strict=True):
            if table[column].nunique() == 1:
                return f'correlation is undefined, since "{name}" is constant in the {title} table'
    return ""


def _compare_contingency(first: _Trend, second: _Trend) -> tuple[Measurement, bool]:
    from sdmetrics.column_pairs import ContingencySimilarity

    real, synthetic = (
        pd.DataFrame({"first": one, "second": other})
        for one, other in zip(first.codes, second.codes, strict=True)
    )
    found = measure(lambda: ContingencySimilarity.compute(real, synthetic))
    return found, _association(first.codes[0], second.codes[0]) > THRESHOLDS["real_association"]


def _association(first: np.ndarray, second: np.ndarray) -> float:
    """Cramér's V of two code arrays, as the report computes it; 0 where one of them is constant."""
    from scipy.stats.contingency import association

    # Missing values carry the code -1 and count as a category, as in the report.
    columns = int(second.max()) + 2
    cells = np.bincount((first + 1) * columns + second + 1, minlength=(int(first.max()) + 2) * columns)
    table = cells.reshape(-1, columns)
    table = table[table.any(axis=1)][:, table.any(axis=0)]
    return float(association(table, method="cramer")) if min(table.shape) > 1 else 0.0
