"""What numbers need and show: decimals, ranges without a zero that was not there, signs of codes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.detection.columns import detect_column
from pipeline.datasets.detection.findings import count_decimals
from pipeline.datasets.detection.numbers import WholeNumbers
from pipeline.datasets.detection.profile import Profile
from pipeline.datasets.spec import Role


@pytest.mark.parametrize(
    ("numbers", "decimals"),
    [
        ([155.69, -995.9, 0.0], 2),
        ([0.00002087, 0.00018481, 0.01], 8),
        ([8.820e-07, 9.647e-07, 3.001e-06], 10),
        ([0.1 + 0.2, 0.5], 1),
        ([1_002.9800000000001, 935.71], 2),
        ([123_456_789_012.34, 0.5], 2),
        ([0.123456789012, 0.5], 12),
        ([1e-25, 3e-25], 25),
        ([5.0, 7.0], 0),
        ([0.0], 0),
        ([np.inf, 0.25], 2),
    ],
)
def test_decimals_are_counted_without_the_noise_of_floats(numbers: list[float], decimals: int) -> None:
    assert count_decimals(np.array(numbers)) == decimals


def test_very_small_numbers_never_become_zero() -> None:
    small = pd.Series(np.random.default_rng(0).uniform(3e-7, 4e-6, 200).round(10))
    options = detect_column("sci", small).options
    assert (options["decimals"], options["minimum"]) == (10, 1e-10)
    assert (small.clip(options["minimum"]).round(options["decimals"]) > 0).all()


def test_amounts_may_be_zero_though_none_of_the_sample_is() -> None:
    amounts = pd.Series(np.random.default_rng(0).uniform(1, 900, 200).round(2))
    assert detect_column("amount", amounts).options["minimum"] == 0.0


def _numbers(values: object) -> WholeNumbers:
    return WholeNumbers(Profile.of(pd.Series(values, dtype="int64")))


RNG = np.random.default_rng(7)


def test_numbers_are_counted_by_one_step_or_without_the_repeats_of_chance() -> None:
    assert _numbers(range(12)).is_counted
    assert _numbers(range(500, 800, 3)).is_counted
    assert _numbers(RNG.permutation(2_000) + 40_000).is_counted
    assert not _numbers(range(18, 30)).is_counted
    assert not _numbers(RNG.choice(10**8, 300, replace=False)).is_counted


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (range(1_960, 2_010), True),
        (range(1_600_000_000, 1_600_900_000, 9_001), True),
        (range(44_000, 45_000), True),
        ([20_240_131, 20_231_231, 20_220_228], True),
        ([20_249_931, 20_231_231], False),
        (range(10_000_000, 90_000_000, 1_234_567), False),
    ],
)
def test_points_in_time_are_read(values: object, expected: bool) -> None:
    assert _numbers(values).are_times is expected


def test_codes_fill_their_decade_and_amounts_do_not() -> None:
    assert _numbers(np.linspace(10_000_000, 99_999_999, 200).astype(int)).fills_decade
    assert not _numbers(RNG.normal(50_000_000, 8_000_000, 200).astype(int)).fills_decade
    assert not _numbers(RNG.integers(100_000, 400_000, 200)).fills_decade


def test_rounded_numbers_and_prices_are_known_by_their_last_digit() -> None:
    assert _numbers(np.arange(1, 60) * 50).is_rounded
    assert _numbers(np.arange(1, 60) * 100 + 99).is_rounded
    assert not _numbers(np.arange(1, 60) * 137).is_rounded


SIGNED = np.random.default_rng(4)
SHARED = SIGNED.integers(0, 60, 800)


@pytest.mark.parametrize(
    "codes",
    [
        -SIGNED.integers(10**6, 10**7, 60),
        SIGNED.integers(-(2**31), 2**31, 60),
        SIGNED.integers(10**8, 10**9, 60) * SIGNED.choice([-1, 1, 1], 60),
    ],
    ids=["below zero", "32 bits", "some below zero"],
)
def test_a_sign_makes_no_measure_of_long_codes_that_come_back(codes: np.ndarray) -> None:
    assert detect_column("neg", pd.Series(codes[SHARED])).role is Role.IDENTITY


def test_hash_values_of_64_bits_are_codes() -> None:
    codes = SIGNED.integers(-(2**63), 2**63, 60, dtype="int64").astype(str)
    assert detect_column("h", pd.Series(codes[SHARED].astype(object))).role is Role.IDENTITY


@pytest.mark.parametrize(
    "amounts",
    [
        SIGNED.choice([-5, -10, -25, -300], 60),
        SIGNED.normal(0, 400_000, 60).round(),
        -SIGNED.lognormal(9, 1, 60).round(),
        -SIGNED.integers(1_000, 9_999, 60) * 1_000,
    ],
    ids=["fees", "balances", "payments", "rounded"],
)
def test_amounts_below_zero_that_come_back_stay_measures(amounts: np.ndarray) -> None:
    finding = detect_column("x", pd.Series(amounts.astype("int64")[SHARED]))
    assert finding.role is Role.MODELLED
