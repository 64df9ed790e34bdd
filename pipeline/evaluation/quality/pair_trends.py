"""Trends of pairs of columns: sdmetrics' CorrelationSimilarity and ContingencySimilarity on codes and arrays.

The formulas are those of sdmetrics 0.32, which takes a minute for the 19,900 pairs of 200 columns;
here they take seconds. A test holds both to the same numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations, product
from types import MappingProxyType

import numpy as np
import pandas as pd

from pipeline.evaluation.quality.columns import ColumnPair, code_jointly
from pipeline.evaluation.quality.metrics import Measurement
from pipeline.evaluation.results import PairScore

THRESHOLDS: Mapping[str, float] = MappingProxyType({"real_correlation": 0.5, "real_association": 0.3})
"""sdmetrics' defaults (DEFAULT_REAL_CORRELATION_THRESHOLD, DEFAULT_REAL_ASSOCIATION_THRESHOLD)."""


@dataclass(frozen=True)
class _Trend:
    """A column as pairs read it, real and synthetic: `codes` for contingency, `numbers` for correlation.

    `numbers` is empty where the column is not continuous. `real_bins` is the column with both tables cut
    at the real bins, itself where nothing is cut.
    """

    pair: ColumnPair
    codes: tuple[np.ndarray, ...]
    numbers: tuple[np.ndarray, ...] = ()

    @cached_property
    def real_bins(self) -> _Trend:
        return replace(self, codes=_cut_at_real_bins(*self.numbers)) if self.numbers else self


def measure_pairs(aligned: Sequence[ColumnPair]) -> list[tuple[PairScore, str]]:
    """Every pair of columns with its score, or with the reason why it has none."""
    trends = {pair.name: _prepare_trend(pair) for pair in aligned if not pair.problem}
    return [_measure_pair(first, second, trends) for first, second in combinations(aligned, 2)]


def measure_pairs_between(
    first: Sequence[ColumnPair], second: Sequence[ColumnPair]
) -> list[tuple[PairScore, str]]:
    """As `measure_pairs`, for the pairs of a column of the first and one of the second; names must differ."""
    trends = {pair.name: _prepare_trend(pair) for pair in (*first, *second) if not pair.problem}
    return [_measure_pair(one, other, trends) for one, other in product(first, second)]


def _measure_pair(
    first: ColumnPair, second: ColumnPair, trends: Mapping[str, _Trend]
) -> tuple[PairScore, str]:
    by_correlation = first.is_continuous and second.is_continuous
    metric = "CorrelationSimilarity" if by_correlation else "ContingencySimilarity"
    for pair in (first, second):
        if pair.problem and not pair.is_emptied:
            return PairScore(first.name, second.name, metric, None, False), f'"{pair.name}": {pair.problem}'
    compare = _compare_correlation if by_correlation else _compare_contingency
    if first.is_emptied or second.is_emptied:
        _, is_strong = compare(*(_prepare_trend(replace(p, synthetic=p.real)) for p in (first, second)))
        return PairScore(first.name, second.name, metric, 0.0, is_strong), ""
    found, is_strong = compare(trends[first.name], trends[second.name])
    on_real_bins = None
    if not by_correlation and (first.is_continuous or second.is_continuous):
        on_real_bins, _ = _score_contingency(trends[first.name].real_bins, trends[second.name].real_bins)
    return PairScore(first.name, second.name, metric, found.score, is_strong, on_real_bins), found.reason


def _prepare_trend(pair: ColumnPair) -> _Trend:
    if not pair.is_continuous:
        # Missing values become a category of their own, as in the report.
        return _Trend(pair, tuple(codes + 1 for codes in code_jointly(pair.real, pair.synthetic)))
    numbers = (_as_numbers(pair.real), _as_numbers(pair.synthetic))
    return _Trend(pair, tuple(_discretise(values) for values in numbers), numbers)


def _as_numbers(values: pd.Series) -> np.ndarray:
    if values.dtype.kind != "M":
        return values.to_numpy(dtype=float)
    numbers = values.astype("int64").to_numpy(dtype=float)
    return np.where(values.isna(), np.nan, numbers)


def _discretise(numbers: np.ndarray) -> np.ndarray:
    """Ten equal bins between a table's own extremes, as the report makes them; NaN joins the last bin."""
    values, edges = _find_edges(numbers, numbers)
    return np.digitize(values, edges)


def _cut_at_real_bins(real: np.ndarray, synthetic: np.ndarray) -> tuple[np.ndarray, ...]:
    """Ten equal bins between the real extremes, the outer ones open, as the metric itself makes them."""
    cut = []
    for numbers in (real, synthetic):
        values, edges = _find_edges(numbers, real)
        cut.append(np.digitize(values, [-np.inf, *edges[1:-1], np.inf]))
    return tuple(cut)


