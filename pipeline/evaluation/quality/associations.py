"""How strongly each pair of modelled columns belongs together, whatever their types."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pipeline.datasets.spec import ModelledColumn
from pipeline.evaluation.quality.columns import ColumnPair, align_columns, code_jointly


def compute_associations(
    real: pd.DataFrame, synthetic: pd.DataFrame, columns: Sequence[ModelledColumn]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Square matrices for both tables: Pearson's r (-1 to 1) between numbers and dates, Cramér's V (0–1)
    between categories, the correlation ratio (0–1) between the two; NaN where a column is constant or empty.
    """
    aligned = align_columns(real, synthetic, columns)
    return _matrix(aligned, [_vector(pair, pair.real) for pair in aligned]), _matrix(
        aligned, [_vector(pair, pair.synthetic) for pair in aligned]
    )


def _vector(pair: ColumnPair, values: pd.Series) -> np.ndarray:
    """Numbers with NaN for continuous columns, codes with -1 for the others."""
    if pair.problem:
        return np.full(len(values), np.nan)
    if not pair.is_continuous:
        return code_jointly(values)[0]
    numbers = values.astype("int64") if values.dtype.kind == "M" else values
    return np.where(values.isna(), np.nan, numbers.to_numpy(dtype=float))


def _matrix(aligned: Sequence[ColumnPair], vectors: Sequence[np.ndarray]) -> pd.DataFrame:
    names = [pair.name for pair in aligned]
    values = np.ones((len(names), len(names)))
    for row in range(len(names)):
        for column in range(row):
            found = _associate(aligned[row], vectors[row], aligned[column], vectors[column])
            values[row, column] = values[column, row] = found
    return pd.DataFrame(values, index=names, columns=names)


def _associate(first: ColumnPair, one: np.ndarray, second: ColumnPair, other: np.ndarray) -> float:
    if first.problem or second.problem:
        return float("nan")
    if first.is_continuous and second.is_continuous:
        return _pearson(one, other)
    if first.is_continuous:
        return _correlation_ratio(other, one)
    return _correlation_ratio(one, other) if second.is_continuous else _cramers_v(one, other)


def _pearson(one: np.ndarray, other: np.ndarray) -> float:
    present = ~(np.isnan(one) | np.isnan(other))
    one, other = one[present], other[present]
    if len(one) < 2 or np.ptp(one) == 0 or np.ptp(other) == 0:
        return float("nan")
    return float(np.corrcoef(one, other)[0, 1])


def _correlation_ratio(codes: np.ndarray, numbers: np.ndarray) -> float:
    """Square root of the share of variance that lies between the categories (Pearson's eta)."""
    present = (codes >= 0) & ~np.isnan(numbers)
    codes, numbers = codes[present], numbers[present]
    if len(numbers) < 2 or np.ptp(numbers) == 0 or np.ptp(codes) == 0:
        return float("nan")
    counts = np.bincount(codes)
    means = np.bincount(codes, numbers - numbers.mean()) / np.maximum(counts, 1)
    return float(np.sqrt(min(1.0, (counts * means**2).sum() / len(numbers) / numbers.var())))


def _cramers_v(one: np.ndarray, other: np.ndarray) -> float:
    present = (one >= 0) & (other >= 0)
    one, other = one[present], other[present]
    if not len(one) or np.ptp(one) == 0 or np.ptp(other) == 0:
        return float("nan")
    width = int(other.max()) + 1
    table = np.bincount(one * width + other, minlength=(int(one.max()) + 1) * width).reshape(-1, width)
    table = table[table.any(axis=1)][:, table.any(axis=0)].astype(float)
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    chi_squared = ((table - expected) ** 2 / expected).sum()
    return float(np.sqrt(min(1.0, chi_squared / table.sum() / (min(table.shape) - 1))))
