from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from pipeline.charts import MOST_ROWS, plot_column, plot_losses, plot_pair_associations
from pipeline.dataset import ModelledColumn, ModelledType
from pipeline.evaluation.associations import compute_associations
from pipeline.synthesizers.protocol import Progress, Stage

CATEGORICAL, NUMERICAL = ModelledType.CATEGORICAL, ModelledType.NUMERICAL


def bar_heights(figure) -> list[list[float]]:
    return [list(np.asarray(trace.y, dtype=float)) for trace in figure.data]


def test_categories_are_bars_of_percent_by_frequency() -> None:
    chart = plot_column("group", CATEGORICAL, pd.Series(["a", "b", "b", "b"]), pd.Series(["b", "c"]))
    assert [trace.name for trace in chart.figure.data] == ["Real", "Synthetic"]
    assert list(chart.figure.data[0].x) == ["b", "c", "a"]
    assert bar_heights(chart.figure) == [[75.0, 0.0, 25.0], [50.0, 50.0, 0.0]]
    assert chart.figure.layout.xaxis.title.text == "group"
    assert chart.figure.layout.yaxis.title.text == "Share of rows (%)"
    assert chart.figure.layout.title.text == "group: share of rows"


def test_many_categories_are_folded_and_the_caption_says_so() -> None:
    values = pd.Series([f"v{number:02d}" for number in range(40) for _ in range(40 - number)])
    chart = plot_column("code", CATEGORICAL, values, values)
    assert len(chart.figure.data[0].x) == 25
    assert chart.figure.data[0].x[-1] == "16 others"
    assert sum(bar_heights(chart.figure)[0]) == pytest.approx(100.0)
    assert "The 16 rarest values are drawn as one bar." in chart.caption


def test_whole_numbers_share_bins_of_whole_width() -> None:
    real, synthetic = pd.Series(range(18, 66)), pd.Series([18] * 3 + list(range(20, 40)))
    chart = plot_column("age", NUMERICAL, real, synthetic)
    bars, line = chart.figure.data
    assert list(bars.x) == [float(age) for age in range(18, 66)]
    assert np.asarray(line.x)[0] == 17.5
    assert sum(bars.y) == pytest.approx(100.0)
    assert line.y[0] == pytest.approx(100 * 3 / 23)
    assert line.line.shape == "hv"


def test_few_numbers_are_drawn_in_their_order() -> None:
    chart = plot_column("rooms", NUMERICAL, pd.Series([2, 2, 10]), pd.Series([10, 3]))
    assert list(chart.figure.data[0].x) == ["2", "3", "10"]


def test_far_values_are_counted_in_the_outermost_bin() -> None:
    real = pd.Series([*np.linspace(0, 1, 1000), 1e6])
    chart = plot_column("balance", NUMERICAL, real, real)
    assert max(chart.figure.data[0].x) < 2
    assert sum(chart.figure.data[0].y) == pytest.approx(100.0)
    assert "outermost bins" in chart.caption


def test_dates_are_binned_over_time() -> None:
    days = pd.Series(pd.date_range("2024-01-01", periods=90))
    chart = plot_column("opened", ModelledType.DATETIME, days, days.dt.strftime("%Y-%m-%d"))
    bars, line = chart.figure.data
    assert np.asarray(line.x)[0] == np.datetime64("2024-01-01")
    assert list(bars.y) == pytest.approx(list(line.y)[:-1])
    assert set(bars.width) == {2 * 24 * 3600 * 1000}
    assert list(bars.y) == pytest.approx([100 / 45] * 45)


def test_missing_values_and_samples_are_named_in_the_caption() -> None:
    real = pd.Series(["a", None, "b", "b"])
    assert (
        "25.0% of real and 0.0% of synthetic rows"
        in plot_column("g", CATEGORICAL, real, real.dropna()).caption
    )
    large = pd.Series(["a"] * (MOST_ROWS + 1))
    assert f"sample of {MOST_ROWS:,} rows" in plot_column("g", CATEGORICAL, real, large).caption


def test_moments_are_binned_evenly() -> None:
    moments = pd.Series(pd.date_range("2024-01-01 00:30", periods=90, freq="h"))
    line = plot_column("seen", ModelledType.DATETIME, moments, moments).figure.data[1]
    assert len(line.x) == 61
    assert sum(line.y[:-1]) == pytest.approx(100.0)


@pytest.mark.parametrize("kind", list(ModelledType))
def test_column_without_values_gives_an_empty_figure_and_a_reason(kind: ModelledType) -> None:
    chart = plot_column("x", kind, pd.Series([None, None], dtype=object), pd.Series([], dtype=object))
    assert len(chart.figure.data) == 0
    assert "the real column holds no values" in chart.caption


def test_constant_numbers_are_drawn() -> None:
    chart = plot_column("x", NUMERICAL, pd.Series([5.0, 5.0]), pd.Series([5.0]))
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


def test_losses_without_history_give_an_empty_figure() -> None:
    assert len(plot_losses([]).figure.data) == 0


def test_importing_charts_loads_no_heavy_library() -> None:
    heavy = ("plotly", "sdmetrics", "torch")
    code = f"import sys, pipeline.charts; print([name for name in {heavy} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
