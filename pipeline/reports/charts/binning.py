"""One column of two tables as shares by category or by bin, ready for drawing.

Charts may be shared, so no one from the real sample may show in them: a category is named only
where LEAST_REAL_ROWS real rows share it (or none has it), and a range ends at a round value with as many
beyond. A bin, a step of a curve or a cell of a map shows real rows only where LEAST_CELL_ROWS of them
are in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from pipeline.reports.charts.rounding import LEAST_SHARED_ROWS, plan_steps

LEAST_REAL_ROWS = LEAST_SHARED_ROWS
LEAST_DRAWN_ROWS = 2 * LEAST_REAL_ROWS
"""A column needs so many real values to be drawn: as many as lie beyond both ends of its range."""

LEAST_CELL_ROWS = 5
"""A bin or a cell of fewer real rows is drawn as if it were empty."""

MOST_CATEGORIES = 25
_BINS = 30
_WHOLE_BINS = 60
_DAY_NS = 86_400e9
_TAIL = 0.01


@dataclass(frozen=True)
class CategoryShares:
    """Shares (0–1) of rows by label; where `folded` is not 0, the last label stands for that many values."""

    labels: list[str]
    real: np.ndarray
    synthetic: np.ndarray
    folded: int = 0


@dataclass(frozen=True)
class BinShares:
    """Shares (0–1) of rows between neighbouring edges; one edge more than shares.

    Edges are numbers or datetime64[ns]; the outermost bins also hold what lies beyond them. `hidden` bins
    of too few real rows count as empty.
    """

    edges: np.ndarray
    real: np.ndarray
    synthetic: np.ndarray
    hidden: int = 0


def count_categories(
    real: pd.Series, synthetic: pd.Series, in_order: bool, most: int = MOST_CATEGORIES
) -> CategoryShares:
    """Shares by value, most frequent first or `in_order` of the values.

    Values that are rare in the real sample, and the rarest beyond `most`, become one.
    """
    table, is_folded = fold_categories(real, synthetic, most)
    kept, folded = table[~is_folded], table[is_folded]
    kept = kept.sort_index() if in_order else kept
    labels = [str(label) for label in kept.index]
    if not len(folded):
        return CategoryShares(labels, kept["real"].to_numpy(), kept["synthetic"].to_numpy())
    rest = folded.sum()
    return CategoryShares(
        [*labels, name_others(len(folded))],
        np.append(kept["real"], rest["real"]),
        np.append(kept["synthetic"], rest["synthetic"]),
        len(folded),
    )


def fold_categories(
    real: pd.Series, synthetic: pd.Series, most: int, least: int = LEAST_REAL_ROWS
) -> tuple[pd.DataFrame, np.ndarray]:
    """Shares of every value (`real`, `synthetic`; most frequent first), and which of them become one."""
    counts = [values.value_counts() for values in (real, synthetic)]
    table = pd.concat(counts, axis=1, keys=["real", "synthetic"]).fillna(0.0)
    totals = table.sum().clip(lower=1.0)
    # By place, since a column of booleans as labels would be taken for a mask.
    table = table.iloc[np.argsort(-(table / totals).sum(axis=1).to_numpy(), kind="stable")]
    is_rare = table["real"].between(0, least, inclusive="neither").to_numpy()
    common = int((~is_rare).sum())
    room = most if common + is_rare.any() <= most else most - 1
    return table / totals, is_rare | ((~is_rare).cumsum() > room)


def name_others(count: int) -> str:
    """The label of values that are drawn as one."""
    return "1 other" if count == 1 else f"{count} others"


def bin_values(real: pd.Series, synthetic: pd.Series, most: int | None = None) -> BinShares:
    """Shares in common bins: 30, or for whole numbers and days up to 60 of whole width (`most` overrides).

    `real` holds at least LEAST_DRAWN_ROWS values, none of them missing.
    """
    edges, numbers, unit = _common_edges(real, synthetic, most)
    real_counts, synthetic_counts = (_count(part, edges) for part in numbers)
    shown, hidden = hide_few(real_counts)
    shares = shown / max(len(real), 1), synthetic_counts / max(len(synthetic), 1)
    found = BinShares(edges, *shares, hidden)
    return found if real.dtype.kind != "M" else replace(found, edges=_as_moments(edges * unit))


def hide_few(counts: np.ndarray) -> tuple[np.ndarray, int]:
    """Counts of real rows, those of fewer than LEAST_CELL_ROWS as 0, and how many were changed."""
    are_few = (counts > 0) & (counts < LEAST_CELL_ROWS)
    return np.where(are_few, 0, counts), int(are_few.sum())


def place_in_bins(
    real: pd.Series, synthetic: pd.Series, most: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Common edges as in `bin_values`, and the number of the bin of every real and synthetic value."""
    edges, numbers, unit = _common_edges(real, synthetic, most)
    real_bins, synthetic_bins = (_place(part, edges) for part in numbers)
    return _as_moments(edges * unit) if real.dtype.kind == "M" else edges, real_bins, synthetic_bins


