from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from pipeline.charts import (
    MOST_ROWS,
    Chart,
    CoveredColumn,
    Maps,
    ScoreRange,
    plot_column,
    plot_coverage,
    plot_cumulative,
    plot_losses,
    plot_missing,
    plot_pair,
    plot_pair_associations,
    plot_scores,
)
from pipeline.dataset import ModelledColumn, ModelledType
from pipeline.evaluation.associations import compute_associations
from pipeline.synthesizers.protocol import Progress, Stage
from tests.unit.likeness_cases import COLUMNS, draw_table, shuffle_columns

CATEGORICAL, NUMERICAL = ModelledType.CATEGORICAL, ModelledType.NUMERICAL


def bar_heights(figure) -> list[list[float]]:
    return [list(np.asarray(trace.y, dtype=float)) for trace in figure.data]


def test_categories_are_bars_of_percent_by_frequency() -> None:
    real = pd.Series(["a", "b", "b", "b"] * 10)
    chart = plot_column("group", CATEGORICAL, real, pd.Series(["b", "c"]))
    assert [trace.name for trace in chart.figure.data] == ["Real", "Synthetic"]
    assert list(chart.figure.data[0].x) == ["b", "c", "a"]
    assert bar_heights(chart.figure) == [[75.0, 0.0, 25.0], [50.0, 50.0, 0.0]]
    assert chart.figure.layout.xaxis.title.text == "group"
    assert chart.figure.layout.yaxis.title.text == "Share of rows (%)"
    assert chart.figure.layout.title.text == "group: share of rows"


def test_many_categories_are_folded_and_the_caption_says_so() -> None:
    values = pd.Series([f"v{number:02d}" for number in range(40) for _ in range(60 - number)])
    chart = plot_column("code", CATEGORICAL, values, values)
    assert len(chart.figure.data[0].x) == 25
    assert chart.figure.data[0].x[-1] == "16 others"
    assert sum(bar_heights(chart.figure)[0]) == pytest.approx(100.0)
    assert "The 16 rarest values are drawn as one bar." in chart.caption


def test_whole_numbers_share_bins_of_whole_width() -> None:
    real, synthetic = pd.Series(list(range(18, 66)) * 10), pd.Series([18] * 3 + list(range(20, 40)))
    chart = plot_column("age", NUMERICAL, real, synthetic)
    bars, line = chart.figure.data
    assert list(bars.x) == [float(age) for age in range(18, 66)]
    assert np.asarray(line.x)[0] == 17.5
    assert sum(bars.y) == pytest.approx(100.0)
    assert line.y[0] == pytest.approx(100 * 3 / 23)
    assert line.line.shape == "hv"


def test_few_numbers_are_drawn_in_their_order() -> None:
    chart = plot_column("rooms", NUMERICAL, pd.Series([2, 2, 10] * 10), pd.Series([10, 3]))
    assert list(chart.figure.data[0].x) == ["2", "3", "10"]


def test_far_values_are_counted_in_the_outermost_bin() -> None:
    real = pd.Series([*np.linspace(0, 1, 1000), 1e6])
    chart = plot_column("balance", NUMERICAL, real, real)
    assert max(chart.figure.data[0].x) < 2
    assert sum(chart.figure.data[0].y) == pytest.approx(100.0)
    assert "outermost bins" in chart.caption


def test_dates_are_binned_over_time() -> None:
    days = pd.Series(pd.date_range("2024-01-01", periods=90).repeat(10))
    chart = plot_column("opened", ModelledType.DATETIME, days, days.dt.strftime("%Y-%m-%d"))
    bars, line = chart.figure.data
    assert np.asarray(line.x)[0] == np.datetime64("2024-01-01")
    assert list(bars.y) == pytest.approx(list(line.y)[:-1])
    assert set(bars.width) == {2 * 24 * 3600 * 1000}
    assert list(bars.y) == pytest.approx([100 / 45] * 45)


def test_missing_values_and_samples_are_named_in_the_caption() -> None:
    real = pd.Series(["a", None, "b", "b"] * 10)
    assert (
        "25.0% of real and 0.0% of synthetic rows"
        in plot_column("g", CATEGORICAL, real, real.dropna()).caption
    )
    large = pd.Series(["a"] * (MOST_ROWS + 1))
    assert f"sample of {MOST_ROWS:,} rows" in plot_column("g", CATEGORICAL, real, large).caption


def test_moments_are_binned_evenly() -> None:
    moments = pd.Series(pd.date_range("2024-01-01 00:30", periods=900, freq="h"))
    line = plot_column("seen", ModelledType.DATETIME, moments, moments).figure.data[1]
    assert len(line.x) == 61
    assert sum(line.y[:-1]) == pytest.approx(100.0)


