"""The real table and several synthetic ones in the same charts: common axes and order, differences marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd

from pipeline.datasets.spec import ModelledColumn
from pipeline.evaluation.quality.columns import ColumnPair, align_columns
from pipeline.reports.charts.chart import FOLD_NOTE, RANGE_NOTE, Chart, tell_hidden, thin
from pipeline.reports.charts.columns import explain_few
from pipeline.reports.charts.pairs import draw_map, scale_colours
from pipeline.reports.charts.scales import Scale, is_number, join_present, place_rows, share_cells
from pipeline.reports.charts.style import (
    QUALITY_COLOUR,
    REAL_COLOUR,
    SYNTHETIC_COLOUR,
    apply_style,
    empty_figure,
    label,
    marker,
    name_ticks,
    title_of,
    with_unit,
)

LEAST_POINTS = 1.0
"""A difference of a share is marked from so many percentage points on, …"""
_CHANCE = 0.05
"""… where it is also so large that chance marks any cell of a table no oftener than this."""
_TOP = 110
_COLOURS, _PATTERNS = (SYNTHETIC_COLOUR, QUALITY_COLOUR), ("/", "x")
_MARKED = (
    "▲ marks where a table differs from the real rows by 1 percentage point and more than chance explains."
)
_OUTLINED = (
    "The more alike the maps, the better. Squares mark cells that differ from the real rows by 1 percentage "
    "point and more than chance explains."
)


def plot_column_beside(
    column: ModelledColumn, real: pd.DataFrame, tables: Mapping[str, pd.DataFrame], unit: str = ""
) -> Chart:
    """Shares of rows of one column, a series for the real rows and for each table by name."""
    placed = _place([column], real, tables)
    if isinstance(placed, str):
        return _draw_nothing(column.name, placed)
    (scale,), sizes, notes = placed
    line = Scale(np.zeros_like(scale.real), np.zeros_like(scale.synthetic), np.zeros(1))
    found = [share_cells(part, other) for part, other in _split([scale, line], sizes)]
    shares = [found[0][0][0][0], *(parts[1][0] for parts, _ in found)]
    marks = [
        find_differences(shares[0], share, len(scale.real), size)
        for share, size in zip(shares[1:], sizes, strict=True)
    ]
    figure = _draw_bars(scale, dict(zip(("Real", *tables), shares, strict=True)), marks)
    apply_style(
        figure, title_of(column.name, ": share of rows"), with_unit(column.name, unit), "Share of rows (%)"
    )
    # Room for a line of the legend to each table: names are long, and a phone is narrow.
    figure.update_layout(barmode="group", bargap=0.2, bargroupgap=0.05, margin={"t": _TOP})
    if scale.labels:
        figure.update_xaxes(name_ticks(scale.labels))
    ends = FOLD_NOTE if scale.labels else RANGE_NOTE
    caption = f"{_MARKED}{ends}{tell_hidden(found[0][1], 'value' if scale.labels else 'bin')}{notes}"
    return Chart(figure, caption)


def plot_pair_beside(
    pair: Sequence[ModelledColumn], real: pd.DataFrame, tables: Mapping[str, pd.DataFrame]
) -> tuple[Chart, ...]:
    """Maps of two columns with the same axes and colours: of the real rows, then of each table by name.

    One chart of nothing where the pair cannot be drawn.
    """
    names = f"{pair[0].name} and {pair[1].name}"
    placed = _place(pair, real, tables)
    if isinstance(placed, str):
        return (_draw_nothing(names, placed),)
    (x, y), sizes, notes = placed
    found = [share_cells(*axes) for axes in _split([x, y], sizes)]
    shares = [found[0][0][0], *(parts[1] for parts, _ in found)]
    largest = max(float(share.max()) for share in shares)
    charts = []
    for title, share, size in zip(("Real", *tables), shares, (len(x.real), *sizes), strict=True):
        figure = _draw_one_map((x, y), share, find_differences(shares[0], share, len(x.real), size), largest)
        height = max(380, 200 + 22 * len(y.labels))
        apply_style(figure, title, pair[0].name, pair[1].name, height=height)
        _name_axes(figure, x, y)
        charts.append(Chart(figure, f"{_OUTLINED}{tell_hidden(found[0][1], 'cell')}{notes}"))
    return tuple(charts)


def find_differences(
    real: np.ndarray, synthetic: np.ndarray, real_rows: int, synthetic_rows: int
) -> np.ndarray:
    """Where two shares (%) differ by LEAST_POINTS and by more than chance explains."""
    mean = np.clip((real + synthetic) / 200, 0.0, 1.0)
    error = 100 * np.sqrt(mean * (1 - mean) * (1 / max(real_rows, 1) + 1 / max(synthetic_rows, 1)))
    gap, errors = np.abs(real - synthetic), NormalDist().inv_cdf(1 - _CHANCE / (2 * real.size))
    return (gap >= LEAST_POINTS) & (gap > errors * error)


def _place(
    columns: Sequence[ModelledColumn], real: pd.DataFrame, tables: Mapping[str, pd.DataFrame]
) -> tuple[list[Scale], list[int], str] | str:
    """An axis for each column over the rows of all tables one after the other, and how many each has.

    The reason where nothing can be drawn.
    """
    names = [column.name for column in columns]
    drawn, notes = thin(real[names], *(table[names] for table in tables.values()))
    aligned = [align_columns(drawn[0], table, columns) for table in drawn[1:]]
    problem = next((f'"{one.name}": {one.problem}' for pairs in aligned for one in pairs if one.problem), "")
    if problem:
        return problem
    present = [join_present(pairs, "synthetic") for pairs in aligned]
    shown, together = join_present(aligned[0], "real"), pd.concat(present, ignore_index=True)
    if any(table.empty for table in present):
        return "a table holds no value"
    if few := explain_few(shown[0]):
        return few
    pairs = [
        ColumnPair(one.name, one.kind, shown[place], together[place], "")
        for place, one in enumerate(aligned[0])
    ]
    scales = [place_rows(pair.real, pair.synthetic, is_number(pair), pair) for pair in pairs]
    return scales, [len(table) for table in present], notes


def _split(scales: Sequence[Scale], sizes: Sequence[int]) -> list[list[Scale]]:
    """The same axes once for each table, with the rows of that table alone."""
    ends = np.cumsum([0, *sizes])
    return [[scale.keep_synthetic(first, end) for scale in scales] for first, end in pairwise(ends)]


def _draw_bars(scale: Scale, series: Mapping[str, np.ndarray], marks: Sequence[np.ndarray]) -> Any:
    from plotly import graph_objects as go

    places = [label(text) for text in scale.labels] or scale.middles
    looks = [marker(REAL_COLOUR), *map(marker, _COLOURS, _PATTERNS)]
    figure = go.Figure()
    texts = [None, *(np.where(mark, "▲", "") for mark in marks)]
    for (name, share), look, text in zip(series.items(), looks, texts, strict=False):
        figure.add_trace(
            go.Bar(name=label(name), x=places, y=share, marker=look, text=text, textposition="outside")
        )
    return figure.update_traces(hovertemplate="%{x}: %{y:.1f}% of rows", cliponaxis=False)


def _draw_one_map(axes: tuple[Scale, Scale], share: np.ndarray, marks: np.ndarray, largest: float) -> Any:
    from plotly import graph_objects as go

    x, y = axes
    figure = go.Figure(draw_map(x, y, share))
    rows, columns = np.nonzero(marks)
    places = [[label(text) for text in scale.labels] or list(scale.middles) for scale in axes]
    figure.add_trace(
        go.Scatter(
            x=[places[0][column] for column in columns], y=[places[1][row] for row in rows],
            mode="markers", hoverinfo="skip", showlegend=False,
            marker={"symbol": "square-open", "size": 11, "color": "#D55E00", "line": {"width": 2}},
        )
    )  # fmt: skip
    colours = scale_colours(largest)
    bar = colours["colorbar"]
    # Above the map, where it takes none of its width.
    colours["colorbar"] = {
        "orientation": "h", "x": 0.5, "y": 1.0, "yanchor": "bottom", "thickness": 8, "title": {"text": ""},
        "tickvals": bar["tickvals"][::4], "ticktext": [f"{text}%" for text in bar["ticktext"][::4]],
        "tickangle": 0,
    }  # fmt: skip
    return figure.update_layout(coloraxis=colours)


def _name_axes(figure: Any, x: Scale, y: Scale) -> None:
    """Every category is named in the same place in all maps, numbers have the same range."""
    columns, rows = name_ticks(x.labels), name_ticks(y.labels)
    figure.update_xaxes({**columns, "tickangle": -90} if x.labels else {"showgrid": False, **_fix(x)})
    ticks = {**rows, "autorange": "reversed", "tickangle": 0}
    figure.update_yaxes(ticks if y.labels else {"showgrid": False, **_fix(y)})
    if x.labels:
        figure.update_xaxes(range=[-0.5, len(x.labels) - 0.5])
    if y.labels:
        figure.update_yaxes(autorange=None, range=[len(y.labels) - 0.5, -0.5])


def _fix(scale: Scale) -> dict[str, Any]:
    half = (scale.middles[1] - scale.middles[0]) / 2 if len(scale.middles) > 1 else 0
    return {"range": [scale.middles[0] - half, scale.middles[-1] + half]}


def _draw_nothing(title: str, problem: str) -> Chart:
    figure = empty_figure(title_of(title, ": nothing to draw"))
    return Chart(figure, f'Nothing to draw for "{title}": {problem}.')
