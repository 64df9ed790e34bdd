"""Columns as codes and ranks and back: shapes by construction, order kept, no single row's value copied."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.synthesizers.encoding import Field
from pipeline.synthesizers.marginals import Marginal, Ranks


def _learn(field: Field, values: np.ndarray, step: float) -> tuple[Marginal, Ranks, np.ndarray]:
    marginal, codes = Marginal.learn(field, values, step)
    ranks = Ranks.learn(marginal.shares[None])
    return marginal, ranks, ranks.score(codes)


def test_scores_are_standard_and_follow_the_order_of_the_values() -> None:
    numbers = np.random.default_rng(0).lognormal(3, 2, 4_000).round(2)
    _, _, scores = _learn(Field("x", None), numbers, 0.01)
    assert (scores.mean(), scores.std()) == (pytest.approx(0, abs=1e-9), pytest.approx(1))
    order = np.argsort(numbers)
    assert (np.diff(scores[order]) >= 0).all()


def test_normal_draws_come_back_in_the_shape_of_the_column() -> None:
    rng = np.random.default_rng(1)
    numbers = np.where(rng.random(4_000) < 0.4, -1.0, rng.lognormal(5, 1.5, 4_000)).round()
    marginal, ranks, _ = _learn(Field("x", None), numbers, 1.0)
    drawn = marginal.place(ranks.find(rng.standard_normal(40_000)), rng)
    assert (drawn == -1.0).mean() == pytest.approx((numbers == -1.0).mean(), abs=0.01)
    quantiles = np.linspace(0.45, 0.95, 6)
    assert np.quantile(drawn, quantiles) == pytest.approx(np.quantile(numbers, quantiles), rel=0.08)


def test_categories_come_back_with_their_shares() -> None:
    codes = np.repeat([0, 1, 3], [700, 50, 250])
    marginal, ranks, scores = _learn(Field("x", 5), codes, 0.0)
    drawn = ranks.find(np.random.default_rng(2).standard_normal(50_000))
    assert np.bincount(drawn) / 50_000 == pytest.approx([0.7, 0.05, 0, 0.25], abs=0.01)
    assert len(np.unique(scores)) == 3
    assert marginal.place(drawn, np.random.default_rng(3)) is drawn


def test_codes_come_back_with_their_shares_in_the_bin_of_their_parent() -> None:
    ranks = Ranks.learn(np.array([[8.0, 0.0, 2.0], [0.0, 5.0, 0.0], [1.0, 1.0, 2.0]]))
    bins = np.repeat([2, 0, 1], 20_000)
    drawn = ranks.find(np.random.default_rng(4).standard_normal(60_000), bins)
    shares = [np.bincount(drawn[bins == one], minlength=3) / 20_000 for one in range(3)]
    expected = np.array([[0.8, 0.0, 0.2], [0.0, 1.0, 0.0], [0.25, 0.25, 0.5]])
    assert np.array(shares) == pytest.approx(expected, abs=0.01)
    assert shares[1].tolist() == [0.0, 1.0, 0.0]


def test_scores_under_a_condition_do_not_tell_the_condition() -> None:
    bins, codes = np.repeat([0, 1], 500), np.repeat([0, 1, 2, 3], 250)
    ranks = Ranks.learn(np.array([[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 1.0]]))
    scores = ranks.score(codes, bins)
    assert scores[::250] == pytest.approx([-1, 1, -1, 1])
    assert ranks.find(scores, bins).tolist() == codes.tolist()


@pytest.mark.parametrize("bins", [None, np.array([1, 1])])
def test_scores_far_out_stay_among_the_codes_that_have_rows(bins: np.ndarray | None) -> None:
    ranks = Ranks.learn(np.array([[0.0, 3.0, 4.0, 0.0]] * 2))
    assert ranks.find(np.array([-40.0, 40.0]), bins).tolist() == [1, 2]


def test_a_constant_column_has_constant_scores() -> None:
    _, ranks, scores = _learn(Field("x", 1), np.zeros(9, dtype=np.int64), 0.0)
    assert not scores.any()
    assert ranks.find(np.array([-2.0, 0.0, 2.0])).tolist() == [0, 0, 0]


def test_a_number_of_one_row_is_not_copied() -> None:
    numbers = np.random.default_rng(4).normal(0, 1, 1_000)
    marginal, ranks, _ = _learn(Field("x", None), numbers, 0.0)
    codes = ranks.find(np.random.default_rng(5).standard_normal(20_000))
    assert not np.isin(marginal.place(codes, np.random.default_rng(6)), numbers).any()
