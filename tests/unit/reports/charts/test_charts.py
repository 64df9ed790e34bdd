from __future__ import annotations

import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.spec import ModelledColumn, ModelledType
from pipeline.progress import Progress, Stage
from pipeline.reports.charts import (
    MOST_ROWS,
    CoveredColumn,
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
from tests.unit.reports.chart_cases import CATEGORICAL, NUMERICAL, bar_heights


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
    widths = np.diff(np.asarray(line.x).astype("int64"))
    assert widths.std() < 1e-6 * widths.mean()
    assert widths.mean() == pytest.approx((900 - 20) * 3600e9 / 60, rel=0.01)
    assert sum(line.y[:-1]) == pytest.approx(100.0)


@pytest.mark.parametrize("kind", list(ModelledType))
def test_column_without_values_gives_an_empty_figure_and_a_reason(kind: ModelledType) -> None:
    chart = plot_column("x", kind, pd.Series([None, None], dtype=object), pd.Series([], dtype=object))
    assert len(chart.figure.data) == 0
    assert "the real column holds no values" in chart.caption


def test_constant_numbers_are_drawn() -> None:
    chart = plot_column("x", NUMERICAL, pd.Series([5.0] * 20), pd.Series([5.0]))
    assert bar_heights(chart.figure) == [[100.0], [100.0]]


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
    code = f"import sys, pipeline.reports.charts; print([name for name in {heavy} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


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
    assert (line.y[0], line.y[-1]) == (pytest.approx(1.0), pytest.approx(100.0))


def test_categories_have_no_cumulative_curve() -> None:
    text = pd.Series(["a", "b"] * 20)
    assert "its values have no order" in plot_cumulative("g", CATEGORICAL, text, text).caption


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
