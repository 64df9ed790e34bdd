"""One column of the real and the synthetic table: shares by category, by value or by bin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pipeline.datasets.spec import ModelledColumn, ModelledType
from pipeline.evaluation.quality.columns import ColumnPair, align_columns
from pipeline.reports.charts.binning import (
    LEAST_DRAWN_ROWS,
    BinShares,
    CategoryShares,
    bin_values,
    count_categories,
)
from pipeline.reports.charts.chart import FOLD_NOTE, RANGE_NOTE, Bars, Chart, tell_hidden, thin
from pipeline.reports.charts.style import (
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

FEW_NUMBERS = 12
_BARS_IN_DOCUMENTS = 12
_MOST_NARROW = 13


@dataclass(frozen=True)
class DrawnColumn:
    """One column ready for drawing: its present values, and notes on what is left out.

    `problem` says why it cannot be drawn; it is empty where it can.
    """

    pair: ColumnPair
    real: pd.Series
    synthetic: pd.Series
    notes: str
    problem: str

    @property
    def is_by_category(self) -> bool:
        """Whether values are drawn one by one: categories, and numbers where there are few of them."""
        return not self.pair.is_continuous or pd.concat([self.real, self.synthetic]).nunique() <= FEW_NUMBERS


def is_ordered(pair: ColumnPair) -> bool:
    """Whether values that are drawn one by one have an order of their own."""
    return pair.is_continuous or pair.kind is ModelledType.BOOLEAN


def prepare_column(name: str, kind: ModelledType, real: pd.Series, synthetic: pd.Series) -> DrawnColumn:
    """Bring one column of two tables to values that can be drawn without showing a real person."""
    drawn, notes = thin(real.rename(name).to_frame(), synthetic.rename(name).to_frame())
    (pair,) = align_columns(drawn[0], drawn[1], [ModelledColumn(name, kind)])
    present = pair.real.dropna(), pair.synthetic.dropna()
    return DrawnColumn(pair, *present, notes + _missing_note(pair), pair.problem or explain_few(present[0]))


def explain_few(real: pd.Series) -> str:
    """Why a column of so few real values is not drawn; empty where it is."""
    if len(real) >= LEAST_DRAWN_ROWS:
        return ""
    return (
        f"the real column holds {len(real)} values, and with fewer than {LEAST_DRAWN_ROWS} "
        "single people would show"
    )


def plot_column(
    name: str, kind: ModelledType, real: pd.Series, synthetic: pd.Series, unit: str = ""
) -> Chart:
    """Compare one modelled column of two tables: shares by category, by value, or by common bins."""
    drawn = prepare_column(name, kind, real, synthetic)
    if drawn.problem:
        figure = empty_figure(title_of(name, ": nothing to draw"))
        return Chart(figure, f'Nothing to draw for "{name}": {drawn.problem}.')
    if drawn.is_by_category:
        shares = count_categories(drawn.real, drawn.synthetic, in_order=is_ordered(drawn.pair))
        return _chart_categories(name, unit, shares, drawn.notes)
    return _chart_bins(name, unit, bin_values(drawn.real, drawn.synthetic), drawn.notes)


def _chart_categories(name: str, unit: str, shares: CategoryShares, notes: str) -> Chart:
    from plotly import graph_objects as go

    labels = [label(text) for text in shares.labels]
    real, synthetic = 100 * shares.real, 100 * shares.synthetic
    figure = go.Figure(
        [
            go.Bar(name="Real", x=labels, y=real, marker=marker(REAL_COLOUR)),
            go.Bar(name="Synthetic", x=labels, y=synthetic, marker=marker(SYNTHETIC_COLOUR, pattern="/")),
        ]
    )
    figure.update_traces(hovertemplate="%{x}: %{y:.1f}% of rows")
    apply_style(figure, title_of(name, ": share of rows"), with_unit(name, unit), "Share of rows (%)")
    figure.update_layout(barmode="group", bargap=0.25, bargroupgap=0.05)
    figure.update_xaxes(name_ticks(shares.labels))
    folded = f" {_folded(shares.folded)} drawn as one bar.{FOLD_NOTE}" if shares.folded else ""
    caption = f"The closer the two bars of each value, the better.{folded}{notes}"
    is_wide = len(labels) > _MOST_NARROW
    return Chart(figure, caption, _list_bars(name, shares.labels, real, synthetic), is_wide)


def _folded(count: int) -> str:
    return "One rare value is" if count == 1 else f"The {count} rarest values are"


def _chart_bins(name: str, unit: str, shares: BinShares, notes: str) -> Chart:
    edges, real, synthetic = shares.edges, 100 * shares.real, 100 * shares.synthetic
    figure = _draw_bins(edges, real, synthetic)
    apply_style(figure, title_of(name, ": share of rows"), with_unit(name, unit), "Share of rows (%)")
    figure.update_layout(bargap=0)
    rest = f"{tell_hidden(shares.hidden, 'bin')}{notes}"
    reading = "The closer the orange line follows the tops of the blue bars, the better."
    caption = f"{reading}{RANGE_NOTE[:-1]}; the outermost bins hold them too.{rest}"
    listing = f"The closer the two bars of each range, the better. The outermost hold all beyond.{rest}"
    return Chart(figure, caption, _list_bins(name, edges, real, synthetic), listing=listing)


def _draw_bins(edges: np.ndarray, real: np.ndarray, synthetic: np.ndarray) -> Any:
    from plotly import graph_objects as go

    middles = edges[:-1] + np.diff(edges) / 2
    # Plotly measures widths on a time axis in milliseconds.
    is_time = edges.dtype.kind == "M"
    widths = np.diff(edges) / np.timedelta64(1, "ms") if is_time else np.diff(edges)
    figure = go.Figure(
        [
            go.Bar(
                name="Real", x=middles, y=real, width=widths, marker=marker(REAL_COLOUR), opacity=0.75,
            ),
            go.Scatter(
                name="Synthetic", x=edges, y=np.append(synthetic, synthetic[-1:]),
                mode="lines", line={"shape": "hv", "color": SYNTHETIC_COLOUR, "width": 3},
            ),
        ]
    )  # fmt: skip
    return figure.update_traces(hovertemplate="%{x}: %{y:.1f}% of rows")


def _list_bars(name: str, labels: list[str], real: np.ndarray, synthetic: np.ndarray) -> Bars:
    series = (("Real", tuple(real.tolist())), ("Synthetic", tuple(synthetic.tolist())))
    return Bars(name, tuple(labels), series, (REAL_COLOUR, SYNTHETIC_COLOUR))


def _list_bins(name: str, edges: np.ndarray, real: np.ndarray, synthetic: np.ndarray) -> Bars:
    """Neighbouring bins joined, so that a list of them stays short."""
    starts = np.arange(0, len(real), int(np.ceil(len(real) / _BARS_IN_DOCUMENTS)))
    ends = np.append(starts[1:], len(real))
    labels = [_name_bin(edges[first], edges[last]) for first, last in zip(starts, ends, strict=True)]
    return _list_bars(name, labels, np.add.reduceat(real, starts), np.add.reduceat(synthetic, starts))


def _name_bin(low: Any, high: Any) -> str:
    """A range as people write it; whole numbers lie between edges that end in a half."""
    if isinstance(low, np.datetime64):
        return f"{str(low)[:10]} to {str(high)[:10]}"
    first, last = float(low), float(high)
    if first % 1 == 0.5 and last % 1 == 0.5:
        first, last = first + 0.5, last - 0.5
    return _name_number(first) if first == last else f"{_name_number(first)} to {_name_number(last)}"


def _name_number(value: float) -> str:
    return f"{value:,.0f}" if value % 1 == 0 or abs(value) >= 1000 else f"{value:.4g}"


def _missing_note(pair: ColumnPair) -> str:
    if not len(pair.real) or not len(pair.synthetic):
        return ""
    real, synthetic = pair.real.isna().mean(), pair.synthetic.isna().mean()
    if not real and not synthetic:
        return ""
    return f" Missing values are left out: {real:.1%} of real and {synthetic:.1%} of synthetic rows."
