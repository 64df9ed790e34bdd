"""Two columns at once: maps of shares side by side, or boxes of a number by category.

Maps rather than points, since every point of the real table would be a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pipeline.datasets.spec import ModelledColumn
from pipeline.evaluation.quality.columns import ColumnPair, align_columns
from pipeline.reports.charts.binning import (
    LEAST_CELL_ROWS,
    fold_categories,
    hide_few,
    name_others,
    place_in_bins,
)
from pipeline.reports.charts.boxes import chart_boxes
from pipeline.reports.charts.chart import FOLD_NOTE, RANGE_NOTE, Chart, Maps, tell_hidden, thin
from pipeline.reports.charts.columns import FEW_NUMBERS, explain_few, is_ordered
from pipeline.reports.charts.style import SEQUENTIAL, apply_style, empty_figure, label, name_ticks, with_unit

_LISTED = "The more alike the two maps, the better; the darker a cell, the larger its share of rows."
MOST_CATEGORIES = 12
_MOST_BINS, _FEWEST_BINS = 24, 6
_FEWEST_MAP_TICKS = 5


@dataclass(frozen=True)
class _Scale:
    """One axis of a map: where its cells lie, and the cell of every real and synthetic row.

    `labels` are the categories; it is empty for numbers and dates, whose cells `middles` places.
    """

    real: np.ndarray
    synthetic: np.ndarray
    middles: np.ndarray
    labels: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        return len(self.labels) or len(self.middles)


def plot_pair(
    first: ModelledColumn,
    second: ModelledColumn,
    real: pd.DataFrame,
    synthetic: pd.DataFrame,
    units: tuple[str, str] = ("", ""),
) -> Chart:
    """Compare how two modelled columns go together: boxes for a number by category, maps otherwise."""
    names = [first.name, second.name]
    (real, synthetic), notes = thin(real[names], synthetic[names])
    pairs = align_columns(real, synthetic, [first, second])
    problem = _find_problem(pairs)
    if problem:
        figure = empty_figure(f"{first.name} and {second.name}: nothing to draw")
        return Chart(figure, f'Nothing to draw for "{first.name}" and "{second.name}": {problem}.')
    tables = [_join(pairs, side) for side in ("real", "synthetic")]
    is_number = [_is_number(pair) for pair in pairs]
    axes = with_unit(first.name, units[0]), with_unit(second.name, units[1])
    if is_number[0] != is_number[1]:
        category = 1 if is_number[0] else 0
        titles = axes[category], axes[1 - category]
        return chart_boxes(tables[0], tables[1], category, titles, is_ordered(pairs[category]), notes)
    scales = [_place(tables[0][place], tables[1][place], is_number[place], pairs[place]) for place in (0, 1)]
    return _chart_maps(scales[0], scales[1], f"{first.name} and {second.name}", axes, notes)


def _join(pairs: tuple[ColumnPair, ...], side: str) -> pd.DataFrame:
    """The rows of one table where both columns hold a value, columns 0 and 1."""
    return pd.DataFrame({place: getattr(pair, side) for place, pair in enumerate(pairs)}).dropna()


def _find_problem(pairs: tuple[ColumnPair, ...]) -> str:
    for pair in pairs:
        if pair.problem:
            return f'"{pair.name}": {pair.problem}'
    if _join(pairs, "synthetic").empty:
        return "no synthetic row holds a value in both"
    few = explain_few(_join(pairs, "real")[0])
    return few.replace("the real column holds", "both hold values in only") if few else ""


def _is_number(pair: ColumnPair) -> bool:
    return pair.is_continuous and pd.concat([pair.real, pair.synthetic]).nunique() > FEW_NUMBERS


def _place(real: pd.Series, synthetic: pd.Series, is_number: bool, pair: ColumnPair) -> _Scale:
    if is_number:
        edges, real_bins, synthetic_bins = place_in_bins(real, synthetic, _choose_bins(len(real)))
        return _Scale(real_bins, synthetic_bins, edges[:-1] + np.diff(edges) / 2)
    table, is_folded = fold_categories(real, synthetic, MOST_CATEGORIES)
    kept = table.index[~is_folded]
    kept = kept.sort_values() if is_ordered(pair) else kept
    others = (name_others(int(is_folded.sum())),) if is_folded.any() else ()
    labels = (*(str(value) for value in kept), *others)
    cells = [_codes(kept, values) for values in (real, synthetic)]
    return _Scale(cells[0], cells[1], np.arange(len(labels)), labels)


def _choose_bins(real_rows: int) -> int:
    """As many bins as leave twice the least number of real rows to a cell, if all were alike."""
    return int(np.clip(np.sqrt(real_rows / (2 * LEAST_CELL_ROWS)), _FEWEST_BINS, _MOST_BINS))


def _codes(kept: pd.Index, values: pd.Series) -> np.ndarray:
    """Places of values among those that are kept; all others are behind them."""
    found = kept.get_indexer(pd.Index(values))
    return np.where(found < 0, len(kept), found)


def _chart_maps(x: _Scale, y: _Scale, title: str, axes: tuple[str, str], notes: str) -> Chart:
    from plotly.subplots import make_subplots

    shares, hidden = _share_cells(x, y)
    figure = make_subplots(
        rows=1, cols=2, shared_yaxes=True, horizontal_spacing=0.05, subplot_titles=("Real", "Synthetic")
    )
    for position, share in enumerate(shares, start=1):
        figure.add_trace(_map(x, y, share), row=1, col=position)
    apply_style(figure, title, axes[0], "", height=max(400, 230 + 24 * len(y.labels)))
    figure.update_yaxes(title_text=label(axes[1], 48), row=1, col=1)
    figure.update_xaxes({**name_ticks(x.labels), "tickangle": -90} if x.labels else {"showgrid": False})
    ticks = {**name_ticks(y.labels), "autorange": "reversed", "tickangle": 0}
    figure.update_yaxes(ticks if y.labels else {"showgrid": False})
    figure.update_layout(coloraxis=_colour_scale(max(float(share.max()) for share in shares)))
    reading = "The more alike the two maps, the better; the brighter a cell, the larger its share of rows."
    is_folded = bool(x.labels or y.labels)
    is_clipped = not (x.labels and y.labels)
    ends = f"{FOLD_NOTE if is_folded else ''}{RANGE_NOTE if is_clipped else ''}"
    rest = f"{ends}{tell_hidden(hidden, 'cell', ' (and synthetic cells of as small a share)')}{notes}"
    cells = _list_cells(x, y, shares)
    listing = f"{_LISTED} {_name_axes(cells, axes, bool(x.labels))}{rest}"
    return Chart(figure, f"{reading}{rest}", cells, is_wide=True, listing=listing)


def _share_cells(x: _Scale, y: _Scale) -> tuple[list[np.ndarray], int]:
    """Shares of rows (%) by cell of both tables, and how many real cells are left empty.

    Synthetic cells of as small a share are left empty too: the maps would look different without being so.
    """
    counts = [_count(x.real, y.real, x.size, y.size), _count(x.synthetic, y.synthetic, x.size, y.size)]
    shown, hidden = hide_few(counts[0])
    real, synthetic = 100 * shown / max(len(x.real), 1), 100 * counts[1] / max(len(x.synthetic), 1)
    least = 100 * LEAST_CELL_ROWS / max(len(x.real), 1)
    return [real, np.where(synthetic < least, 0.0, synthetic) if hidden else synthetic], hidden


def _name_axes(cells: Maps, axes: tuple[str, str], is_by_category: bool) -> str:
    """Which column lies in which direction, for maps that have no axes."""
    ends = ", ".join(cells.columns) if is_by_category else f"{cells.columns[0]} to {cells.columns[-1]}"
    return f"From left to right: {axes[0]} ({ends}); from top to bottom: {axes[1]}."


def _list_cells(x: _Scale, y: _Scale, shares: list[np.ndarray]) -> Maps:
    """Cells from the top: categories in their order, numbers from the highest."""
    names = [scale.labels or _name_bins(scale.middles) for scale in (x, y)]
    step = 1 if y.labels else -1
    maps = [
        tuple(tuple(float(cell) if cell else None for cell in row) for row in share[::step])
        for share in shares
    ]
    return Maps(names[0], names[1][::step], tuple(zip(("Real", "Synthetic"), maps, strict=True)))


def _name_bins(middles: np.ndarray) -> tuple[str, ...]:
    if middles.dtype.kind == "M":
        return tuple(str(moment)[:10] for moment in middles)
    return tuple(f"{middle:,.0f}" if abs(middle) >= 1000 else f"{middle:.4g}" for middle in middles)


def _count(x: np.ndarray, y: np.ndarray, width: int, height: int) -> np.ndarray:
    """Rows in each cell, one row of cells for each step of y."""
    return np.bincount(y * width + x, minlength=width * height).reshape(height, width)


def _map(x: _Scale, y: _Scale, share: np.ndarray) -> Any:
    from plotly import graph_objects as go

    # Colours follow the square root: a few full cells would leave all others equally dark.
    return go.Heatmap(
        x=[label(text) for text in x.labels] or x.middles,
        y=[label(text) for text in y.labels] or y.middles,
        z=np.where(share > 0, np.sqrt(share), np.nan),
        customdata=share,
        hoverongaps=False,
        coloraxis="coloraxis",
        hovertemplate="%{x}, %{y}: %{customdata:.2f}% of rows<extra></extra>",
    )


def _colour_scale(largest: float) -> dict[str, Any]:
    ticks = np.linspace(0.0, np.sqrt(largest) or 1.0, _FEWEST_MAP_TICKS)
    bar = {
        "title": {"text": "% of rows"}, "thickness": 14, "tickvals": ticks,
        "ticktext": [f"{tick**2:.2g}" for tick in ticks],
    }  # fmt: skip
    return {"cmin": 0, "cmax": ticks[-1], "colorscale": SEQUENTIAL, "colorbar": bar}
