"""No chart shows a value that few real people have."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.spec import ModelledColumn, ModelledType
from pipeline.reports.charts import Bars, Chart, plot_column, plot_cumulative, plot_pair
from tests.unit.reports.chart_cases import CATEGORICAL, NUMERICAL, bar_heights

DATETIME = ModelledType.DATETIME


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


def read_drawn(chart: Chart) -> np.ndarray:
    """Every value of a column that stands in a figure, shares aside."""
    traces = [
        np.asarray(values, dtype="datetime64[ns]" if np.asarray(values).dtype.kind == "M" else float)
        for trace in chart.figure.data
        for name in (
            "x",
            "lowerfence",
            "q1",
            "median",
            "q3",
            "upperfence",
            *("y" * (trace.type == "heatmap")),
        )
        if (values := getattr(trace, name, None)) is not None and np.asarray(values).dtype.kind in "Mfiu"
    ]
    return np.concatenate([values.astype(float) for values in traces])


def draw_unique(seed: int, rows: int, step: float) -> np.ndarray:
    """Values that lie far apart and belong to one row each, at whole multiples of `step`."""
    salaries = np.random.default_rng(seed).choice(200_000, rows, replace=False)
    return salaries * step


def draw_column(kind: str, seed: int, rows: int) -> pd.Series:
    if kind == "moments":
        return pd.Series(pd.Timestamp("2020-01-01") + pd.to_timedelta(draw_unique(seed, rows, 601), unit="s"))
    return pd.Series(draw_unique(seed, rows, 0.37 if kind == "cents" else 1.0)).round(2)


def find_shown(chart: Chart, real: pd.Series) -> set[float]:
    own = real.astype("int64") if real.dtype.kind == "M" else real
    return set(read_drawn(chart).round(6)) & set(own.astype(float).round(6))


@pytest.mark.parametrize("rows", [21, 101, 500, 2000])
@pytest.mark.parametrize("kind", ["cents", "moments"])
@pytest.mark.parametrize("plot", [plot_column, plot_cumulative])
def test_no_bar_and_no_curve_stands_at_the_value_of_one_person(
    plot: Callable[..., Chart], kind: str, rows: int
) -> None:
    real = draw_column(kind, 1, rows)
    modelled = DATETIME if kind == "moments" else NUMERICAL
    for synthetic in (draw_column(kind, 2, 400), real):
        chart = plot("salary", modelled, real, synthetic)
        assert len(read_drawn(chart)) > 20
        assert find_shown(chart, real) == set()


@pytest.mark.parametrize("kind", ["cents", "whole", "moments"])
def test_no_box_ends_at_the_value_of_one_person(kind: str) -> None:
    real, synthetic = (
        pd.DataFrame({"unit": ["board"] * 21 + ["staff"] * 479, "salary": draw_column(kind, seed, 500)})
        for seed in (1, 2)
    )
    modelled = DATETIME if kind == "moments" else NUMERICAL
    columns = ModelledColumn("unit", CATEGORICAL), ModelledColumn("salary", modelled)
    for other in (synthetic, real):
        chart = plot_pair(*columns, real, other)
        assert len(read_drawn(chart)) == 20
        assert find_shown(chart, real["salary"]) == set()
    medians = np.asarray(chart.figure.data[0].median).astype(float)
    own = real["salary"].astype("int64") if kind == "moments" else real["salary"]
    expected = own.groupby(real["unit"]).median()
    spread = own.quantile(0.99) - own.quantile(0.01)
    assert dict(zip(chart.figure.data[0].x, medians, strict=True)) == pytest.approx(
        expected.to_dict(), abs=float(spread) / 200
    )


def test_no_cell_of_a_map_lies_at_the_value_of_one_person() -> None:
    real, synthetic = (
        pd.DataFrame({"a": draw_unique(seed, 2000, 0.37), "b": draw_unique(seed + 9, 2000, 0.37)}).round(2)
        for seed in (1, 2)
    )
    columns = [ModelledColumn(name, NUMERICAL) for name in real]
    chart = plot_pair(columns[0], columns[1], real, synthetic)
    assert find_shown(chart, pd.concat([real["a"], real["b"]])) == set()


def test_no_range_in_a_document_begins_at_the_value_of_one_person() -> None:
    real = draw_column("cents", 1, 500) / 1000
    chart = plot_column("salary", NUMERICAL, real, draw_column("cents", 2, 500) / 1000)
    assert isinstance(chart.numbers, Bars)
    ends = {float(end) for label in chart.numbers.labels for end in label.split(" to ")}
    assert len(ends) > 10
    assert not ends & set(real)


def test_a_range_of_whole_numbers_ends_at_round_ones() -> None:
    real = pd.Series(draw_unique(1, 2000, 1.0))
    chart = plot_column("salary", NUMERICAL, real, real)
    bars = chart.figure.data[0]
    first = bars.x[0] - bars.width[0] / 2 + 0.5
    assert first % 500 == 0
    assert np.sort(real)[9] <= first


@pytest.mark.parametrize("kind", ["cents", "whole", "moments"])
@pytest.mark.parametrize("plot", [plot_column, plot_cumulative])
def test_nine_outermost_people_move_no_axis_and_no_bin(plot: Callable[..., Chart], kind: str) -> None:
    real, synthetic = (draw_column(kind, seed, 1_000) for seed in (1, 2))
    modelled = DATETIME if kind == "moments" else NUMERICAL
    ordered, spread = real.sort_values(), real.max() - real.min()
    moved = real.copy()
    moved.loc[ordered.index[:9]] = ordered.iloc[:9] - 3 * spread
    moved.loc[ordered.index[-9:]] = ordered.iloc[-9:] + 3 * spread
    figures = [plot("salary", modelled, one, synthetic).figure for one in (real, moved)]
    assert figures[0].to_json() == figures[1].to_json()


def test_values_that_many_people_share_are_drawn_as_they_are() -> None:
    real = pd.DataFrame({"unit": ["a"] * 150, "grade": np.repeat(np.arange(15) * 7.3, 10)})
    columns = ModelledColumn("unit", CATEGORICAL), ModelledColumn("grade", NUMERICAL)
    assert plot_pair(*columns, real, real).figure.data[0].median[0] == pytest.approx(7 * 7.3)
