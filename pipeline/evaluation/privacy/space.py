"""Modelled tables as points between which a distance is defined, whatever the types of the columns.

The distance is that of sdmetrics' DCR metrics, Gower's: per column 0–1, and the mean over columns.
Numbers and dates differ by their difference over the range of the training rows, 1 at most;
categories by 0 or 1; a missing value is 0 from another missing one and 1 from anything else.
sdmetrics takes the range from whichever table it compares with; here it is always that of the
training rows, so that distances to training and to holdout rows are measured with one rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.datasets.spec import ModelledColumn, ModelledType
from pipeline.evaluation.quality.columns import CONTINUOUS, canonicalise, code_jointly

MISSING = np.float32(2e30)
"""Stands for a missing number: so far from every other that the distance is 1, and 0 from itself."""

_FARTHEST = 1e30


@dataclass(frozen=True)
class Points:
    """Rows of one table in a common space.

    `numbers` (float32, columns × rows) are in ranges of the training rows, `codes` (int32, columns ×
    rows) stand for categories, -1 for a missing one; `names` has the columns of numbers, then those
    of codes.
    """

    names: tuple[str, ...]
    numbers: np.ndarray
    codes: np.ndarray

    def __len__(self) -> int:
        return self.numbers.shape[1]

    @property
    def columns(self) -> int:
        """How many columns the distance is made of."""
        return len(self.names)

    def take(self, rows: np.ndarray | slice) -> Points:
        """The points of some rows."""
        return Points(self.names, self.numbers[:, rows], self.codes[:, rows])


def place(columns: Sequence[ModelledColumn], tables: Sequence[pd.DataFrame]) -> tuple[Points, ...]:
    """Points of each table; the first one, the training rows, sets the scale.

    A column that one of the tables does not hold in its declared type is compared by its text.
    """
    placed = [(column.name, _place(column, [table[column.name] for table in tables])) for column in columns]
    numbers = [(name, parts) for name, parts in placed if parts[0].dtype == np.float32]
    codes = [(name, parts) for name, parts in placed if parts[0].dtype == np.int32]
    names = tuple(name for name, _ in (*numbers, *codes))
    return tuple(
        Points(
            names,
            _stack([parts[at] for _, parts in numbers], len(table), np.float32),
            _stack([parts[at] for _, parts in codes], len(table), np.int32),
        )
        for at, table in enumerate(tables)
    )


def _stack(parts: list[np.ndarray], rows: int, dtype: type) -> np.ndarray:
    return np.array(parts, dtype=dtype).reshape(len(parts), rows)


def _place(column: ModelledColumn, values: list[pd.Series]) -> list[np.ndarray]:
    try:
        canonical = [canonicalise(column.kind, part) for part in values]
    except (ValueError, TypeError, OverflowError):
        return _code([part.astype(str).where(part.notna()) for part in values])
    if column.kind not in CONTINUOUS:
        return _code(canonical)
    numbers = [_as_floats(column.kind, part) for part in canonical]
    present = numbers[0][np.isfinite(numbers[0])]
    spread = float(np.ptp(present)) if len(present) else 0.0
    # A constant column has no range to scale by: any other value is as far as can be.
    if not 0.0 < spread < np.inf:
        return _code([pd.Series(part) for part in numbers])
    return [_scale(part, float(present.min()), spread) for part in numbers]


def _code(parts: list[pd.Series]) -> list[np.ndarray]:
    return [codes.astype(np.int32) for codes in code_jointly(*parts)]


def _as_floats(kind: ModelledType, values: pd.Series) -> np.ndarray:
    numbers = values.astype("int64") if kind is ModelledType.DATETIME else values
    return np.where(values.isna(), np.nan, numbers.to_numpy(dtype=float))


def _scale(values: np.ndarray, least: float, spread: float) -> np.ndarray:
    scaled = np.clip((values - least) / spread, -_FARTHEST, _FARTHEST)
    return np.where(np.isnan(scaled), MISSING, scaled).astype(np.float32)
