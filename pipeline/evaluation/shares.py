"""One column of two tables as shares by category or by bin, ready for drawing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

MOST_CATEGORIES = 25
_BINS = 30
_WHOLE_BINS = 60
_DAY_NS = 86_400e9
_TAIL = 0.005


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

    Edges are numbers or datetime64[ns]; where `is_clipped`, the outermost bins also hold what lies
    beyond them.
    """

    edges: np.ndarray
    real: np.ndarray
    synthetic: np.ndarray
    is_clipped: bool


def count_categories(real: pd.Series, synthetic: pd.Series, in_order: bool) -> CategoryShares:
    """Shares by value, most frequent first or `in_order` of the values.

    Of more than MOST_CATEGORIES values the rarest become one.
    """
    counts = [values.value_counts(normalize=True) for values in (real, synthetic)]
    table = pd.concat(counts, axis=1, keys=["real", "synthetic"]).fillna(0.0)
    table = table.loc[table.sum(axis=1).sort_values(ascending=False, kind="stable").index]
    folded = table.iloc[MOST_CATEGORIES - 1 :] if len(table) > MOST_CATEGORIES else table.iloc[:0]
    kept = table.iloc[: len(table) - len(folded)]
    kept = kept.sort_index() if in_order else kept
    labels = [str(label) for label in kept.index]
    if folded.empty:
        return CategoryShares(labels, kept["real"].to_numpy(), kept["synthetic"].to_numpy())
    rest = folded.sum()
    return CategoryShares(
        [*labels, f"{len(folded)} others"],
        np.append(kept["real"], rest["real"]),
        np.append(kept["synthetic"], rest["synthetic"]),
        len(folded),
    )


def bin_values(real: pd.Series, synthetic: pd.Series) -> BinShares:
    """Shares in common bins: 30, or for whole numbers and days up to 60 of whole width."""
    numbers = [_as_numbers(values) for values in (real, synthetic)]
    if real.dtype.kind != "M":
        return _bin_numbers(numbers, starts_at=-0.5)
    unit = _DAY_NS if all(bool((part % _DAY_NS == 0).all()) for part in numbers) else 1.0
    found = _bin_numbers([part / unit for part in numbers], starts_at=0.0)
    moments = (found.edges * unit).astype("int64").astype("datetime64[ns]")
    return replace(found, edges=moments)


def _bin_numbers(numbers: Sequence[np.ndarray], starts_at: float) -> BinShares:
    low, high, is_clipped = _drawn_range(np.concatenate(numbers))
    are_whole = all(bool((part == np.round(part)).all()) for part in numbers)
    edges = _whole_edges(low, high) + starts_at if are_whole else _even_edges(low, high)
    real, synthetic = (_share(np.clip(part, low, high), edges) for part in numbers)
    return BinShares(edges, real, synthetic, is_clipped)


def _as_numbers(values: pd.Series) -> np.ndarray:
    return (values.astype("int64") if values.dtype.kind == "M" else values).to_numpy(dtype=float)


def _drawn_range(numbers: np.ndarray) -> tuple[float, float, bool]:
    """The whole range, or the middle 99 % where a few far values would squeeze all others into one bin."""
    low, high = float(numbers.min()), float(numbers.max())
    inner_low, inner_high = (float(edge) for edge in np.quantile(numbers, (_TAIL, 1.0 - _TAIL)))
    if inner_high > inner_low and high - low > 2.0 * (inner_high - inner_low):
        return inner_low, inner_high, True
    return low, high, False


def _even_edges(low: float, high: float) -> np.ndarray:
    return np.linspace(low, high, _BINS + 1) if high > low else np.array([low - 0.5, low + 0.5])


def _whole_edges(low: float, high: float) -> np.ndarray:
    """Whole numbers from below the lowest value to beyond the highest, so that no bin holds more numbers."""
    low, high = np.floor(low), np.ceil(high)
    width = max(1.0, np.ceil((high - low + 1.0) / _WHOLE_BINS))
    return np.arange(low, high + width + 0.5, width)


def _share(numbers: np.ndarray, edges: np.ndarray) -> np.ndarray:
    counts, _ = np.histogram(numbers, edges)
    return counts / max(len(numbers), 1)
