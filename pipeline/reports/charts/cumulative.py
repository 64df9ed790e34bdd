"""Cumulative curves of one number or date."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.datasets.spec import ModelledType
from pipeline.reports.charts.binning import accumulate
from pipeline.reports.charts.chart import RANGE_NOTE, Chart
from pipeline.reports.charts.columns import prepare_column
from pipeline.reports.charts.style import (
    REAL_COLOUR,
    SYNTHETIC_COLOUR,
    apply_style,
    empty_figure,
    title_of,
    with_unit,
)


def plot_cumulative(
    name: str, kind: ModelledType, real: pd.Series, synthetic: pd.Series, unit: str = ""
) -> Chart:
    """Share of rows up to each value, for numbers and dates; the largest gap is what KSComplement scores."""
    from plotly import graph_objects as go

    drawn = prepare_column(name, kind, real, synthetic)
    problem = drawn.problem or ("" if drawn.pair.is_continuous else "its values have no order")
    if problem:
        figure = empty_figure(title_of(name, ": no cumulative curve"))
        return Chart(figure, f'No cumulative curve for "{name}": {problem}.')
    grid, *shares = accumulate(drawn.real, drawn.synthetic)
    figure = go.Figure()
    for title, values, colour, dash in zip(
        ("Real", "Synthetic"), shares, (REAL_COLOUR, SYNTHETIC_COLOUR), ("solid", "dash"), strict=True
    ):
        line = {"color": colour, "dash": dash, "width": 2.5, "shape": "hv"}
        figure.add_trace(go.Scatter(name=title, x=grid, y=100 * values, mode="lines", line=line))
    figure.update_traces(hovertemplate="%{x}: %{y:.1f}% of rows")
    apply_style(figure, title_of(name, ": rows up to a value"), with_unit(name, unit), "Rows up to here (%)")
    figure.update_yaxes(range=[0, 102])
    gap = 100 * float(np.abs(shares[0] - shares[1]).max())
    reading = f"The closer the two lines, the better; their largest gap here is {gap:.1f} percentage points."
    return Chart(figure, f"{reading}{RANGE_NOTE}{drawn.notes}")
