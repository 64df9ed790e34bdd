"""Numbers that stand for no value are odd cells; ordinary large, small and negative numbers are not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.detection.detect import detect
from pipeline.datasets.detection.typing import type_table
from pipeline.datasets.forms.sentinels import find_sentinels
from pipeline.datasets.unsure import describe_unsure

RNG = np.random.default_rng(1)
AGES = RNG.integers(18, 91, 400)
SCORES = RNG.integers(300, 851, 400)
AMOUNTS = RNG.lognormal(5, 1, 400).round(2)


def mixed(numbers: np.ndarray, *more: float, times: int = 6) -> pd.Series:
    return pd.Series([*numbers, *(number for number in more for _ in range(times))])


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        (mixed(AGES, -999), [-999]), (mixed(AGES, 999, -1), [-1, 999]), (mixed(AGES, 0), [0]),
        (mixed(SCORES, 0, -1, 9999), [-1, 0, 9999]), (mixed(SCORES, -9), [-9]), (mixed(SCORES, -99), [-99]),
        (mixed(AMOUNTS, 999999.99), [999999.99]),
    ],
)  # fmt: skip
def test_repeated_numbers_far_outside_are_set_apart(numbers: pd.Series, expected: list[float]) -> None:
    assert sorted(find_sentinels(numbers)) == expected


@pytest.mark.parametrize(
    "numbers",
    [
        mixed(AGES, -999, times=2), mixed(AMOUNTS, 0), mixed(AGES, 99),
        mixed(RNG.integers(-50, 50, 400), -1, 0),
        mixed(AMOUNTS, 999.0), mixed(RNG.integers(0, 30, 400), -1, 0), mixed(AGES, 500),
        mixed(RNG.integers(100_000, 999_999, 400), 0), pd.Series([1, 2, 9999] * 5),
    ],
)  # fmt: skip
def test_rare_near_and_ordinary_numbers_stay_numbers(numbers: pd.Series) -> None:
    assert find_sentinels(numbers) == []


def test_ages_with_sentinels_keep_their_range_and_the_sentinels_their_rate() -> None:
    texts = pd.DataFrame({"age": mixed(AGES, -999).astype(str), "score": mixed(SCORES, 9999).astype(str)})
    typed = type_table(texts)
    spec = detect(typed.table, "t", typed=typed)[0]
    assert typed.table["age"].min() == AGES.min()
    age, score = spec.columns
    assert (age.options["odd_words"], age.options["minimum"]) == (["-999"], 0)
    assert (score.options["odd_words"], score.options["maximum"] < 2_000) == (["9999"], True)
    assert [feature.column for feature in spec.features] == ["age", "score"]


def test_numbers_with_a_type_are_said_to_be_unsure() -> None:
    table = pd.DataFrame({"age": mixed(AGES, 999), "amount": mixed(AMOUNTS, 500, times=6)})
    typed = type_table(table)
    (sentence,) = describe_unsure(detect(typed.table, "t", typed=typed)[0])
    assert 'Column "age" repeats numbers far outside its others' in sentence
