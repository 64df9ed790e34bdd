from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipeline.evaluation.privacy.chance_pairs import bound_chance_pairs
from pipeline.evaluation.privacy.copies import RowKeys, compute_row_keys
from pipeline.evaluation.privacy.singletons import (
    evaluate_singletons,
    is_holdout_found,
    is_too_rich_for_chance,
)
from pipeline.evaluation.results import Verdict
from tests.unit.evaluation.privacy.privacy_cases import draw_people


def draw_narrow(seed: int, rows: int) -> pd.DataFrame:
    """Rows of few values, which repeat by chance."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "group": rng.choice(list("abcd"), rows),
            "age": rng.integers(20, 60, rows),
            "state": rng.integers(0, 9, rows),
        }
    )


def split_with_repeats() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Training and holdout rows of a rich table in which ten people were noted twice."""
    people = draw_people(1, 1000)
    table = pd.concat([people, people.head(10)], ignore_index=True).sample(frac=1, random_state=0)
    return table.iloc[:808], table.iloc[808:]


def test_ten_planted_rows_are_found_though_some_real_rows_repeat() -> None:
    training, holdout = split_with_repeats()
    lone = pd.concat([training, holdout]).drop_duplicates(keep=False)
    synthetic = pd.concat([draw_people(3, 1000), lone.sample(10, random_state=1)])
    keys = compute_row_keys(training, holdout, synthetic)
    found = evaluate_singletons(keys)
    assert is_too_rich_for_chance(keys)
    assert found.verdict is Verdict.FAIL
    assert found.sentence.startswith("10 of 990 real rows, training or holdout, that equal no other real row")


def test_planted_holdout_rows_count_as_training_rows_do() -> None:
    training, holdout = draw_people(1, 400), draw_people(2, 100)
    keys = compute_row_keys(training, holdout, pd.concat([draw_people(3, 400), holdout.head(4)]))
    assert evaluate_singletons(keys).verdict is Verdict.FAIL
    assert not is_holdout_found(keys)


@pytest.mark.parametrize(("copies", "verdict"), [(0, Verdict.PASS), (1, Verdict.LOOK), (2, Verdict.FAIL)])
def test_one_lone_row_of_a_rich_table_asks_for_a_look_and_two_fail(copies: int, verdict: Verdict) -> None:
    training, holdout = split_with_repeats()
    lone = pd.concat([training, holdout]).drop_duplicates(keep=False)
    keys = compute_row_keys(training, holdout, pd.concat([draw_people(3, 1000), lone.head(copies)]))
    assert evaluate_singletons(keys).verdict is verdict


@pytest.mark.parametrize("repeats", [True, False])
def test_own_table_fails_and_leaves_no_control(repeats: bool) -> None:
    training, holdout = split_with_repeats() if repeats else (draw_people(1, 400), draw_people(2, 100))
    keys = compute_row_keys(training, holdout, pd.concat([training, holdout]))
    assert (evaluate_singletons(keys).verdict, evaluate_singletons(keys).value) == (Verdict.FAIL, 1.0)
    assert is_holdout_found(keys)


def test_own_table_of_few_values_fails_too() -> None:
    training, holdout = draw_narrow(1, 800), draw_narrow(2, 200)
    keys = compute_row_keys(training, holdout, pd.concat([training, holdout]))
    assert not is_too_rich_for_chance(keys)
    assert evaluate_singletons(keys).verdict is Verdict.FAIL


@pytest.mark.parametrize("rows", [10, 100, 1000, 3000, 20_000])
def test_fresh_rows_of_few_values_repeat_lone_rows_by_chance(rows: int) -> None:
    for seed in range(3, 8):
        keys = compute_row_keys(draw_narrow(1, 800), draw_narrow(2, 200), draw_narrow(seed, rows))
        assert evaluate_singletons(keys).verdict in (Verdict.PASS, None)


def test_rows_of_common_values_alone_find_no_more_lone_rows() -> None:
    common = draw_narrow(3, 2000).query("age < 25 and state < 3")
    keys = compute_row_keys(draw_narrow(1, 800), draw_narrow(2, 200), common)
    assert evaluate_singletons(keys).verdict is Verdict.PASS


def test_lone_rows_that_chance_finds_anyway_do_not_count() -> None:
    keys = RowKeys(np.array([1, 1, 2, 2, 3]), np.array([4]), np.tile(np.arange(9), 1000))
    found = evaluate_singletons(keys)
    assert found.verdict is None
    assert "chance alone explains all of them in a table of this size" in found.sentence


def test_chance_pairs_are_as_many_as_equal_pairs_where_values_are_few() -> None:
    table = draw_narrow(1, 2000)
    codes = [pd.factorize(table[name])[0] for name in table]
    sizes = table.groupby(list(table)).size()
    equal = float((sizes * (sizes - 1) // 2).sum())
    assert bound_chance_pairs(codes) == pytest.approx(equal, rel=0.15)


def test_people_noted_twice_are_no_chance_pairs() -> None:
    table = pd.concat(split_with_repeats())
    codes = [pd.factorize(table[name])[0] + 1 for name in table]
    assert bound_chance_pairs(codes) < 0.01
