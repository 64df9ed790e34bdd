from __future__ import annotations

import numpy as np
import pytest

from pipeline.evaluation.classifiers.intervals import (
    Statistic,
    average,
    compute_auc,
    estimate,
    estimate_share,
    join_folds,
)


def test_auc_equals_that_of_scikit_learn_with_ties() -> None:
    from sklearn.metrics import roc_auc_score

    rng = np.random.default_rng(1)
    truth, scores = rng.random(300) < 0.3, rng.integers(0, 20, 300).astype(float)
    assert compute_auc(truth, scores).value == pytest.approx(roc_auc_score(truth, scores))


def test_auc_interval_is_that_of_delong_by_hand() -> None:
    truth = np.array([True, True, True, False, False])
    found = compute_auc(truth, np.array([0.9, 0.8, 0.3, 0.5, 0.1]))
    assert found.value == pytest.approx(5 / 6)
    # Placement values: positives 1, 1, 0.5; negatives 2/3, 1. Their variances over their counts add up.
    variance = np.var([1, 1, 0.5]) / 3 + np.var([2 / 3, 1]) / 2
    assert (found.influence**2).mean() / len(truth) == pytest.approx(variance)


def test_intervals_of_auc_cover_the_truth_as_often_as_they_say() -> None:
    rng = np.random.default_rng(2)
    truth = np.repeat([True, False], 60)
    covered = 0
    for _ in range(400):
        found = estimate_share(compute_auc(truth, rng.normal(truth * 1.0)), trials=60)
        # P(N(1, 1) > N(0, 1)) = Φ(1/√2) = 0.7602.
        covered += found.low <= 0.7602 <= found.high
    assert 0.91 <= covered / 400 <= 0.98


def test_perfect_scores_get_an_interval_with_a_width() -> None:
    truth = np.repeat([True, False], 50)
    perfect = estimate_share(compute_auc(truth, truth.astype(float)), trials=50)
    assert (perfect.value, perfect.high) == (1.0, 1.0)
    assert perfect.low == pytest.approx(0.025 ** (1 / 50))
    worst = estimate_share(compute_auc(truth, -truth.astype(float)), trials=50)
    assert worst.low == 0.0
    assert worst.high == pytest.approx(1 - 0.025 ** (1 / 50))


def test_interval_of_a_mean_is_the_normal_one_and_cut_to_its_range() -> None:
    values = np.array([0.0, 1.0, 1.0, 1.0])
    found = estimate(Statistic(0.75, values - 0.75), 0.0, 1.0)
    assert found.low == pytest.approx(0.75 - 1.959964 * 0.5 / 2)
    assert found.high == 1.0


def test_folds_add_rows_and_averages_share_them() -> None:
    one, other = Statistic(0.4, np.array([0.1, -0.1])), Statistic(0.6, np.array([0.3, -0.3]))
    assert join_folds([one, other]).value == pytest.approx(0.5)
    assert join_folds([one, other]).influence.tolist() == [0.1, -0.1, 0.3, -0.3]
    assert average([one, other]).influence.tolist() == pytest.approx([0.2, -0.2])