@pytest.mark.parametrize("kind", list(ModelledType))
def test_column_without_values_gives_an_empty_figure_and_a_reason(kind: ModelledType) -> None:
    chart = plot_column("x", kind, pd.Series([None, None], dtype=object), pd.Series([], dtype=object))
    assert len(chart.figure.data) == 0
    assert "the real column holds no values" in chart.caption


def test_constant_numbers_are_drawn() -> None:
    chart = plot_column("x", NUMERICAL, pd.Series([5.0] * 20), pd.Series([5.0]))
    assert bar_heights(chart.figure) == [[100.0], [100.0]]


def test_associations_know_perfect_none_and_undefined() -> None:
    columns = [ModelledColumn(n, k) for n, k in
               (("a", NUMERICAL), ("b", NUMERICAL), ("c", CATEGORICAL), ("d", CATEGORICAL))]  # fmt: skip
    table = pd.DataFrame(
        {"a": [1, 2, 3, 4], "b": [8, 6, 4, 2], "c": ["x", "x", "y", "y"], "d": ["k", "l", "k", "l"]}
    )
    matrix, _ = compute_associations(table, table.assign(a=1), columns)
    assert matrix.loc["a", "b"] == pytest.approx(-1.0)
    assert matrix.loc["c", "d"] == pytest.approx(0.0)
    assert matrix.loc["a", "c"] == matrix.loc["c", "a"] == pytest.approx(np.sqrt(4 / 5))
    assert np.isnan(compute_associations(table, table.assign(a=1), columns)[1].loc["a", "b"])


def test_cramers_v_equals_scipy() -> None:
    from scipy.stats.contingency import association

    random = np.random.default_rng(0)
    table = pd.DataFrame({"c": random.choice(["x", "y", "z"], 200), "d": random.choice(["k", "l"], 200)})
    matrix, _ = compute_associations(table, table, [ModelledColumn(name, CATEGORICAL) for name in "cd"])
    expected = association(pd.crosstab(table["c"], table["d"]), method="cramer")
    assert matrix.loc["c", "d"] == pytest.approx(expected)


def test_pair_maps_show_real_synthetic_and_difference() -> None:
    real = pd.DataFrame({"a": [1, 2, 3], "b": [1, 2, 3]})
    synthetic = pd.DataFrame({"a": [1, 2, 3], "b": [3, 2, 1]})
    chart = plot_pair_associations(real, synthetic, [ModelledColumn(name, NUMERICAL) for name in "ab"])
    corners = [trace.z[0][1] for trace in chart.figure.data]
    assert corners == pytest.approx([1.0, -1.0, -2.0])
    assert "Pearson's r" in chart.caption
    assert {axis.dtick for axis in chart.figure.select_xaxes()} == {1}
    assert {axis.dtick for axis in chart.figure.select_yaxes()} == {1}


def test_losses_are_lines_by_epoch_with_quality_where_measured() -> None:
    history = [
        Progress(Stage.TRAIN, epoch, 3, 0.1, {"generator": -float(epoch)}, 0.8 if epoch == 3 else None)
        for epoch in (1, 2, 3)
    ]
    figure = plot_losses(history).figure
    assert [(trace.name, list(trace.x), list(trace.y)) for trace in figure.data] == [
        ("generator", [1, 2, 3], [-1.0, -2.0, -3.0]),
        ("quality", [3], [0.8]),
    ]
    assert figure.layout.yaxis2.title.text == "Quality (0–1)"
    assert figure.layout.yaxis2.range == (0.0, 1.02)


@pytest.mark.parametrize("epochs", [0, 1])
def test_a_training_without_a_course_gives_an_empty_figure(epochs: int) -> None:
    chart = plot_losses([Progress(Stage.TRAIN, 1, 1, 0.1, {"loss": 1.0}, 0.8)] * epochs)
    assert len(chart.figure.data) == 0
    assert "Fewer than two epochs" in chart.caption


def test_a_training_without_losses_has_one_panel_of_quality_from_0_to_1() -> None:
    history = [Progress(Stage.TRAIN, epoch, 3, 0.1, {}, 0.6 + epoch / 10) for epoch in (1, 2, 3)]
    chart = plot_losses(history)
    assert [list(trace.y) for trace in chart.figure.data] == [pytest.approx([0.7, 0.8, 0.9])]
    assert chart.figure.layout.yaxis.title.text == "Quality (0–1)"
    assert chart.figure.layout.yaxis.range == (0.0, 1.02)
    assert "yaxis2" not in chart.figure.to_plotly_json()["layout"]
    assert "oss" not in chart.caption


def test_importing_charts_loads_no_heavy_library() -> None:
    heavy = ("plotly", "sdmetrics", "torch")
    code = f"import sys, pipeline.charts; print([name for name in {heavy} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


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


