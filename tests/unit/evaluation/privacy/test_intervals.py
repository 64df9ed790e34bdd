from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from pipeline.evaluation.privacy.intervals import (
    Interval,
    bound_auc,
    bound_excess,
    bound_share,
    chance_of_noise,
    errors_for,
    most_by_chance,
)


@pytest.mark.parametrize(("hits", "rows"), [(0, 10), (3, 10), (250, 1000), (10, 10)])
def test_interval_of_a_share_is_wilsons(hits: int, rows: int) -> None:
    level = 1 - 2 * chance_of_noise()
    expected = stats.binomtest(hits, rows).proportion_ci(level, method="wilson")
    found = bound_share(hits, rows)
    assert found.value == hits / rows
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-9)


@pytest.mark.parametrize(
    ("rows", "hits", "others"), [(1000, 0, 1200), (1000, 20, 200), (50, 5, 5000), (5, 3, 3)]
)
def test_most_by_chance_is_the_last_count_that_fishers_test_accepts(
    rows: int, hits: int, others: int
) -> None:
    def chance(count: int) -> float:
        table = [[count, rows - count], [hits, others - hits]]
        return float(stats.fisher_exact(table, alternative="greater").pvalue)

    limit = most_by_chance(rows, hits, others)
    assert chance(limit) >= chance_of_noise()
    assert limit == rows or chance(limit + 1) < chance_of_noise()


def test_most_by_chance_without_a_control_forbids_nothing() -> None:
    assert most_by_chance(10, 0, 0) == 10


def test_auc_counts_ties_half() -> None:
    assert bound_auc(np.array([1.0, 2.0]), np.array([1.0, 0.0])).value == 0.875
    assert bound_auc(np.ones(30), np.ones(40)).value == 0.5


def test_interval_of_an_auc_has_a_width_even_where_groups_part() -> None:
    area = bound_auc(np.ones(50), np.zeros(50))
    assert area.value == 1.0
    assert 0.8 < area.low < 0.99
    assert area.high == pytest.approx(1.0)


def test_interval_of_an_auc_matches_the_rank_test_around_a_half() -> None:
    rng = np.random.default_rng(0)
    area = bound_auc(rng.random(300), rng.random(200))
    error = math.sqrt((300 + 200 + 1) / (12 * 300 * 200))
    assert (area.high - area.low) / 6 == pytest.approx(error, rel=0.05)


def test_excess_is_the_gain_over_the_room_that_the_control_leaves() -> None:
    excess = bound_excess(bound_share(60, 100), bound_share(20, 100))
    assert excess.value == pytest.approx(0.5)
    assert 0.2 < excess.low < 0.5 < excess.high < 0.75


def test_excess_is_zero_where_the_control_leaves_no_room() -> None:
    assert bound_excess(Interval(1.0, 0.9, 1.0), Interval(1.0, 0.9, 1.0)) == (0.0, 0.0, 0.0)


def test_worst_of_many_needs_more_errors() -> None:
    assert errors_for(1) == pytest.approx(3.0)
    assert errors_for(20) == pytest.approx(3.82, abs=0.01)
