"""Results as plotly figures, each with a sentence on how to read it.

Colours are those of Okabe and Ito's palette, which colour-blind readers tell apart, with patterns
and dashes besides; backgrounds are transparent and greys middling, for light and dark pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pipeline.dataset import ModelledColumn, ModelledType
from pipeline.evaluation.associations import compute_associations
from pipeline.evaluation.columns import ColumnPair, align_columns
from pipeline.evaluation.shares import BinShares, CategoryShares, bin_values, count_categories
from pipeline.synthesizers.protocol import Progress

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

REAL_COLOUR, SYNTHETIC_COLOUR, QUALITY_COLOUR = "#0072B2", "#E69F00", "#009E73"
MOST_ROWS = 50_000
"""Larger tables are drawn from a sample of this size."""

_FEW_NUMBERS = 12
_GREY = "rgba(128, 128, 128, 0.35)"
_DIVERGING = [[0.0, "#0072B2"], [0.5, "#F2F2F2"], [1.0, "#D55E00"]]
_LOSS_LINES = (("#0072B2", "solid"), ("#D55E00", "dash"), ("#CC79A7", "dot"), ("#56B4E9", "dashdot"))


@dataclass(frozen=True)
class Chart:
    """A figure, and the text that says how to read it and what the drawing leaves out."""

    figure: Figure
    caption: str


def plot_column(name: str, kind: ModelledType, real: pd.Series, synthetic: pd.Series) -> Chart:
    """Compare one modelled column of two tables: shares by category, by value, or by common bins."""
    drawn, notes = _thin(real.rename(name).to_frame(), synthetic.rename(name).to_frame())
    (pair,) = align_columns(drawn[0], drawn[1], [ModelledColumn(name, kind)])
    if pair.problem:
        return Chart(_empty_figure(name), f'Nothing to draw for "{name}": {pair.problem}.')
    notes += _missing_note(pair)
    present = pair.real.dropna(), pair.synthetic.dropna()
    if pair.is_continuous and pd.concat(present).nunique() > _FEW_NUMBERS:
        return _chart_bins(name, bin_values(*present), notes)
    in_order = pair.is_continuous or kind is ModelledType.BOOLEAN
    return _chart_categories(name, count_categories(*present, in_order=in_order), notes)


def plot_pair_associations(
    real: pd.DataFrame, synthetic: pd.DataFrame, columns: Sequence[ModelledColumn]
) -> Chart:
    """Heatmaps of the association of every pair of columns: real, synthetic, and their difference."""
    from plotly.subplots import make_subplots

    (real, synthetic), notes = _thin(real, synthetic)
    matrices = compute_associations(real, synthetic, columns)
    figure = make_subplots(
        rows=1, cols=3, shared_yaxes=True, horizontal_spacing=0.03,
        subplot_titles=("Real", "Synthetic", "Synthetic − real"),
    )  # fmt: skip
    for position, matrix in enumerate((*matrices, matrices[1] - matrices[0]), start=1):
        figure.add_trace(_heatmap(matrix), row=1, col=position)
    _style(figure, "Association of column pairs", height=max(360, 150 + 28 * len(columns)))
    figure.update_yaxes(autorange="reversed", showgrid=False)
    figure.update_xaxes(tickangle=45, showgrid=False)
    figure.update_layout(coloraxis=_colour_scale())
    reading = (
        "Each cell is one pair of columns, from -1 to 1: Pearson's r between numbers, Cramér's V between "
        "categories, the correlation ratio between the two. The paler the third map, the better."
    )
    return Chart(figure, reading + notes)


def plot_losses(history: Sequence[Progress]) -> Chart:
    """Losses of a training by epoch and, where it was measured, the quality against the holdout (0–1)."""
    from plotly.subplots import make_subplots

    measured = [step for step in history if step.quality is not None]
    figure = make_subplots(rows=2 if measured else 1, cols=1, shared_xaxes=True, vertical_spacing=0.08)
    names = list(dict.fromkeys(name for step in history for name in step.losses))
    for number, name in enumerate(names):
        points = [(step.epoch, step.losses[name]) for step in history if name in step.losses]
        colour, dash = _LOSS_LINES[number % len(_LOSS_LINES)]
        figure.add_trace(_line(name, points, colour, dash), row=1, col=1)
    if measured:
        quality = [(step.epoch, step.quality) for step in measured]
        figure.add_trace(_line("quality", quality, QUALITY_COLOUR, "solid", "lines+markers"), row=2, col=1)
    _style(figure, "Training", height=520 if measured else 380)
    if measured:
        figure.update_yaxes(title_text="Quality (0–1)", row=2, col=1)
    figure.update_yaxes(title_text="Loss (no unit)", row=1, col=1)
    figure.update_xaxes(title_text="Epoch", row=2 if measured else 1, col=1)
    return Chart(figure, _LOSS_READING)


_LOSS_READING = (
    "Losses that level off mean that training has settled; those of a GAN need not fall. What counts is "
    "the quality on rows that training never sees, where it is shown."
)


def _chart_categories(name: str, shares: CategoryShares, notes: str) -> Chart:
    from plotly import graph_objects as go

    figure = go.Figure(
        [
            go.Bar(name="Real", x=shares.labels, y=100 * shares.real, marker=_marker(REAL_COLOUR)),
            go.Bar(
                name="Synthetic",
                x=shares.labels,
                y=100 * shares.synthetic,
                marker=_marker(SYNTHETIC_COLOUR, pattern="/"),
            ),
        ]
    )
    figure.update_traces(hovertemplate="%{x}: %{y:.1f} % of rows")
    _style(figure, f"{name}: share of rows", x_title=name, y_title="Share of rows (%)")
    figure.update_layout(barmode="group", bargap=0.25, bargroupgap=0.05)
    figure.update_xaxes(type="category", showgrid=False)
    folded = f" The {shares.folded} rarest values are drawn as one bar." if shares.folded else ""
    return Chart(figure, f"The closer the two bars of each value, the better.{folded}{notes}")


def _chart_bins(name: str, shares: BinShares, notes: str) -> Chart:
    from plotly import graph_objects as go

    edges = shares.edges
    middles = edges[:-1] + np.diff(edges) / 2
    # Plotly measures widths on a time axis in milliseconds.
    is_time = edges.dtype.kind == "M"
    widths = np.diff(edges) / np.timedelta64(1, "ms") if is_time else np.diff(edges)
    figure = go.Figure(
        [
            go.Bar(
                name="Real", x=middles, y=100 * shares.real, width=widths, marker=_marker(REAL_COLOUR),
                opacity=0.75,
            ),
            go.Scatter(
                name="Synthetic", x=edges, y=100 * np.append(shares.synthetic, shares.synthetic[-1:]),
                mode="lines", line={"shape": "hv", "color": SYNTHETIC_COLOUR, "width": 3},
            ),
        ]
    )  # fmt: skip
    figure.update_traces(hovertemplate="%{x}: %{y:.1f} % of rows")
    _style(figure, f"{name}: share of rows", x_title=name, y_title="Share of rows (%)")
    figure.update_layout(bargap=0)
    clipped = " The outermost bins also hold the few values beyond them." if shares.is_clipped else ""
    reading = "The closer the orange line follows the tops of the blue bars, the better."
    return Chart(figure, f"{reading}{clipped}{notes}")


def _marker(colour: str, pattern: str = "") -> dict[str, Any]:
    shape = {
        "shape": pattern,
        "bgcolor": colour,
        "fgcolor": "rgba(255, 255, 255, 0.55)",
        "size": 6,
        "solidity": 0.25,
    }
    return {"color": colour, "pattern": shape} if pattern else {"color": colour}


def _line(
    name: str, points: Sequence[tuple[int, float | None]], colour: str, dash: str, mode: str = "lines"
) -> Any:
    from plotly import graph_objects as go

    epochs, values = [point[0] for point in points], [point[1] for point in points]
    line = {"color": colour, "dash": dash, "width": 2.5}
    return go.Scatter(name=name, x=epochs, y=values, mode=mode, line=line)


def _heatmap(matrix: pd.DataFrame) -> Any:
    from plotly import graph_objects as go

    return go.Heatmap(
        z=matrix.to_numpy(),
        x=list(matrix.columns),
        y=list(matrix.index),
        coloraxis="coloraxis",
        xgap=1,
        ygap=1,
        texttemplate="%{z:.2f}" if len(matrix) <= 8 else None,
        hovertemplate="%{y} and %{x}: %{z:.2f}<extra></extra>",
    )


def _colour_scale() -> dict[str, Any]:
    return {"cmin": -1, "cmax": 1, "colorscale": _DIVERGING, "colorbar": {"title": {"text": "−1 to 1"}}}


def _style(figure: Figure, title: str, x_title: str = "", y_title: str = "", height: int = 380) -> None:
    figure.update_layout(
        title={"text": title, "x": 0.0, "xanchor": "left"},
        height=height,
        margin={"l": 60, "r": 20, "t": 80, "b": 60},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        legend={"orientation": "h", "x": 1.0, "xanchor": "right", "y": 1.02, "yanchor": "bottom"},
        font={"color": "#7A7A7A"},
    )
    figure.update_xaxes(title_text=x_title, gridcolor=_GREY, zeroline=False, automargin=True)
    figure.update_yaxes(title_text=y_title, gridcolor=_GREY, zeroline=False, automargin=True)


def _empty_figure(name: str) -> Figure:
    from plotly import graph_objects as go

    figure = go.Figure()
    _style(figure, f"{name}: no values")
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    return figure


def _thin(*tables: pd.DataFrame) -> tuple[list[pd.DataFrame], str]:
    """Tables of at most MOST_ROWS rows (the same ones every time), and a note where rows were left out."""
    drawn = [
        table if len(table) <= MOST_ROWS else table.sample(MOST_ROWS, random_state=0) for table in tables
    ]
    is_thinned = any(len(table) > MOST_ROWS for table in tables)
    return drawn, f" Drawn from a sample of {MOST_ROWS:,} rows." if is_thinned else ""


def _missing_note(pair: ColumnPair) -> str:
    real, synthetic = pair.real.isna().mean(), pair.synthetic.isna().mean()
    if not real and not synthetic:
        return ""
    return f" Missing values are left out: {real:.1%} of real and {synthetic:.1%} of synthetic rows."