def test_cumulative_curves_reach_the_shares_and_name_the_largest_gap() -> None:
    real = pd.Series(np.repeat(np.arange(100), 10))
    chart = plot_cumulative("x", NUMERICAL, real, real.where(real >= 20, 20))
    one, other = (np.asarray(trace.y) for trace in chart.figure.data)
    assert one[-1] == pytest.approx(100.0, abs=1.1)
    assert np.abs(one - other).max() == pytest.approx(20.0)
    assert "largest gap here is 20.0 percentage points" in chart.caption


def test_cumulative_curves_of_dates_run_over_time() -> None:
    days = pd.Series(pd.date_range("2024-01-01", periods=100).repeat(10))
    (line, _) = plot_cumulative("day", ModelledType.DATETIME, days, days).figure.data
    assert np.asarray(line.x)[0].astype("datetime64[D]") == np.datetime64("2024-01-01")
    assert (line.y[0], line.y[-1]) == (pytest.approx(1.0), pytest.approx(99.0))


def test_categories_have_no_cumulative_curve() -> None:
    text = pd.Series(["a", "b"] * 20)
    assert "its values have no order" in plot_cumulative("g", CATEGORICAL, text, text).caption


def test_two_categories_are_maps_of_shares() -> None:
    real = pd.DataFrame({"a": ["x", "x", "y", "y"] * 10, "b": ["k", "k", "l", "l"] * 10})
    synthetic = real.assign(b=["k", "l", "k", "l"] * 10)
    columns = [ModelledColumn(name, CATEGORICAL) for name in "ab"]
    chart = plot_pair(columns[0], columns[1], real, synthetic)
    shares = [np.asarray(trace.customdata) for trace in chart.figure.data]
    assert shares[0].tolist() == [[50.0, 0.0], [0.0, 50.0]]
    assert shares[1].tolist() == [[25.0, 25.0], [25.0, 25.0]]
    assert list(chart.figure.data[0].x) == ["x", "y"]
    assert np.asarray(chart.figure.data[0].z)[0][0] == pytest.approx(np.sqrt(50))


def test_two_numbers_are_maps_with_common_bins() -> None:
    random = np.random.default_rng(0)
    real = pd.DataFrame({"a": random.normal(size=900), "b": random.normal(size=900)})
    columns = [ModelledColumn(name, NUMERICAL) for name in "ab"]
    chart = plot_pair(columns[0], columns[1], real, real.assign(b=real["a"]), units=("years", ""))
    one, other = chart.figure.data
    assert 98.0 < np.asarray(other.customdata).sum() <= 100.0
    assert list(one.x) == list(other.x)
    diagonal = np.trace(np.asarray(other.customdata))
    assert diagonal > 3 * np.trace(np.asarray(one.customdata))
    assert chart.figure.layout.xaxis.title.text == "a (years)"


@pytest.mark.parametrize("number_first", [True, False])
def test_a_number_by_category_is_boxes_of_quantiles(number_first: bool) -> None:
    real = pd.DataFrame(
        {"n": [*range(101), *range(200, 301), *range(5)], "c": ["x"] * 101 + ["y"] * 101 + ["z"] * 5}
    )
    columns = [ModelledColumn("n", NUMERICAL), ModelledColumn("c", CATEGORICAL)]
    order = columns if number_first else columns[::-1]
    one, other = plot_pair(order[0], order[1], real, real.assign(n=real["n"] + 1)).figure.data
    assert list(one.x) == ["x", "y"]
    assert list(other.x) == ["x", "y", "1 other"]
    assert list(one.median) == [50.0, 250.0]
    assert list(one.lowerfence) == [10.0, 210.0]
    assert list(other.q3) == [76.0, 276.0, 4.0]


def test_missing_values_are_listed_by_difference() -> None:
    real = pd.DataFrame({"a": [None, 1.0], "b": [None, 1.0], "c": [1.0, 1.0]})
    synthetic = pd.DataFrame({"a": [None, 1.0], "b": [1.0, 1.0], "c": [1.0, 1.0]})
    columns = [ModelledColumn(name, NUMERICAL) for name in "abc"]
    chart = plot_missing(real, synthetic, columns)
    assert list(chart.figure.data[0].y) == ["b", "a"]
    assert [list(trace.x) for trace in chart.figure.data] == [[50.0, 50.0], [0.0, 50.0]]
    assert "1 of 3 columns miss no value" in chart.caption
    assert "Neither table misses" in plot_missing(real.dropna(), real.dropna(), columns).caption


