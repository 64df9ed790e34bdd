"""No chart shows a value that few real people have."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from pipeline.charts import (
    Chart,
    plot_column,
    plot_cumulative,
    plot_pair,
)
from pipeline.dataset import ModelledColumn
from tests.unit.chart_cases import CATEGORICAL, NUMERICAL, bar_heights


def test_rare_real_categories_are_folded_and_unseen_ones_are_named() -> None:
    real = pd.Series(["a"] * 91 + ["only person"] * 9)
    chart = plot_column("group", CATEGORICAL, real, pd.Series(["a", "only person", "new", "new"]))
    assert list(chart.figure.data[0].x) == ["a", "new", "1 other"]
    assert bar_heights(chart.figure) == [[91.0, 0.0, 9.0], [25.0, 50.0, 25.0]]
    assert "fewer than 10 rows share" in chart.caption


@pytest.mark.parametrize("plot", [plot_column, plot_cumulative])
def test_extreme_real_values_are_not_in_the_figure(plot: Callable[..., Chart]) -> None:
    real = pd.Series(np.random.default_rng(0).normal(size=500)).round(6)
    figure = plot("x", NUMERICAL, real, real.clip(-1, 1)).figure
    drawn = np.concatenate([np.asarray(trace.x, dtype=float) for trace in figure.data])
    ordered = np.sort(real)
    assert ordered[9] - 0.1 < drawn.min() < ordered[20]
    assert ordered[-20] < drawn.max() < ordered[-10] + 0.1
    assert not set(drawn.round(6)) & set(ordered[[*range(9), *range(-9, 0)]])


def test_columns_of_a_few_people_are_not_drawn() -> None:
    chart = plot_column("x", NUMERICAL, pd.Series(range(19)), pd.Series(range(19)))
    assert len(chart.figure.data) == 0
    assert "holds 19 values, and with fewer than 20" in chart.caption


def count_real_cells(chart: Chart, rows: int) -> np.ndarray:
    """Real rows in the cells of a map, from the shares that it publishes."""
    return np.asarray(chart.figure.data[0].customdata) * rows / 100


def test_maps_of_numbers_show_no_cell_of_fewer_than_five_real_people() -> None:
    random = np.random.default_rng(3)
    real = pd.DataFrame({"income": random.lognormal(10, 0.6, 2000), "balance": random.normal(size=2000)})
    columns = [ModelledColumn(name, NUMERICAL) for name in real]
    chart = plot_pair(columns[0], columns[1], real, real.sample(300, random_state=0))
    cells = count_real_cells(chart, 2000)
    drawn = cells[cells > 0]
    assert drawn.min() == pytest.approx(5, abs=1)
    assert drawn.min() > 4.99
    assert drawn.sum() > 0.8 * 2000
    assert np.isnan(np.asarray(chart.figure.data[0].z)[cells == 0]).all()
    assert re.search(r"Left empty: \d+ cells that hold fewer than 5 real rows", chart.caption)


def test_maps_of_categories_show_no_cell_of_fewer_than_five_real_people() -> None:
    real = pd.DataFrame({"a": ["x"] * 24 + ["y"] * 26, "b": ["k"] * 20 + ["l"] * 4 + ["k"] * 5 + ["l"] * 21})
    columns = [ModelledColumn(name, CATEGORICAL) for name in "ab"]
    chart = plot_pair(columns[0], columns[1], real, real)
    assert list(chart.figure.data[0].x) == ["y", "x"]
    assert count_real_cells(chart, 50).round().tolist() == [[5.0, 20.0], [21.0, 0.0]]
    assert np.asarray(chart.figure.data[1].customdata)[1].tolist() == [42.0, 0.0]
    assert "Left empty: 1 cell that holds fewer than 5 real rows (and synthetic" in chart.caption


def test_a_single_person_between_two_crowds_shows_in_no_bin_and_no_step() -> None:
    random = np.random.default_rng(0)
    real = pd.Series([*random.uniform(0, 10, 500), 50.0, *random.uniform(90, 100, 500)])
    bars = plot_column("income", NUMERICAL, real, real)
    heights = np.array(bars.figure.data[0].y) * len(real) / 100
    assert heights[heights > 0].min() > 4.99
    assert heights.sum() == pytest.approx(1000)
    assert "Left empty: 1 bin that holds fewer than 5 real rows." in bars.caption
    curve = plot_cumulative("income", NUMERICAL, real, real).figure.data[0]
    steps = np.diff(np.array(curve.y)) * len(real) / 100
    assert steps[steps > 0.01].min() > 4.99
