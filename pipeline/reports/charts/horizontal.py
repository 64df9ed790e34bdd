"""Bars from left to right, one group for each column of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.reports.charts.chart import Bars
from pipeline.reports.charts.style import apply_style, label, marker, name_ticks

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

_PATTERNS = ("", "/")


def draw_bars(bars: Bars, title: str, x_title: str) -> Figure:
    """A figure as tall as its groups need, the first label on top."""
    from plotly import graph_objects as go

    labels = [label(text) for text in bars.labels]
    figure = go.Figure(
        [
            go.Bar(
                name=name, y=labels, x=list(values), orientation="h",
                marker=marker(colour, pattern), hovertemplate="%{y}: %{x:.1f}%",
            )
            for (name, values), colour, pattern in zip(bars.series, bars.colours, _PATTERNS, strict=False)
        ]
    )  # fmt: skip
    apply_style(figure, title, x_title, height=height_of(len(labels)))
    figure.update_layout(barmode="group", bargap=0.25, bargroupgap=0.05)
    figure.update_yaxes({**name_ticks(bars.labels), "autorange": "reversed", "tickangle": 0})
    figure.update_xaxes(rangemode="tozero")
    return figure


def height_of(groups: int) -> int:
    """Pixels that so many rows of a chart need."""
    return 150 + 30 * max(groups, 2)
