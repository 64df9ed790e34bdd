"""How scores are shown: cut, not rounded, but for the noise of floats."""

import pytest

from pipeline.evaluation.results_fidelity import Baseline
from pipeline.evaluation.score_text import cut_score, format_percent, format_score
from pipeline.reports.charts import CoveredColumn, ScoreRange, plot_coverage, plot_scores


@pytest.mark.parametrize(
    ("score", "text", "percent"),
    [
        (None, "not measured", "not measured"),
        (1.0, "1.000", "100.0%"),
        (0.99999, "0.999", "99.9%"),
        (0.85099, "0.850", "85.0%"),
        (0.0, "0.000", "0.0%"),
    ],
)
def test_only_a_perfect_score_reads_as_one(score, text, percent):
    assert (format_score(score), format_percent(score)) == (text, percent)


def test_a_score_of_three_places_keeps_them():
    places = [number / 1000 for number in range(1001)]
    assert [format_score(score) for score in places] == [f"{score:.3f}" for score in places]
    assert [format_percent(score) for score in places] == [f"{score:.1%}" for score in places]
    assert [cut_score(score) for score in places] == places


def test_noise_of_floats_takes_nothing_away():
    assert 0.1 + 0.7 < 0.8
    assert format_score(0.1 + 0.7) == "0.800"
    assert format_score(1.0 - 1e-16) == "1.000"


def test_a_score_beside_its_ceiling_is_cut_to_two_places():
    assert Baseline("score", 0.879, 0.9999, 0.619).sentence == "0.879 (floor 0.619, ceiling 0.999)"


def test_charts_show_the_same_digits():
    chart = plot_scores([ScoreRange("age", 0.99996)], "Scores")
    assert list(chart.figure.data[0].customdata) == ["0.999"]
    assert chart.numbers.series[0][1] == (pytest.approx(99.9),)
    covered = plot_coverage([CoveredColumn("age", 0.99996, 1.0)])
    assert [values for _, values in covered.numbers.series] == [(pytest.approx(99.9),), (100.0,)]
