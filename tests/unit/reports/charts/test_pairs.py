"""Charts of pairs of columns: associations, maps and boxes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.spec import ModelledColumn
from pipeline.evaluation.quality.associations import compute_associations
from pipeline.reports.charts import Maps, plot_column, plot_pair, plot_pair_associations
from tests.unit.evaluation.fidelity_cases import COLUMNS, draw_table, shuffle_columns
from tests.unit.reports.chart_cases import CATEGORICAL, NUMERICAL


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
    # Each number belongs to one or two people, so that a box ends half a step beside it.
    assert list(one.median) == [50.5, 250.5]
    assert list(one.lowerfence) == [10.5, 210.5]
    assert list(other.q3) == [76.5, 276.5, 4.5]


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
