"""How strongly every pair of columns belongs together, in both tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from pipeline.datasets.spec import ModelledColumn
from pipeline.evaluation.quality.associations import compute_associations
from pipeline.reports.charts.chart import Chart, Grid, thin
from pipeline.reports.charts.style import DIVERGING, apply_style, label

MOST_PAIR_ROWS = 10_000
"""Pairs of larger tables are drawn from a sample of this size: their number is the square of the columns'."""

_LARGEST_WITH_NUMBERS = 8
_READING = (
    "Each cell is one pair of columns, from -1 to 1: Pearson's r between numbers, Cramér's V between "
    "categories, the correlation ratio between the two. The paler the third map, the better."
)
_LISTED = (
    "Each cell is one pair of columns: its association in the synthetic table less that in the real one "
    "(Pearson's r between numbers, Cramér's V between categories, else the correlation ratio). Blue is "
    "too weak or too negative, orange too strong; the paler, the better."
)
_PANELS = ("Real", "Synthetic", "Synthetic − real")


def plot_pair_associations(
    real: pd.DataFrame, synthetic: pd.DataFrame, columns: Sequence[ModelledColumn]
) -> Chart:
    """Heatmaps of the association of every pair of columns: real, synthetic, and their difference."""
    from plotly.subplots import make_subplots

    (real, synthetic), notes = thin(real, synthetic, most=MOST_PAIR_ROWS)
    matrices = compute_associations(real, synthetic, columns)
    difference = matrices[1] - matrices[0]
    figure = make_subplots(rows=1, cols=3, shared_yaxes=True, horizontal_spacing=0.03, subplot_titles=_PANELS)
    for position, matrix in enumerate((*matrices, difference), start=1):
        figure.add_trace(_heatmap(matrix), row=1, col=position)
    apply_style(figure, "Association of column pairs", height=max(380, 190 + 24 * len(columns)))
    # Without a step of one, plotly names every second column where room is short.
    size = 12 if len(columns) <= _LARGEST_WITH_NUMBERS else 9
    ticks = {"showgrid": False, "dtick": 1, "tickfont": {"size": size}}
    figure.update_yaxes({**ticks, "autorange": "reversed"})
    figure.update_xaxes({**ticks, "tickangle": 90})
    figure.update_layout(coloraxis=_colour_scale(), margin={"t": 66})
    return Chart(figure, _READING + notes, _as_grid(difference), is_wide=True, listing=_LISTED + notes)


def _heatmap(matrix: pd.DataFrame) -> Any:
    from plotly import graph_objects as go

    return go.Heatmap(
        z=matrix.to_numpy(),
        x=[label(name, 22) for name in matrix.columns],
        y=[label(name, 22) for name in matrix.index],
        coloraxis="coloraxis",
        xgap=1,
        ygap=1,
        texttemplate="%{z:.2f}" if len(matrix) <= _LARGEST_WITH_NUMBERS else None,
        hovertemplate="%{y} and %{x}: %{z:.2f}<extra></extra>",
    )


def _colour_scale() -> dict[str, Any]:
    bar = {"title": {"text": "−1 to 1"}, "thickness": 14}
    return {"cmin": -1, "cmax": 1, "colorscale": DIVERGING, "colorbar": bar}


def _as_grid(matrix: pd.DataFrame) -> Grid:
    rows = matrix.to_numpy()
    values = tuple(tuple(float(cell) if np.isfinite(cell) else None for cell in row) for row in rows)
    return Grid(tuple(str(name) for name in matrix.index), values)
