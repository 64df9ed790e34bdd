"""Rows exchanged for spare ones until the columns have the counts wanted."""

from __future__ import annotations

import numpy as np

from pipeline.synthesizers.refinement.balance import RealShares, balance


def count(codes: np.ndarray, is_chosen: np.ndarray, size: int) -> list[int]:
    return np.bincount(codes[is_chosen], minlength=size).tolist()


def test_counts_come_as_near_as_spare_rows_allow_and_groups_keep_theirs() -> None:
    rng = np.random.default_rng(3)
    rows, groups = 4_000, rng.integers(0, 5, 4_000)
    first, second = rng.integers(0, 4, rows), rng.integers(0, 3, rows)
    is_chosen = np.zeros(rows, dtype=bool)
    is_chosen[rng.permutation(rows)[:2_000]] = True
    wanted = [np.array([500, 500, 500, 500]), np.array([700, 650, 650])]
    before = count(groups, is_chosen, 5)
    found = balance(is_chosen, rng.random(rows), groups, [first, second], wanted)
    assert count(first, found, 4) == [500, 500, 500, 500]
    assert count(second, found, 3) == [700, 650, 650]
    assert count(groups, found, 5) == before
    assert found.sum() == 2_000


def test_of_two_spare_rows_that_help_alike_the_one_with_the_larger_key_is_taken() -> None:
    is_chosen = np.array([True, True, False, False])
    codes, keys = np.array([0, 0, 1, 1]), np.array([0.9, 0.8, 0.1, 0.2])
    found = balance(is_chosen, keys, np.zeros(4, dtype=int), [codes], [np.array([1, 1])])
    assert found.tolist() == [True, False, False, True]


def test_a_choice_without_spare_rows_or_with_the_counts_wanted_stays() -> None:
    codes, keys, groups = np.array([0, 0, 1]), np.zeros(3), np.zeros(3, dtype=int)
    everything = np.ones(3, dtype=bool)
    assert balance(everything, keys, groups, [codes], [np.array([1, 2])]) is everything
    wanted = np.array([True, False, True])
    assert balance(wanted, keys, groups, [codes], [np.array([1, 1])]).tolist() == [True, False, True]


def test_shares_are_those_of_codes_of_stretches_and_of_missing_cells() -> None:
    numbers = np.arange(100.0)
    numbers[:10] = np.nan
    real = np.column_stack([np.repeat([0.0, 1.0], [75, 25]), numbers])
    shares = RealShares.learn(real, np.array([True, False]))
    assert shares.shares[0].tolist() == [0.0, 0.75, 0.25]
    assert shares.shares[1][0] == 0.1
    assert np.allclose(shares.shares[1][1:], 0.045, atol=0.006)
    cells = shares.read(np.array([[1.0, np.nan], [0.0, 99.0]]))
    assert [one.tolist() for one in cells] == [[2, 1], [0, 20]]
    restored = RealShares.from_arrays(shares.arrays)
    assert all(np.array_equal(*pair) for pair in zip(restored.shares, shares.shares, strict=True))
    assert RealShares.from_arrays({}).read(real) == []
