"""How wide a table becomes when its columns are encoded, which column is to blame, and what to do about it.

One text column with 10,000 distinct values would multiply the memory of every one-hot encoding. The plan
is made before training, from counts alone, and says for each column how it will be treated and why.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Self

import pandas as pd

from pipeline.dataset import ModelledColumn, ModelledType
from pipeline.errors import TrainingError
from pipeline.synthesizers.columns import unusable_category
from pipeline.synthesizers.ends import FEWEST_ROWS

MOST_CATEGORIES = 256
"""More categories than this are split into two codes of at most a square root each."""
MOST_BINS = 200
"""An upper bound for the codes of a numeric column."""
MOST_MEMORY_MB = 2_000.0
"""An upper bound for the memory of a training, whatever the machine has."""

_BYTES = 4
_COPIES = 8
"""A weight, its gradient, Adam's two moments, its running mean, a mask, and what a step makes of them."""


class Treatment(StrEnum):
    """What happens to a column before a synthesizer sees it."""

    VALUES = "values"
    NUMBER = "number"
    BINS = "bins"
    FOLDED = "folded"
    SPLIT = "split"
    IDENTITY = "identity"


@dataclass(frozen=True)
class ColumnPlan:
    """How one column is encoded: `distinct` values found, `width` codes used, and the reason in words.

    VALUES: a code for each category. NUMBER: a number or a date stays one. BINS: it goes into at most
    `MOST_BINS` values and bins. FOLDED: rare categories lose their own code and are never reproduced.
    SPLIT: a bucket and a place in it, two codes of about a square root each, without the rare ones.
    IDENTITY: nothing to learn, the column cannot be modelled.
    """

    column: str
    treatment: Treatment
    distinct: int
    width: int
    reason: str

    @property
    def is_plain(self) -> bool:
        """Whether the column is learned as it is, so that nobody needs to be told."""
        return self.treatment in (Treatment.VALUES, Treatment.NUMBER)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for states and reports."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The plan again from its plain values."""
        return cls(**{**values, "treatment": Treatment(values["treatment"])})


def plan_columns(
    table: pd.DataFrame,
    columns: tuple[ModelledColumn, ...],
    max_categories: int | None = MOST_CATEGORIES,
    min_rows: int = FEWEST_ROWS,
    number_width: int | None = None,
) -> tuple[ColumnPlan, ...]:
    """Choose a treatment for every column; categories with fewer than `min_rows` rows are rare.

    More than `max_categories` are split (None: never). A number takes `number_width` codes where the
    synthesizer keeps it one (None: it goes into bins).
    """
    return tuple(
        _plan_categories(table[column.name], column.name, max_categories, min_rows)
        if column.kind not in (ModelledType.NUMERICAL, ModelledType.DATETIME)
        else _plan_bins(table[column.name], column.name)
        if number_width is None
        else _plan_number(table[column.name], column.name, number_width)
        for column in columns
    )


def compute_width(plans: tuple[ColumnPlan, ...]) -> int:
    """The encoded width of the whole table, in codes."""
    return sum(plan.width for plan in plans)


def estimate_memory_mb(plans: tuple[ColumnPlan, ...], units: int, batch_size: int) -> float:
    """Memory of a first layer of `units` units, its gradient and moments, and of one batch, in MB."""
    width = compute_width(plans)
    return _BYTES * (_COPIES * width * units + 2 * batch_size * (width + units)) / 1e6


def require_learnable(
    plans: tuple[ColumnPlan, ...], units: int, batch_size: int, most_memory_mb: float = MOST_MEMORY_MB
) -> None:
    """Raise TrainingError naming the column that cannot be modelled, or that makes the table too wide."""
    require_repeating(plans)
    memory_mb = estimate_memory_mb(plans, units, batch_size)
    if memory_mb > most_memory_mb:
        widest = max(plans, key=lambda plan: plan.width)
        raise TrainingError(
            f"Training would take about {memory_mb:,.0f} MB, above {most_memory_mb:,.0f}: the table is "
            f'{compute_width(plans):,} codes wide, of which column "{widest.column}" takes {widest.width:,}.',
            "group the categories of that column, or leave out columns.",
        )


def require_repeating(plans: tuple[ColumnPlan, ...]) -> None:
    """Raise TrainingError naming the column without a category that enough rows share."""
    for plan in plans:
        if plan.treatment is Treatment.IDENTITY:
            raise TrainingError(
                f'Column "{plan.column}" cannot be modelled: {plan.reason}.',
                "make it an identity column, or group its categories before training.",
            )


def count_categories(series: pd.Series) -> pd.Series:
    """Rows of each category, without missing cells and without categories that never occur.

    Raises DataError where cells hold containers.
    """
    counts = series.value_counts(sort=False, dropna=True)
    # pandas 2.3 counts lists where it finds them, and fails only later.
    if not all(isinstance(value, Hashable) for value in counts.index):
        raise unusable_category(str(series.name), "a list or another container")
    return counts[counts > 0]


def split_width(categories: int) -> tuple[int, int]:
    """The number of buckets and of places in a bucket for `categories` categories."""
    places = math.ceil(math.sqrt(categories))
    return math.ceil(categories / places), places


def _plan_categories(series: pd.Series, name: str, max_categories: int | None, min_rows: int) -> ColumnPlan:
    counts = count_categories(series)
    is_rare = counts < min_rows
    rare, rare_rows = int(is_rare.sum()), int(counts[is_rare].sum())
    kept, has_missing = len(counts) - rare, bool(series.isna().any())
    if rare and not kept:
        reason = f"none of its {rare:,} categories is held by {min_rows} rows or more"
        return ColumnPlan(name, Treatment.IDENTITY, len(counts), 0, reason)
    known = kept + has_missing
    rows = f"fewer than {min_rows} rows each, {rare_rows:,} of {len(series):,} rows in all"
    folding = f", {rare:,} rare ones ({rows}) are never reproduced" if rare else ""
    if max_categories is not None and known > max_categories:
        width = sum(split_width(known)) + (rare > 0)
        reason = f"{known:,} categories are split into a bucket and a place{folding}"
        return ColumnPlan(name, Treatment.SPLIT, len(counts), width, reason)
    treatment = Treatment.FOLDED if rare else Treatment.VALUES
    return ColumnPlan(name, treatment, len(counts), known + (rare > 0), f"{known:,} categories{folding}")


def _plan_bins(series: pd.Series, name: str) -> ColumnPlan:
    distinct, has_missing = int(series.nunique()), bool(series.isna().any())
    if distinct <= MOST_BINS:
        reason = f"{distinct:,} distinct values are few enough to learn one by one"
        return ColumnPlan(name, Treatment.VALUES, distinct, distinct + has_missing, reason)
    reason = f"{distinct:,} distinct values go into at most {MOST_BINS} values and bins"
    return ColumnPlan(name, Treatment.BINS, distinct, MOST_BINS + has_missing, reason)


def _plan_number(series: pd.Series, name: str, number_width: int) -> ColumnPlan:
    distinct, has_missing = int(series.nunique()), bool(series.isna().any())
    if not distinct:
        return ColumnPlan(name, Treatment.VALUES, 0, 1, "no value to learn, only the missing cell")
    # Where cells are missing, an indicator of two codes says which.
    return ColumnPlan(
        name, Treatment.NUMBER, distinct, number_width + 2 * has_missing, f"{distinct:,} distinct values"
    )
