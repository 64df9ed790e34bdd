"""Charts of the real rows and two tables: one axis for all, and marks where a table differs."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.spec import ModelledColumn, ModelledType
from pipeline.reports.charts.beside import find_differences, plot_column_beside, plot_pair_beside

COLUMNS = [
    ModelledColumn("age", ModelledType.NUMERICAL),
    ModelledColumn("kind", ModelledType.CATEGORICAL),
    ModelledColumn("side", ModelledType.CATEGORICAL),
]


def make_table(rows: int, shares: list[float], seed: int) -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "age": draw.normal(40, 9, rows).round(),
            "kind": draw.choice(["x", "y", "z"], rows, p=shares),
            "side": draw.choice(["l", "r"], rows),
        }
    )


REAL = make_table(1_000, [0.5, 0.3, 0.2], 0)
TABLES = {"Same": make_table(1_000, [0.5, 0.3, 0.2], 1), "Turned": make_table(800, [0.2, 0.3, 0.5], 2)}


def test_bars_of_all_tables_stand_at_the_same_values_and_the_differing_ones_are_marked():
    bars = plot_column_beside(COLUMNS[1], REAL, TABLES).figure.data
    assert [bar.name for bar in bars] == ["Real", "Same", "Turned"]
    # In the order of all tables together.
    assert [list(bar.x) for bar in bars] == [["x", "y", "z"]] * 3
    assert [list(bar.text) for bar in bars[1:]] == [["", "", ""], ["▲", "", "▲"]]
    assert bars[2].y[0] == pytest.approx(100 * (TABLES["Turned"]["kind"] == "x").mean())


def test_numbers_of_all_tables_share_their_bins():
    bars = plot_column_beside(COLUMNS[0], REAL, TABLES, "years").figure.data
    assert list(bars[0].x) == list(bars[1].x) == list(bars[2].x)
    assert sum(bars[2].y) == pytest.approx(100, abs=1)


@pytest.mark.parametrize("pair", [(0, 1), (1, 2)], ids=["number and category", "two categories"])
def test_maps_of_all_tables_share_axes_order_and_colours(pair):
    charts = plot_pair_beside([COLUMNS[place] for place in pair], REAL, TABLES)
    assert [chart.title for chart in charts] == ["Real", "Same", "Turned"]
    axes = {(str(chart.figure.layout.xaxis), str(chart.figure.layout.yaxis)) for chart in charts}
    assert len(axes) == 1
    assert len({chart.figure.layout.coloraxis.cmax for chart in charts}) == 1
    marks = [len(chart.figure.data[1].x) for chart in charts]
    assert marks[:2] == [0, 0]
    assert marks[2] > 0


def test_a_column_of_few_real_values_is_not_drawn():
    chart = plot_column_beside(COLUMNS[1], REAL.head(8), TABLES)
    assert "single people would show" in chart.caption
    assert len(plot_pair_beside(COLUMNS[1:], REAL.head(8), TABLES)) == 1


def test_differences_that_chance_explains_are_not_marked():
    real, other = np.array([10.0, 10.0, 0.5]), np.array([12.0, 30.0, 0.9])
    assert find_differences(real, other, 200, 200).tolist() == [False, True, False]
    assert find_differences(real, other, 20_000, 20_000).tolist() == [True, True, False]
