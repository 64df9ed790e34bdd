"""Whether entities have as many rows each in a synthetic table as in the real one."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.datasets.spec import DatasetSpec
from pipeline.evaluation.results_fidelity import RowsEach


def compare_rows_each(spec: DatasetSpec, real: pd.DataFrame, synthetic: pd.DataFrame) -> tuple[RowsEach, ...]:
    """Rows of each entity, real against synthetic, for every kind of entity of a dataset."""
    return tuple(
        _compare(entity.name, entity.columns, real[entity.columns[0]], synthetic[entity.columns[0]])
        for entity in spec.entities
        if entity.columns[0] in real and entity.columns[0] in synthetic
    )


def _compare(name: str, columns: tuple[str, ...], real: pd.Series, synthetic: pd.Series) -> RowsEach:
    first, second = (values.value_counts().to_numpy() for values in (real, synthetic))
    distance = compute_distance(first, second)
    return RowsEach(
        name,
        columns,
        len(first),
        len(second),
        _mean(first),
        _mean(second),
        None if distance is None else 1.0 - distance,
    )


def compute_distance(first: np.ndarray, second: np.ndarray) -> float | None:
    """The largest gap between two distributions of whole numbers (Kolmogorov and Smirnov), 0-1."""
    if not len(first) or not len(second):
        return None
    places = np.union1d(first, second)
    shares = [
        np.searchsorted(np.sort(counts), places, side="right") / len(counts) for counts in (first, second)
    ]
    return float(np.abs(shares[0] - shares[1]).max())


def _mean(counts: np.ndarray) -> float | None:
    return float(counts.mean()) if len(counts) else None