def _find_edges(numbers: np.ndarray, extremes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Numbers and the edges of ten bins between the extremes of others, in a unit that has room for them."""
    present = extremes[~np.isnan(extremes)]
    try:
        return numbers, np.histogram_bin_edges(present)
    except ValueError:
        # A constant moment in nanoseconds leaves no room for ten edges between floats (the report fails).
        unit = (present.max() - present.min()) or 1.0
        scaled = (present - present.min()) / unit
        return (numbers - present.min()) / unit, np.histogram_bin_edges(scaled)


def _compare_correlation(first: _Trend, second: _Trend) -> tuple[Measurement, bool]:
    correlations = []
    for title, one, other in zip(("real", "synthetic"), first.numbers, second.numbers, strict=True):
        one, other = _both_present(one, other)
        problem = _undefined_correlation(title, {first.pair.name: one, second.pair.name: other})
        if problem:
            return Measurement(None, problem), False
        correlations.append(_pearson(one, other))
    real, synthetic = correlations
    is_strong = abs(real) > THRESHOLDS["real_correlation"]
    if real == 0.0:
        return Measurement(None, "the real correlation is exactly 0, which sdmetrics does not score"), False
    if np.isnan(real) or np.isnan(synthetic):
        return Measurement(None, "the correlation is undefined for these values"), is_strong
    return Measurement(1.0 - abs(real - synthetic) / 2.0), is_strong


def _both_present(one: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    present = ~np.isnan(one + other)
    return (one, other) if present.all() else (one[present], other[present])


def _undefined_correlation(title: str, columns: Mapping[str, np.ndarray]) -> str:
    for name, numbers in columns.items():
        if len(numbers) < 2:
            return f"the {title} table has fewer than two rows where both columns hold a value"
        if numbers.min() == numbers.max():
            return f'correlation is undefined, since "{name}" is constant in the {title} table'
    return ""


def _pearson(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.clip(np.dot(_standardise(one), _standardise(other)), -1.0, 1.0))


def _standardise(numbers: np.ndarray) -> np.ndarray:
    """Numbers around 0 as a vector of length 1; scaled first, so that squares stay finite."""
    centred = numbers - numbers.mean()
    centred /= np.abs(centred).max()
    return centred / np.linalg.norm(centred)


def _compare_contingency(first: _Trend, second: _Trend) -> tuple[Measurement, bool]:
    """The score of two contingency tables, and whether the real one passes Cramér's V."""
    score, cells = _score_contingency(first, second)
    return Measurement(score), _cramers_v(*cells) > THRESHOLDS["real_association"]


def _score_contingency(
    first: _Trend, second: _Trend
) -> tuple[float, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """1 − total variation distance of two tables of counts; the cells as rows, columns and real counts."""
    width = 1 + max(int(codes.max()) for codes in second.codes)
    cells = [one * width + other for one, other in zip(first.codes, second.codes, strict=True)]
    values, counts = _count_cells(cells)
    shares = [count / len(part) for count, part in zip(counts, cells, strict=True)]
    score = 1.0 - np.abs(shares[0] - shares[1]).sum() / 2.0
    # Rounding carries the distance of disjoint tables just past 1.
    return float(np.clip(score, 0.0, 1.0)), (values // width, values % width, counts[0])


def _count_cells(cells: Sequence[np.ndarray]) -> tuple[np.ndarray, list[np.ndarray]]:
    """Occupied cells over all tables and their counts in each: memory follows the rows, not the cells."""
    highest, total = max(int(part.max()) for part in cells), sum(map(len, cells))
    if highest > 4 * total:
        values, positions = np.unique(np.concatenate(cells), return_inverse=True)
        cells = np.split(positions, np.cumsum([len(part) for part in cells])[:-1])
        return values, [np.bincount(part, minlength=len(values)) for part in cells]
    counts = [np.bincount(part, minlength=highest + 1) for part in cells]
    occupied = np.flatnonzero(np.sum(counts, axis=0))
    return occupied, [count[occupied] for count in counts]


def _cramers_v(rows: np.ndarray, columns: np.ndarray, counts: np.ndarray) -> float:
    """Cramér's V from the occupied cells of a table; 0 where one of its sides is constant.

    χ² = n (Σ nᵢⱼ² / (nᵢ nⱼ) − 1), which needs no empty cell.
    """
    row_sums, column_sums = np.bincount(rows, counts), np.bincount(columns, counts)
    shorter = min(np.count_nonzero(row_sums), np.count_nonzero(column_sums))
    if shorter < 2:
        return 0.0
    is_real = counts > 0
    expected = row_sums[rows[is_real]] * column_sums[columns[is_real]]
    mean_square = float((counts[is_real] ** 2 / expected).sum()) - 1.0
    return float(np.sqrt(max(mean_square, 0.0) / (shorter - 1)))
