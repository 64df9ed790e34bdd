"""Missing values by column."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from pipeline.datasets.spec import ModelledColumn
from pipeline.reports.charts.chart import Bars, Chart
from pipeline.reports.charts.horizontal import draw_bars
from pipeline.reports.charts.style import REAL_COLOUR, SYNTHETIC_COLOUR, empty_figure


def plot_missing(real: pd.DataFrame, synthetic: pd.DataFrame, columns: Sequence[ModelledColumn]) -> Chart:
    """Share of missing values (%) of every column that misses any, the largest difference first."""
    shares = _list_shares(real, synthetic, columns)
    if shares.empty:
        return Chart(
            empty_figure("No missing values"), "Neither table misses a value in any modelled column."
        )
    bars = Bars(
        "Column",
        tuple(str(name) for name in shares.index),
        (("Real", tuple(shares["real"])), ("Synthetic", tuple(shares["synthetic"]))),
        (REAL_COLOUR, SYNTHETIC_COLOUR),
    )
    figure = draw_bars(bars, "Missing values", "Missing (% of rows)")
    whole = len(columns) - len(shares)
    rest = f" {whole} of {len(columns)} columns miss no value in either table." if whole else ""
    return Chart(figure, f"The closer the two bars of each column, the better.{rest}", bars)


def _list_shares(
    real: pd.DataFrame, synthetic: pd.DataFrame, columns: Sequence[ModelledColumn]
) -> pd.DataFrame:
    names = [column.name for column in columns]
    tables = {"real": real, "synthetic": synthetic}
    shares = pd.DataFrame(
        {side: [100 * table[name].isna().mean() for name in names] for side, table in tables.items()},
        index=names,
    ).fillna(0.0)
    shares = shares[shares.any(axis=1)]
    order = (shares["real"] - shares["synthetic"]).abs().sort_values(ascending=False, kind="stable").index
    return shares.loc[order]
