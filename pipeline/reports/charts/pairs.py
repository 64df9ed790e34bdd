"""Two columns at once: maps of shares side by side, or boxes of a number by category.

Maps rather than points, since every point of the real table would be a person.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pipeline.datasets.spec import ModelledColumn
from pipeline.evaluation.quality.columns import ColumnPair, align_columns
from pipeline.reports.charts.boxes import chart_boxes
from pipeline.reports.charts.chart import FOLD_NOTE, RANGE_NOTE, Chart, Maps, tell_hidden, thin
from pipeline.reports.charts.columns import explain_few, is_ordered
from pipeline.reports.charts.scales import (
    Scale,
    is_number,
    join_present,
    place_rows,
    share_cells,
)
from pipeline.reports.charts.style import SEQUENTIAL, apply_style, empty_figure, label, name_ticks, with_unit

_LISTED = "The more alike the two maps, the better; the darker a cell, the larger its share of rows."
_FEWEST_MAP_TICKS = 5


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
    tables = [join_present(pairs, side) for side in ("real", "synthetic")]
    are_numbers = [is_number(pair) for pair in pairs]
    axes = with_unit(first.name, units[0]), with_unit(second.name, units[1])
    if are_numbers[0] != are_numbers[1]:
        category = 1 if are_numbers[0] else 0
        titles = axes[category], axes[1 - category]
        return chart_boxes(tables[0], tables[1], category, titles, is_ordered(pairs[category]), notes)
    scales = [
        place_rows(tables[0][place], tables[1][place], are_numbers[place], pairs[place]) for place in (0, 1)
    ]
    return _chart_maps(scales[0], scales[1], f"{first.name} and {second.name}", axes, notes)


def _find_problem(pairs: tuple[ColumnPair, ...]) -> str:
    for pair in pairs:
        if pair.problem:
            return f'"{pair.name}": {pair.problem}'
    if join_present(pairs, "synthetic").empty:
        return "no synthetic row holds a value in both"
    few = explain_few(join_present(pairs, "real")[0])
    return few.replace("the real column holds", "both hold values in only") if few else ""


def _chart_maps(x: Scale, y: Scale, title: str, axes: tuple[str, str], notes: str) -> Chart:
    from plotly.subplots import make_subplots

    shares, hidden = share_cells(x, y)
    figure = make_subplots(
        rows=1, cols=2, shared_yaxes=True, horizontal_spacing=0.05, subplot_titles=("Real", "Synthetic")
    )
    for position, share in enumerate(shares, start=1):
        figure.add_trace(draw_map(x, y, share), row=1, col=position)
    apply_style(figure, title, axes[0], "", height=max(400, 230 + 24 * len(y.labels)))
    figure.update_yaxes(title_text=label(axes[1], 48), row=1, col=1)
    figure.update_xaxes({**name_ticks(x.labels), "tickangle": -90} if x.labels else {"showgrid": False})
    ticks = {**name_ticks(y.labels), "autorange": "reversed", "tickangle": 0}
    figure.update_yaxes(ticks if y.labels else {"showgrid": False})
    figure.update_layout(coloraxis=scale_colours(max(float(share.max()) for share in shares)))
    reading = "The more alike the two maps, the better; the brighter a cell, the larger its share of rows."
    is_folded = bool(x.labels or y.labels)
    is_clipped = not (x.labels and y.labels)
    ends = f"{FOLD_NOTE if is_folded else ''}{RANGE_NOTE if is_clipped else ''}"
    rest = f"{ends}{tell_hidden(hidden, 'cell', ' (and synthetic cells of as small a share)')}{notes}"
    cells = _list_cells(x, y, shares)
    listing = f"{_LISTED} {_name_axes(cells, axes, bool(x.labels))}{rest}"
    return Chart(figure, f"{reading}{rest}", cells, is_wide=True, listing=listing)


def _name_axes(cells: Maps, axes: tuple[str, str], is_by_category: bool) -> str:
    """Which column lies in which direction, for maps that have no axes."""
    ends = ", ".join(cells.columns) if is_by_category else f"{cells.columns[0]} to {cells.columns[-1]}"
    return f"From left to right: {axes[0]} ({ends}); from top to bottom: {axes[1]}."


def _list_cells(x: Scale, y: Scale, shares: list[np.ndarray]) -> Maps:
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


def draw_map(x: Scale, y: Scale, share: np.ndarray) -> Any:
    """A map of shares (%): empty cells are left out."""
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


def scale_colours(largest: float) -> dict[str, Any]:
    """The colours of maps up to the largest share (%), for all that are compared."""
    ticks = np.linspace(0.0, np.sqrt(largest) or 1.0, _FEWEST_MAP_TICKS)
    bar = {
        "title": {"text": "% of rows"}, "thickness": 14, "tickvals": ticks,
        "ticktext": [f"{tick**2:.2g}" for tick in ticks],
    }  # fmt: skip
    return {"cmin": 0, "cmax": ticks[-1], "colorscale": SEQUENTIAL, "colorbar": bar}
