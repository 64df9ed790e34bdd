"""The tree of columns: its edges tell more than ranks and chance do."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.synthesizers.dependency_tree import MOST_CATEGORY_BINS, Link, cut_bins, grow_tree


def _scores(*columns: np.ndarray) -> np.ndarray:
    return np.stack([(one - one.mean()) / (one.std() or 1.0) for one in columns])


def _grow(*columns: np.ndarray) -> tuple[Link, ...]:
    """The tree of columns of categories."""
    return grow_tree(columns, _scores(*columns), [False] * len(columns))


def test_numbers_share_bins_of_a_twentieth_of_the_rows_and_frequent_ones_have_their_own() -> None:
    codes = np.repeat(np.arange(41), [400, *[15] * 40])
    bins = cut_bins(codes, is_discrete=False)
    assert (np.diff(bins) >= 0).all()
    assert np.bincount(bins, np.bincount(codes)).tolist() == [400, *[60] * 10]


def test_a_frequent_number_is_not_joined_to_the_rare_ones_before_it() -> None:
    assert cut_bins(np.repeat([0, 1, 2, 3], [2, 2, 90, 6]), is_discrete=False).tolist() == [0, 0, 1, 2]


def test_frequent_categories_have_bins_and_those_of_few_rows_share_one() -> None:
    codes = np.repeat([0, 1, 2, 3], [4, 90, 3, 30])
    assert cut_bins(codes, is_discrete=True).tolist() == [2, 0, 2, 1]


def test_very_many_categories_take_a_bounded_number_of_bins() -> None:
    codes = np.repeat(np.arange(500), 5)
    bins = cut_bins(codes, is_discrete=True)
    assert np.unique(bins).tolist() == list(range(MOST_CATEGORY_BINS))


def test_a_code_without_rows_makes_no_bin() -> None:
    assert cut_bins(np.repeat([0, 2], [20, 30]), is_discrete=True).tolist() == [1, 0, 0]


def test_a_chain_is_found_and_directed_away_from_its_middle() -> None:
    rng = np.random.default_rng(0)
    middle = rng.integers(0, 4, 2_000)
    first = np.where(rng.random(2_000) < 0.8, (middle * 3 + 1) % 4, rng.integers(0, 4, 2_000))
    last = np.where(rng.random(2_000) < 0.6, np.array([2, 0, 3, 1])[middle], rng.integers(0, 4, 2_000))
    columns = (first, middle, last)
    assert _grow(*columns) == (Link(1, 0), Link(1, 2))


def test_independent_columns_have_no_links() -> None:
    rng = np.random.default_rng(1)
    columns = tuple(rng.integers(0, 6, 3_000) for _ in range(4))
    assert _grow(*columns) == ()


def test_what_ranks_of_numbers_tell_makes_no_link() -> None:
    """A Gaussian pair is the copula's; a hump is not, nor is any pair with a category."""
    rng = np.random.default_rng(2)
    one = rng.normal(0, 1, 5_000)
    line, hump = 0.7 * one + rng.normal(0, 0.7, 5_000), one**2 + rng.normal(0, 1, 5_000)
    bins = tuple(np.searchsorted(np.quantile(x, np.arange(1, 10) / 10), x) for x in (one, line, hump))
    assert grow_tree(bins[:2], _scores(one, line), [True, True]) == ()
    assert grow_tree(bins[:2], _scores(one, line), [True, False]) == (Link(0, 1),)
    assert grow_tree(bins[::2], _scores(one, hump), [True, True]) == (Link(0, 1),)


def test_constant_columns_have_no_links() -> None:
    columns = (np.zeros(50, dtype=np.int64), np.arange(50) % 5)
    with np.errstate(all="raise"):
        assert _grow(*columns) == ()


@pytest.mark.parametrize("rows", [50_000, 120_000])
def test_many_rows_choose_the_tree_of_a_part(rows: int) -> None:
    one = np.arange(rows) % 5
    columns = (one, np.array([3, 1, 4, 0, 2])[one])
    assert _grow(*columns) == (Link(0, 1),)
