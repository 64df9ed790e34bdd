"""The axes of maps and of charts of several tables: common cells, and the cell of each row."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from pipeline.evaluation.quality.columns import ColumnPair
from pipeline.reports.charts.binning import (
    LEAST_CELL_ROWS,
    fold_categories,
    hide_few,
    name_others,
    place_in_bins,
)
from pipeline.reports.charts.columns import FEW_NUMBERS, is_ordered

MOST_CATEGORIES = 12
_MOST_BINS, _FEWEST_BINS = 24, 6


@dataclass(frozen=True)
class Scale:
    """One axis: where its cells lie, and the cell of every real and synthetic row.

    `labels` are the categories; it is empty for numbers and dates, whose cells `middles` places.
    """

    real: np.ndarray
    synthetic: np.ndarray
    middles: np.ndarray
    labels: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """How many cells there are."""
        return len(self.labels) or len(self.middles)

    def keep_synthetic(self, first: int, end: int) -> Scale:
        """The same axis for a range of the synthetic rows, where they come from several tables."""
        return replace(self, synthetic=self.synthetic[first:end])


def join_present(pairs: tuple[ColumnPair, ...], side: str) -> pd.DataFrame:
    """The rows of one table where all columns hold a value, columns 0, 1, …"""
    return pd.DataFrame({place: getattr(pair, side) for place, pair in enumerate(pairs)}).dropna()


def is_number(pair: ColumnPair) -> bool:
    """Whether a column is cut into bins rather than drawn value by value."""
    return pair.is_continuous and pd.concat([pair.real, pair.synthetic]).nunique() > FEW_NUMBERS


def place_rows(real: pd.Series, synthetic: pd.Series, is_binned: bool, pair: ColumnPair) -> Scale:
    """Common cells for the values of both, none of them missing."""
    if is_binned:
        edges, real_bins, synthetic_bins = place_in_bins(real, synthetic, _choose_bins(len(real)))
        return Scale(real_bins, synthetic_bins, edges[:-1] + np.diff(edges) / 2)
    table, is_folded = fold_categories(real, synthetic, MOST_CATEGORIES)
    kept = table.index[~is_folded]
    kept = kept.sort_values() if is_ordered(pair) else kept
    others = (name_others(int(is_folded.sum())),) if is_folded.any() else ()
    labels = (*(str(value) for value in kept), *others)
    cells = [_codes(kept, values) for values in (real, synthetic)]
    return Scale(cells[0], cells[1], np.arange(len(labels)), labels)


def share_cells(x: Scale, y: Scale) -> tuple[list[np.ndarray], int]:
    """Shares of rows (%) by cell of both tables, and how many real cells are left empty.

    Synthetic cells of as small a share are left empty too: the maps would look different without being so.
    """
    counts = [_count(x.real, y.real, x.size, y.size), _count(x.synthetic, y.synthetic, x.size, y.size)]
    shown, hidden = hide_few(counts[0])
    real, synthetic = 100 * shown / max(len(x.real), 1), 100 * counts[1] / max(len(x.synthetic), 1)
    least = 100 * LEAST_CELL_ROWS / max(len(x.real), 1)
    return [real, np.where(synthetic < least, 0.0, synthetic) if hidden else synthetic], hidden


def _choose_bins(real_rows: int) -> int:
    """As many bins as leave twice the least number of real rows to a cell, if all were alike."""
    return int(np.clip(np.sqrt(real_rows / (2 * LEAST_CELL_ROWS)), _FEWEST_BINS, _MOST_BINS))


def _codes(kept: pd.Index, values: pd.Series) -> np.ndarray:
    """Places of values among those that are kept; all others are behind them."""
    found = kept.get_indexer(pd.Index(values))
    return np.where(found < 0, len(kept), found)


def _count(x: np.ndarray, y: np.ndarray, width: int, height: int) -> np.ndarray:
    """Rows in each cell, one row of cells for each step of y."""
    return np.bincount(y * width + x, minlength=width * height).reshape(height, width)
