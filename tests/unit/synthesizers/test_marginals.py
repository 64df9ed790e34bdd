"""Columns as normal scores and back: shapes by construction, order kept, no single row's value copied."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.synthesizers.encoding import Field
from pipeline.synthesizers.marginals import Marginal


def test_scores_are_standard_and_follow_the_order_of_the_values() -> None:
    numbers = np.random.default_rng(0).lognormal(3, 2, 4_000).round(2)
    _, scores = Marginal.learn(Field("x", None), numbers, 0.01)
    assert (scores.mean(), scores.std()) == (pytest.approx(0, abs=1e-9), pytest.approx(1))
    order = np.argsort(numbers)
    assert (np.diff(scores[order]) >= 0).all()


def test_normal_draws_come_back_in_the_shape_of_the_column() -> None:
    rng = np.random.default_rng(1)
    numbers = np.where(rng.random(4_000) < 0.4, -1.0, rng.lognormal(5, 1.5, 4_000)).round()
    marginal, _ = Marginal.learn(Field("x", None), numbers, 1.0)
    drawn = marginal.draw(rng.standard_normal(40_000), rng)
    assert (drawn == -1.0).mean() == pytest.approx((numbers == -1.0).mean(), abs=0.01)
    quantiles = np.linspace(0.45, 0.95, 6)
    assert np.quantile(drawn, quantiles) == pytest.approx(np.quantile(numbers, quantiles), rel=0.08)


def test_categories_come_back_with_their_shares() -> None:
    codes = np.repeat([0, 1, 3], [700, 50, 250])
    marginal, scores = Marginal.learn(Field("x", 5), codes, 0.0)
    drawn = marginal.draw(np.random.default_rng(2).standard_normal(50_000), np.random.default_rng(3))
    assert np.bincount(drawn) / 50_000 == pytest.approx([0.7, 0.05, 0, 0.25], abs=0.01)
    assert len(np.unique(scores)) == 3


def test_scores_far_out_stay_among_the_codes_that_have_rows() -> None:
    marginal, _ = Marginal.learn(Field("x", 4), np.repeat([1, 2], [3, 4]), 0.0)
    assert marginal.draw(np.array([-40.0, 40.0]), np.random.default_rng(0)).tolist() == [1, 2]


def test_a_constant_column_has_constant_scores() -> None:
    marginal, scores = Marginal.learn(Field("x", 1), np.zeros(9, dtype=np.int64), 0.0)
    assert not scores.any()
    assert marginal.draw(np.array([-2.0, 0.0, 2.0]), np.random.default_rng(0)).tolist() == [0, 0, 0]


def test_a_number_of_one_row_is_not_copied() -> None:
    numbers = np.random.default_rng(4).normal(0, 1, 1_000)
    marginal, _ = Marginal.learn(Field("x", None), numbers, 0.0)
    drawn = marginal.draw(np.random.default_rng(5).standard_normal(20_000), np.random.default_rng(6))
    assert not np.isin(drawn, numbers).any()