def test_scores_stand_between_floor_and_ceiling_worst_first() -> None:
    scores = [ScoreRange("good", 0.9, 0.5, 0.95), ScoreRange("bad", 0.6, 0.5, 0.95), ScoreRange("none", None)]
    chart = plot_scores(scores, "Columns")
    drawn = {trace.name: trace for trace in chart.figure.data if trace.name}
    assert list(drawn["Score"].y) == ["bad", "good"]
    assert list(drawn["Score"].x) == [0.6, 0.9]
    assert list(drawn["Ceiling"].x) == [0.95, 0.95]
    assert list(drawn["Floor"].x) == [0.5, 0.5]


def test_only_the_worst_of_many_scores_are_shown() -> None:
    chart = plot_scores([ScoreRange(f"c{place}", place / 100) for place in range(50)], "Columns")
    assert len(chart.figure.data[0].y) == 25
    assert "The 25 worst of 50 are shown." in chart.caption
    assert "No score" in plot_scores([], "Columns").caption


def test_coverage_is_drawn_least_covered_first() -> None:
    chart = plot_coverage(
        [CoveredColumn("a", 1.0, 1.0), CoveredColumn("b", 0.5, 0.9), CoveredColumn("c", None, None)]
    )
    assert [list(trace.x) for trace in chart.figure.data] == [[50.0, 100.0], [90.0, 100.0]]
    assert list(chart.figure.data[0].y) == ["b", "a"]


def test_names_and_categories_reach_a_figure_as_text() -> None:
    hostile = "<script>alert(1)</script>"
    values = pd.Series([hostile, "x"] * 20)
    table = pd.DataFrame({hostile: values, "other": values})
    columns = [ModelledColumn(name, CATEGORICAL) for name in table]
    charts = [
        plot_column(hostile, CATEGORICAL, values, values),
        plot_pair(columns[0], columns[1], table, table),
        plot_pair_associations(table, table, columns),
        plot_scores([ScoreRange(hostile, 0.5)], hostile),
        plot_coverage([CoveredColumn(hostile, 0.5, 0.5)]),
    ]
    for chart in charts:
        assert "<script>" not in chart.figure.to_json().replace("\\u003c", "<")
    assert charts[0].figure.data[0].x[0] == "&lt;script&gt;alert(1)&lt;/script&gt;"


def test_booleans_are_drawn_in_order() -> None:
    real = pd.Series([True] * 30 + [False] * 10)
    chart = plot_column("active", ModelledType.BOOLEAN, real, ~real)
    assert list(chart.figure.data[0].x) == ["False", "True"]
    assert bar_heights(chart.figure) == [[25.0, 75.0], [75.0, 25.0]]


def test_shuffled_columns_show_in_the_pairs_and_not_in_the_columns() -> None:
    real = draw_table(1_000, 1)
    shuffled = shuffle_columns(real, 2)
    for column in COLUMNS:
        chart = plot_column(column.name, column.kind, real[column.name], shuffled[column.name])
        first, second = (np.array(values, dtype=float) for _, values in chart.numbers.series)
        assert np.abs(first - second).max() < 1e-9
    grid = plot_pair_associations(real, shuffled, COLUMNS).numbers
    age, balance = grid.labels.index("age"), grid.labels.index("balance")
    assert grid.values[age][balance] < -0.9
    pair = plot_pair(COLUMNS[2], COLUMNS[3], real, shuffled)
    shares = [np.asarray(trace.customdata) for trace in pair.figure.data]
    assert 0.5 * np.abs(shares[0] - shares[1]).sum() > 50


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


def test_maps_carry_their_cells_for_documents_without_figures() -> None:
    real = pd.DataFrame({"a": ["x", "x", "y", "y"] * 10, "b": ["k", "k", "l", "l"] * 10})
    columns = [ModelledColumn(name, CATEGORICAL) for name in "ab"]
    chart = plot_pair(columns[0], columns[1], real, real.assign(b=["k", "l", "k", "l"] * 10))
    assert isinstance(chart.numbers, Maps)
    assert chart.numbers.panels == (
        ("Real", ((50.0, None), (None, 50.0))),
        ("Synthetic", ((25.0, 25.0), (25.0, 25.0))),
    )
    assert "From left to right: a (x, y); from top to bottom: b." in chart.listing


def test_what_is_said_of_listed_numbers_speaks_of_no_lines_or_dots() -> None:
    values = pd.Series(np.random.default_rng(0).normal(size=500))
    charts = [
        plot_column("x", NUMERICAL, values, values),
        plot_scores([ScoreRange("x", 0.8, 0.5, 0.9)], "Columns"),
        plot_pair_associations(
            pd.DataFrame({"a": values, "b": values}),
            pd.DataFrame({"a": values, "b": values}),
            [ModelledColumn(name, NUMERICAL) for name in "ab"],
        ),
    ]
    for chart in charts:
        assert chart.listing
        assert not re.search(r"orange line|diamond|dot|third map|axis", chart.listing, re.IGNORECASE)
