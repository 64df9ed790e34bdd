"""The guard that plans the width of every column before training."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from pipeline.dataset import ModelledColumn, ModelledType
from pipeline.errors import DataError, TrainingError
from pipeline.synthesizers.width import (
    ColumnPlan,
    Treatment,
    compute_width,
    estimate_memory_mb,
    plan_columns,
    require_learnable,
    split_width,
)

TEXT = ModelledColumn("text", ModelledType.CATEGORICAL)
NUMBER = ModelledColumn("number", ModelledType.NUMERICAL)


def _plan(values: list[object], column: ModelledColumn = TEXT, **limits: int) -> ColumnPlan:
    return plan_columns(pd.DataFrame({column.name: values}), (column,), **limits)[0]


def test_few_categories_get_a_code_each() -> None:
    plan = _plan(["a"] * 5 + ["b"] * 7)
    assert (plan.treatment, plan.distinct, plan.width) == (Treatment.VALUES, 2, 2)


def test_missing_cells_are_a_category_of_their_own() -> None:
    assert _plan(["a"] * 5 + [None]).width == 2


def test_rare_categories_share_one_code() -> None:
    plan = _plan(["a"] * 9 + ["b"] * 5 + ["c", "d"])
    assert (plan.treatment, plan.distinct, plan.width) == (Treatment.FOLDED, 4, 3)
    assert "2 rare" in plan.reason


def test_many_categories_take_two_codes_of_a_square_root_each() -> None:
    plan = _plan([f"c{number % 100}" for number in range(1_000)], max_categories=50)
    assert (plan.treatment, plan.distinct, plan.width) == (Treatment.SPLIT, 100, 20)


def test_a_column_of_mostly_rare_categories_is_learned_by_the_others_and_says_how_many_it_loses() -> None:
    values = [f"rare {number}" for number in range(10_000)] + ["a"] * 60 + ["b"] * 40
    plan = _plan(values)
    assert (plan.treatment, plan.distinct, plan.width) == (Treatment.FOLDED, 10_002, 3)
    assert "10,000 rare ones (fewer than 5 rows each, 10,000 of 10,100 rows in all)" in plan.reason
    require_learnable((plan,), units=100, batch_size=10)


def test_text_that_never_repeats_is_identity_and_stops_training() -> None:
    plan = _plan([f"person {number}" for number in range(10_000)])
    assert (plan.treatment, plan.width) == (Treatment.IDENTITY, 0)
    with pytest.raises(
        TrainingError,
        match='"text" cannot be modelled: none of its 10,000 categories is held by 5 rows or more',
    ):
        require_learnable((plan,), units=100, batch_size=10)


def test_a_number_never_takes_more_than_its_bound() -> None:
    plan = _plan([float(number) for number in range(5_000)], NUMBER)
    assert (plan.treatment, plan.distinct, plan.width) == (Treatment.BINS, 5_000, 200)


def test_a_number_that_stays_one_takes_a_fixed_width() -> None:
    plan = _plan([1.0, 2.5, None] * 400, NUMBER, number_width=11)
    assert (plan.treatment, plan.distinct, plan.width, plan.is_plain) == (Treatment.NUMBER, 2, 13, True)
    empty = _plan([float("nan")] * 3, NUMBER, number_width=11)
    assert (empty.treatment, empty.width) == (Treatment.VALUES, 1)


def test_categories_are_never_split_without_a_bound() -> None:
    plan = _plan([f"c{number % 500}" for number in range(5_000)], max_categories=None)
    assert (plan.treatment, plan.width) == (Treatment.VALUES, 500)


def test_a_container_is_no_category() -> None:
    with pytest.raises(DataError, match='"text" is categorical but holds a list'):
        _plan([["a"], ["b"]])


def test_a_plan_comes_back_from_plain_values() -> None:
    plan = _plan(["a"] * 9 + ["b"])
    assert ColumnPlan.from_dict(json.loads(json.dumps(plan.as_dict()))) == plan
    assert not plan.is_plain


def test_a_number_with_few_values_is_learned_by_its_values() -> None:
    plan = _plan([1.0, 2.0, None] * 10, NUMBER)
    assert (plan.treatment, plan.width) == (Treatment.VALUES, 3)


PLANS = (
    ColumnPlan("slim", Treatment.VALUES, 10, 10, "10 categories"),
    ColumnPlan("broad", Treatment.SPLIT, 900, 990, "900 categories"),
)


def test_memory_grows_with_width_units_and_batch() -> None:
    assert compute_width(PLANS) == 1_000
    assert estimate_memory_mb(PLANS, units=100, batch_size=10) == pytest.approx(3.288)
    assert estimate_memory_mb(PLANS, units=200, batch_size=10) > 6
    assert estimate_memory_mb(PLANS, units=100, batch_size=1_000) > 11


def test_a_table_that_takes_too_much_memory_names_the_widest_column() -> None:
    require_learnable(PLANS, units=100, batch_size=10)
    with pytest.raises(
        TrainingError, match=r'about 3 MB, above 1: .* 1,000 codes wide, of which column "broad" takes 990'
    ):
        require_learnable(PLANS, units=100, batch_size=10, most_memory_mb=1)


@pytest.mark.parametrize(("categories", "expected"), [(1, (1, 1)), (100, (10, 10)), (101, (10, 11))])
def test_split_holds_every_category(categories: int, expected: tuple[int, int]) -> None:
    assert split_width(categories) == expected
    assert expected[0] * expected[1] >= categories
