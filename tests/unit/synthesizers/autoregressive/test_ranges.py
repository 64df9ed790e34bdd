"""Shares of numbers and dates: which cells a range holds, and which ranges cannot be met."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.spec import ModelledType
from pipeline.errors import SamplingError
from pipeline.synthesizers.autoregressive.codebook import NumberBook
from pipeline.synthesizers.autoregressive.ranges import resolve_ranges


@pytest.fixture
def ages() -> NumberBook:
    rng = np.random.default_rng(0)
    return NumberBook.learn(pd.Series(rng.integers(20, 60, 2_000), name="age"), ModelledType.NUMERICAL)[0]


@pytest.fixture
def balances() -> NumberBook:
    numbers = pd.Series(np.random.default_rng(1).normal(0, 500, 3_000).round(2), name="balance")
    numbers[::10] = np.nan
    return NumberBook.learn(numbers, ModelledType.NUMERICAL)[0]


def _draw_all(book: NumberBook) -> tuple[np.ndarray, np.ndarray]:
    codes = np.repeat(np.arange(len(book.cells)), 50)
    return codes, book.encoding.numbers(book.restore(codes[:, None], np.random.default_rng(2)))


@pytest.mark.parametrize("name", ["ages", "balances"])
def test_what_a_cell_gives_lies_within_its_bounds(name: str, request: pytest.FixtureRequest) -> None:
    book = request.getfixturevalue(name)
    codes, numbers = _draw_all(book)
    first, last = book.bounds
    assert (numbers >= first[codes] - 1e-6).all()
    assert (numbers <= last[codes] + 1e-6).all()


def test_ranges_split_codes_into_groups_with_a_rest(ages: NumberBook) -> None:
    target = resolve_ranges("age", {"..29": 0.2, "30..39": 0.3, 45: 0.1}, ages)
    codes, numbers = _draw_all(ages)
    groups = target.group_of_code[codes]
    assert set(numbers[groups == 0]) <= set(range(20, 30))
    assert sorted(set(numbers[groups == 1])) == list(range(30, 40))
    assert set(numbers[groups == 2]) == {45}
    assert not set(numbers[groups == 3]) & {*range(20, 40), 45}
    assert target.fractions.tolist() == pytest.approx([0.2, 0.3, 0.1, 0.4])


def test_missing_cells_are_in_no_range(balances: NumberBook) -> None:
    target = resolve_ranges("balance", {"-100000..100000": 0.9}, balances)
    assert target.group_of_code.tolist() == [0] * len(balances.cells) + [1]


def test_a_range_of_dates_counts_both_ends() -> None:
    days = pd.Series(np.repeat(pd.date_range("2024-01-01", periods=20), 30), name="joined")
    book = NumberBook.learn(days, ModelledType.DATETIME)[0]
    target = resolve_ranges("joined", {"2024-01-05..2024-01-07": 0.5}, book)
    assert np.flatnonzero(target.group_of_code == 0).tolist() == [4, 5, 6]


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"30..40": 0.5, "40..50": 0.2}, "ranges overlap at 40..50"),
        ({"30..40": 0.9, "41..50": 0.2}, "shares add up to 110%"),
        ({"..100": 0.5}, "shares of all its values add up to 50%"),
        ({"70..80": 0.5}, "no known values make up exactly the range 70..80"),
        ({"young": 0.5}, "'young' is no number"),
    ],
)
def test_ranges_that_cannot_be_met_are_refused(
    ages: NumberBook, wanted: dict[str, float], message: str
) -> None:
    with pytest.raises(SamplingError, match=message):
        resolve_ranges("age", wanted, ages)


def test_a_range_through_a_bin_names_the_nearest_ends(balances: NumberBook) -> None:
    first, last = balances.bounds
    inside = (first[10] + last[10]) / 2
    with pytest.raises(SamplingError, match="no known values make up exactly") as refused:
        resolve_ranges("balance", {f"{inside}..": 0.5}, balances)
    assert str(balances.encoding.values(first[10:11]).iloc[0]) in refused.value.hint
    assert resolve_ranges("balance", {f"{first[10]}..": 0.5}, balances).group_of_code[10] == 0
