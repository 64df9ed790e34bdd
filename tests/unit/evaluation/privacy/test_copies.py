from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipeline.errors import EvaluationError
from pipeline.evaluation.privacy.copies import RowKeys, compute_row_keys, evaluate_copies
from pipeline.evaluation.results import Verdict
from tests.unit.evaluation.privacy.privacy_cases import draw_people


def evaluate_keys(training: list[int], holdout: list[int], synthetic: list[int]) -> Verdict | None:
    return evaluate_copies(RowKeys(np.array(training), np.array(holdout), np.array(synthetic))).verdict


def test_ten_planted_rows_are_found() -> None:
    training, fresh = draw_people(1, 900), draw_people(3, 990)
    synthetic = pd.concat([fresh.head(500), training.iloc[100:110], fresh.tail(490)], ignore_index=True)
    keys = compute_row_keys(training, draw_people(2, 600), synthetic)
    assert np.flatnonzero(keys.copied).tolist() == list(range(500, 510))
    found = evaluate_copies(keys)
    assert found.verdict is Verdict.FAIL
    assert found.value == pytest.approx(0.01)
    assert found.sentence.startswith("10 of 1,000 rows (1.0%) equal a training row")


def test_one_copy_asks_for_a_look_where_real_rows_never_repeat() -> None:
    training = draw_people(1, 300)
    synthetic = pd.concat([draw_people(3, 300), training.head(1)])
    assert evaluate_copies(compute_row_keys(training, draw_people(2, 100), synthetic)).verdict is Verdict.LOOK


def test_copies_are_chance_where_the_holdout_repeats_as_many() -> None:
    few = list(range(5))
    assert evaluate_keys(few * 20, few * 10, few * 30) is Verdict.PASS


def test_copies_beyond_the_rate_of_the_holdout_ask_for_a_look() -> None:
    training = list(range(1000))
    holdout = [*range(10), *range(2000, 2190)]
    assert evaluate_keys(training, holdout, [*range(60), *range(3000, 3940)]) is Verdict.PASS
    assert evaluate_keys(training, holdout, [*range(300), *range(3000, 3700)]) is Verdict.LOOK


def test_repeats_within_training_rows_are_chance_too() -> None:
    assert evaluate_keys([1, 1, 2, 3], [9], [1, 7, 8]) is Verdict.PASS


def test_keys_are_equal_where_rows_are_equal_whatever_the_types() -> None:
    training = pd.DataFrame({"group": ["a", None], "age": [1, 2]})
    synthetic = pd.DataFrame({"age": [2.0, 1.0, np.nan], "group": [np.nan, "b", "a"]})
    keys = compute_row_keys(training, training.head(1), synthetic)
    assert keys.copied.tolist() == [True, False, False]
    assert keys.repeating_holdout.tolist() == [True]


def test_two_hundred_columns_do_not_overflow() -> None:
    rng = np.random.default_rng(0)
    training = pd.DataFrame(rng.integers(0, 50, (60, 200))).add_prefix("c")
    keys = compute_row_keys(training, training.head(0), training.tail(3))
    assert (keys.synthetic == keys.training[-3:]).all()
    assert len(np.unique(keys.training)) == 60


def test_missing_column_is_named() -> None:
    table = pd.DataFrame({"age": [1]})
    with pytest.raises(EvaluationError, match='The holdout table lacks the modelled column "age"'):
        compute_row_keys(table, pd.DataFrame({"b": [1]}), table)
