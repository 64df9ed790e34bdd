"""Modelled columns of two tables as metrics need them: canonical types, shared codes, or a reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.datasets.spec import CONTINUOUS, ModelledColumn, ModelledType
from pipeline.errors import EvaluationError

_BY_CHANCE = 0.001


@dataclass(frozen=True)
class ColumnPair:
    """One modelled column, real against synthetic.

    Numerical columns are numbers, datetime columns naive datetime64[ns], all others plain objects.
    `problem` says why the column cannot be measured; it is empty where it can. Values that are not
    even of the column's kind stay as they came (`is_readable` is False).
    """

    name: str
    kind: ModelledType
    real: pd.Series
    synthetic: pd.Series
    problem: str = ""
    is_readable: bool = True

    @property
    def is_emptied(self) -> bool:
        """Whether the synthetic column is empty where the real one is not: nothing of it came back.

        As many rows of the real one must nearly always hold a value: a column that is mostly empty, in few
        rows, can be empty by chance.
        """
        if not self.problem or not self.is_readable or not len(self.synthetic):
            return False
        by_chance = float(self.real.isna().mean()) ** len(self.synthetic)
        return bool(self.synthetic.isna().all() and by_chance < _BY_CHANCE)

    @property
    def is_continuous(self) -> bool:
        """Whether the column is measured on a scale rather than by category."""
        return self.kind in CONTINUOUS


def align_columns(
    real: pd.DataFrame, synthetic: pd.DataFrame, columns: Sequence[ModelledColumn]
) -> tuple[ColumnPair, ...]:
    """Bring modelled columns of two tables to canonical types; EvaluationError where one is missing."""
    for title, table in (("real", real), ("synthetic", synthetic)):
        missing = [column.name for column in columns if column.name not in table]
        if missing:
            raise EvaluationError(
                f'The {title} table lacks the column "{missing[0]}" ({len(missing)} missing in all).',
                "give a table with every modelled column of the dataset.",
            )
    return tuple(_align(column, real[column.name], synthetic[column.name]) for column in columns)


def code_jointly(*parts: pd.Series) -> list[np.ndarray]:
    """Integer codes that are equal where values are equal, across all parts; missing values get -1."""
    values = [part.astype(object).to_numpy() for part in parts]
    codes, _ = pd.factorize(np.concatenate(values), use_na_sentinel=True)
    return np.split(codes, np.cumsum([len(value) for value in values])[:-1])


def _align(column: ModelledColumn, real: pd.Series, synthetic: pd.Series) -> ColumnPair:
    try:
        real, synthetic = canonicalise(column.kind, real), canonicalise(column.kind, synthetic)
    except (ValueError, TypeError, OverflowError) as error:
        reason = f"the values cannot be read as {column.kind}: {error}"
        return ColumnPair(column.name, column.kind, real, synthetic, reason, is_readable=False)
    problem = _problem("real", real) or _problem("synthetic", synthetic)
    return ColumnPair(column.name, column.kind, real, synthetic, problem)


def canonicalise(kind: ModelledType, values: pd.Series) -> pd.Series:
    """Numbers, naive datetime64[ns] or plain objects, by kind; ValueError or TypeError where unreadable."""
    values = values.reset_index(drop=True)
    if kind is ModelledType.NUMERICAL:
        return _plain_number(pd.to_numeric(values))
    if kind is ModelledType.DATETIME:
        # One unit for both tables: numbers made of seconds and of nanoseconds would not compare.
        moments = pd.to_datetime(values, utc=True, format=None if _is_moment(values) else "ISO8601")
        return moments.dt.tz_localize(None).astype("datetime64[ns]")
    return values.astype(object)


def _plain_number(values: pd.Series) -> pd.Series:
    if isinstance(values.dtype, np.dtype) and values.dtype != bool:
        return values
    return pd.Series(values.to_numpy(dtype=float, na_value=np.nan))


def _is_moment(values: pd.Series) -> bool:
    return pd.api.types.is_datetime64_any_dtype(values.dtype)


def _problem(title: str, values: pd.Series) -> str:
    if not len(values):
        return f"the {title} table holds no rows"
    if values.isna().all():
        return f"the {title} column holds no values"
    if values.dtype.kind == "f" and np.isinf(values.to_numpy()).any():
        return f"the {title} column holds infinite values"
    return ""
