"""Categories that go one to one with an identity column: each of them identifies a person, short as it is."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.datasets.kinds import tells_apart
from pipeline.datasets.spec import ColumnSpec, DatasetSpec, Role

FEWEST_PAIRED = 10
"""Fewer values are a list whose codes and names go together."""

AGREEING = 0.999
"""So many of the rows hold the usual partner of their value."""

_FEWEST_ROWS_EACH = 2.0


def find_paired_with(real: pd.DataFrame, column: ColumnSpec, spec: DatasetSpec) -> str | None:
    """The identity column whose values go one to one with those of a modelled one; None without one."""
    codes, distinct = pd.factorize(real[column.name])
    if len(distinct) < FEWEST_PAIRED or (codes >= 0).sum() < _FEWEST_ROWS_EACH * len(distinct):
        return None
    others = (
        one.name
        for one in spec.columns
        if one.role is Role.IDENTITY and tells_apart(one.kind) and one.name in real
    )
    return next((name for name in others if _go_together(codes, pd.factorize(real[name])[0])), None)


def _go_together(first: np.ndarray, second: np.ndarray) -> bool:
    is_told = (first >= 0) & (second >= 0)
    pairs = pd.Series(1, index=[first[is_told], second[is_told]]).groupby(level=[0, 1]).size()
    rows = int(pairs.sum())
    if not rows or len(pairs) * _FEWEST_ROWS_EACH > rows:
        return False
    return all(pairs.groupby(level=level).max().sum() >= AGREEING * rows for level in (0, 1))
