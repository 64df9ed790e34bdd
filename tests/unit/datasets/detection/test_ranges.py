"""Limits of detected columns: round, beyond the sample's own ends, and of the same kind."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.datasets.detection.ranges import find_plausible_range


def draw(seed: int, rows: int, sigma: float = 0.6) -> np.ndarray:
    return np.random.default_rng(seed).lognormal(10.5, sigma, rows).round(2)


@pytest.mark.parametrize(
    ("numbers", "limits"),
    [
        (range(18, 66), (0.0, 80.0)),
        (range(1990, 2025), (1980.0, 2040.0)),
        ([-35.5, -2.0, 0.0, 12.5], (-60.0, 20.0)),
        ([-30.0, -20.0, -5.0], (-40.0, 0.0)),
        ([0.012, 0.02, 0.031], (0.0, 0.04)),
        ([7.0], (6.0, 8.0)),
        ([0.0, 1e308], (0.0, 1e308)),
    ],
)
def test_limits_are_round_and_keep_sign_and_wholeness(
    numbers: list[float], limits: tuple[float, float]
) -> None:
    assert find_plausible_range(np.array(numbers, dtype=float)) == limits


def test_no_end_that_a_few_rows_hold_is_a_limit_though_it_is_round_already() -> None:
    low, high = find_plausible_range(np.array([10.0] * 9 + [55.0] * 82 + [100.0] * 9))
    assert low < 10.0
    assert high > 100.0


def test_a_scale_whose_ends_many_rows_hold_keeps_them() -> None:
    assert find_plausible_range(np.repeat([1.0, 2.0, 3.0, 4.0, 5.0], 10)) == (1.0, 5.0)


@pytest.mark.parametrize("sigma", [0.6, 1.0, 1.5])
def test_fresh_rows_of_a_long_tail_lie_within_the_limits(sigma: float) -> None:
    outside = 0
    for seed in range(20):
        low, high = find_plausible_range(draw(seed, 1500, sigma))
        fresh = draw(seed + 100, 1000, sigma)
        outside += bool((fresh < low).any() or (fresh > high).any())
    assert outside <= 1


def test_an_infinite_end_stays_what_it_is() -> None:
    assert find_plausible_range(np.array([1.0, np.inf])) == (1.0, np.inf)
