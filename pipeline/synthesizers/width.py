"""How wide a table becomes when its columns are encoded, which column is to blame, and what to do about it.

One text column with 10,000 distinct values would multiply the memory of every one-hot encoding. The plan
is made before training, from counts alone, and says for each column how it will be treated and why.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Hashable, Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any, Self

import numpy as np
import pandas as pd

from pipeline.datasets.spec import CONTINUOUS, ModelledColumn
from pipeline.errors import TrainingError
from pipeline.synthesizers.columns import unusable_category
from pipeline.synthesizers.ends import FEWEST_ROWS, FEWEST_SHARING

MOST_CATEGORIES = 256
"""More categories than this are split into two codes of at most a square root each."""
MOST_VALUES = 200
"""A number with more distinct values than this goes into bins, where it is binned at all."""
NUMBER_BINS = 64
"""Bins over all rows without a heavy value; a value with more than 1/64 of the rows is heavy."""
MOST_MEMORY_MB = 2_000.0
"""Above this a table is made narrower. It is no matter of the machine: what is done to a column decides the
weights, which are the same everywhere."""

_FREE_SHARE = 0.5
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

    VALUES: a code for each category. NUMBER: a number or a date stays one. BINS: it goes into values
    that many rows hold and bins of the others. FOLDED: rare categories lose their code and are never
    reproduced.
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
        """Whether the column is learned as it is, so that no note is needed."""
        return self.treatment in (Treatment.VALUES, Treatment.NUMBER)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for states and reports."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The plan again from its plain values."""
        return cls(**{**values, "treatment": Treatment(values["treatment"])})


CountUnits = Callable[[tuple[ColumnPlan, ...]], int]
"""Plans → weights that a network has for each code."""


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
        if column.kind not in CONTINUOUS
        else _plan_bins(table[column.name], column.name)
        if number_width is None
        else _plan_number(table[column.name], column.name, number_width)
        for column in columns
    )


def plan_learnable(
    table: pd.DataFrame,
    columns: tuple[ModelledColumn, ...],
    count_units: CountUnits,
    batch_size: int,
    number_width: int | None = None,
) -> tuple[ColumnPlan, ...]:
    """Choose treatments with which the table can be learned; TrainingError where there are none.

    `count_units` gives the weights for each code. Where training would take more than `MOST_MEMORY_MB`, the
    widest columns of categories are split one by one until it fits. What does not fit even then is refused
    where the machine has not the memory either.
    """
    plans = plan_columns(table, columns, number_width=number_width)
    require_repeating(plans)
    numbers = {column.name for column in columns if column.kind in CONTINUOUS}
    plans = _narrow(plans, numbers, count_units, batch_size)
    require_learnable(
        plans, count_units(plans), batch_size, max(MOST_MEMORY_MB, _FREE_SHARE * find_free_mb())
    )
    return plans


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
    """Raise TrainingError where a column cannot be modelled, or the table is too wide to be trained."""
    require_repeating(plans)
    memory_mb = estimate_memory_mb(plans, units, batch_size)
    if memory_mb > most_memory_mb:
        blame, hint = _blame(plans)
        raise TrainingError(
            f"Training would take about {memory_mb:,.0f} MB, above {most_memory_mb:,.0f}: the table is "
            f"{compute_width(plans):,} codes wide, {blame}.",
            hint,
        )


def find_free_mb() -> float:
    """Memory that programs can take on this machine at the moment, in MB."""
    import psutil

    return float(psutil.virtual_memory().available) / 1e6


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


def _narrow(
    plans: tuple[ColumnPlan, ...], numbers: Collection[str], count_units: CountUnits, batch_size: int
) -> tuple[ColumnPlan, ...]:
    """Split the widest columns that are worth it, one by one, until training takes no more than it may."""
    narrowed = list(plans)
    widest_first = sorted(range(len(plans)), key=lambda place: plans[place].width, reverse=True)
    for place in widest_first:
        if estimate_memory_mb(tuple(narrowed), count_units(tuple(narrowed)), batch_size) <= MOST_MEMORY_MB:
            break
        if plans[place].column not in numbers:
            narrowed[place] = _split(plans[place])
    return tuple(narrowed)


def _split(plan: ColumnPlan) -> ColumnPlan:
    """The plan with two codes instead of one, where that is narrower."""
    has_rare = plan.treatment is Treatment.FOLDED
    width = sum(split_width(plan.width - has_rare)) + has_rare if plan.width else 0
    if plan.treatment is Treatment.SPLIT or width >= plan.width:
        return plan
    reason = f"{plan.reason}; split into a bucket and a place, since the table is wide in all"
    return replace(plan, treatment=Treatment.SPLIT, width=width, reason=reason)


def _blame(plans: tuple[ColumnPlan, ...]) -> tuple[str, str]:
    """What makes a table wide, and the hint: one column where it takes more than half, else all of them."""
    widest = max(plans, key=lambda plan: plan.width)
    if 2 * widest.width > compute_width(plans):
        blame = f'of which column "{widest.column}" takes {widest.width:,}'
        return blame, "group the values of that column, or remove it."
    return (
        f"over {len(plans)} columns of which none is to blame alone",
        "remove columns, or use a smaller batch size.",
    )


def _plan_bins(series: pd.Series, name: str) -> ColumnPlan:
    counts, has_missing = series.value_counts(sort=False).to_numpy(), bool(series.isna().any())
    distinct = len(counts)
    if distinct <= MOST_VALUES:
        reason = f"{distinct:,} distinct values are few enough to learn one by one"
        return ColumnPlan(name, Treatment.VALUES, distinct, distinct + has_missing, reason)
    width = _count_most_cells(counts)
    reason = f"{distinct:,} distinct values go into at most {width} values and bins"
    return ColumnPlan(name, Treatment.BINS, distinct, width + has_missing, reason)


def _count_most_cells(counts: np.ndarray) -> int:
    """An upper bound for the cells of a number: heavy values, and bins, one more for each gap."""
    heavy = int((counts >= max(FEWEST_SHARING, counts.sum() / NUMBER_BINS)).sum())
    light = len(counts) - heavy
    return heavy + min(light, NUMBER_BINS + heavy + 1)


def _plan_number(series: pd.Series, name: str, number_width: int) -> ColumnPlan:
    distinct, has_missing = int(series.nunique()), bool(series.isna().any())
    if not distinct:
        return ColumnPlan(name, Treatment.VALUES, 0, 1, "no value to learn, only the missing cell")
    # Where cells are missing, an indicator of two codes says which.
    return ColumnPlan(
        name, Treatment.NUMBER, distinct, number_width + 2 * has_missing, f"{distinct:,} distinct values"
    )