def accumulate(
    real: pd.Series, synthetic: pd.Series, points: int = 200
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """An even grid over the drawn range, and the shares (0–1) of real and synthetic values up to each point.

    A grid, since steps at the values themselves would publish every value of the real sample; and real
    rows are counted up in steps of LEAST_CELL_ROWS, since a step of one row would be a person.
    """
    numbers = [as_numbers(values) for values in (real, synthetic)]
    grid = np.linspace(*_drawn_range(*numbers), points)
    # Moments are whole nanoseconds: a point that was cut off would miss the values at it.
    grid = np.ceil(grid) if real.dtype.kind == "M" else grid
    real_counts, synthetic_counts = (np.searchsorted(np.sort(part), grid, side="right") for part in numbers)
    real_counts -= real_counts % LEAST_CELL_ROWS
    shares = real_counts / len(real), synthetic_counts / len(synthetic)
    return _as_moments(grid) if real.dtype.kind == "M" else grid, *shares


def as_numbers(values: pd.Series) -> np.ndarray:
    """Numbers as they are and moments as nanoseconds; no value is missing."""
    return (values.astype("int64") if values.dtype.kind == "M" else values).to_numpy(dtype=float)


def _common_edges(
    real: pd.Series, synthetic: pd.Series, most: int | None
) -> tuple[np.ndarray, list[np.ndarray], float]:
    numbers = [as_numbers(values) for values in (real, synthetic)]
    is_time = real.dtype.kind == "M"
    are_days = is_time and all(bool((part % _DAY_NS == 0).all()) for part in numbers)
    unit = _DAY_NS if are_days else 1.0
    numbers = [part / unit for part in numbers]
    low, high = _drawn_range(*numbers)
    if all(bool((part == np.round(part)).all()) for part in numbers):
        return _whole_edges(low, high, most or _WHOLE_BINS) - (0.0 if is_time else 0.5), numbers, unit
    return _even_edges(low, high, most or _BINS), numbers, unit


def _drawn_range(real: np.ndarray, synthetic: np.ndarray) -> tuple[float, float]:
    """The middle 98 % of both tables, with LEAST_REAL_ROWS real values or more at or beyond each end.

    Ends lie at round values: the tenth value from an end would be a person's.
    """
    ordered = np.sort(real)
    # Values rather than means of two, since one that many rows share stays as it is.
    low = np.quantile(ordered, _TAIL, method="lower")
    high = np.quantile(ordered, 1.0 - _TAIL, method="higher")
    inner = ordered[LEAST_REAL_ROWS - 1], ordered[-LEAST_REAL_ROWS]
    synthetic_low, synthetic_high = np.quantile(synthetic, (_TAIL, 1.0 - _TAIL))
    low = float(min(max(low, inner[0]), synthetic_low))
    high = float(max(min(high, inner[1]), synthetic_high))
    return plan_steps(real, low, high).snap_range(low, high)


def _even_edges(low: float, high: float, most: int) -> np.ndarray:
    return np.linspace(low, high, most + 1) if high > low else np.array([low - 0.5, low + 0.5])


def _whole_edges(low: float, high: float, most: int) -> np.ndarray:
    """Whole numbers from below the lowest value to beyond the highest, so that no bin holds more numbers."""
    low, high = np.floor(low), np.ceil(high)
    width = max(1.0, np.ceil((high - low + 1.0) / most))
    return np.arange(low, high + width + 0.5, width)


def _count(numbers: np.ndarray, edges: np.ndarray) -> np.ndarray:
    return np.bincount(_place(numbers, edges), minlength=len(edges) - 1)


def _place(numbers: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """The number of each value's bin; the outermost bins also take what lies beyond."""
    return np.clip(np.searchsorted(edges, numbers, side="right") - 1, 0, len(edges) - 2)


def _as_moments(nanoseconds: Sequence[float] | np.ndarray) -> np.ndarray:
    return np.asarray(nanoseconds).astype("int64").astype("datetime64[ns]")
