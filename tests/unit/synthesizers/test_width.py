"""The guard that plans the width of every column before training."""

from __future__ import annotations

import json
from collections.abc import Iterable

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.spec import ModelledColumn, ModelledType
from pipeline.errors import DataError, TrainingError
from pipeline.synthesizers import create_synthesizer
from pipeline.synthesizers.cells import learn_cells
from pipeline.synthesizers.ctgan.ctgan import NUMBER_WIDTH, count_units
from pipeline.synthesizers.recipe import Recipe
from pipeline.synthesizers.width import (
    MOST_MEMORY_MB,
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


@pytest.mark.parametrize(("heaped", "width"), [(0, 65), (3, 71)])
def test_a_number_takes_as_many_codes_as_it_has_cells(heaped: int, width: int) -> None:
    values = [float(number) for number in range(5_000)] + [100.0 * place for place in range(heaped)] * 200
    plan = _plan(list(values), NUMBER)
    assert (plan.treatment, plan.distinct, plan.width) == (Treatment.BINS, 5_000, width)
    cells, _ = learn_cells(np.array(values), step=1.0)
    assert width - 2 * heaped - 1 <= len(cells) <= width


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


def test_a_table_that_is_wide_in_all_blames_no_column() -> None:
    plans = tuple(ColumnPlan(f"n{place}", Treatment.BINS, 900, 65, "bins") for place in range(10))
    with pytest.raises(
        TrainingError, match="650 codes wide, over 10 columns of which none is to blame"
    ) as caught:
        require_learnable(plans, units=1_000, batch_size=10, most_memory_mb=1)
    assert '"n' not in caught.value.message + caught.value.hint


def _numbers(columns: int, rows: int = 400) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame({f"n{place}": rng.normal(size=rows) for place in range(columns)})


def _texts(columns: int, categories: int) -> pd.DataFrame:
    rows = np.arange(categories * 5)
    return pd.DataFrame({f"t{place}": [f"c{row % categories}" for row in rows] for place in range(columns)})


def _columns(names: Iterable[object], kind: ModelledType) -> tuple[ModelledColumn, ...]:
    return tuple(ModelledColumn(str(name), kind) for name in names)


@pytest.fixture
def small_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.synthesizers.width.find_free_mb", lambda: 0.0)


@pytest.mark.usefixtures("small_machine")
@pytest.mark.parametrize(("name", "columns"), [("autoregressive", 300), ("ctgan", 500)])
def test_a_table_of_many_numbers_is_not_refused(name: str, columns: int) -> None:
    table = _numbers(columns)
    synthesizer = create_synthesizer(name, _columns(table, ModelledType.NUMERICAL), Recipe(name))
    assert len(synthesizer.plan(table)) == columns


def test_a_number_of_ctgan_is_no_condition() -> None:
    numbers = tuple(ColumnPlan(f"n{place}", Treatment.NUMBER, 900, NUMBER_WIDTH, "") for place in range(300))
    assert count_units(numbers) == 10 * 256 + 128 + 2 * 256
    texts = tuple(ColumnPlan(f"t{place}", Treatment.VALUES, 11, 11, "") for place in range(300))
    assert count_units(texts) == count_units(numbers) + 10 * 256 + 2 * 256 + 3_300


@pytest.mark.usefixtures("small_machine")
def test_the_widest_columns_are_split_until_the_table_fits() -> None:
    table = _texts(25, 250).assign(small=["a", "b"] * 625)
    columns = _columns(table, ModelledType.CATEGORICAL)
    plans = create_synthesizer("ctgan", columns, Recipe()).plan(table)
    split = [plan for plan in plans if plan.treatment is Treatment.SPLIT]
    assert 0 < len(split) < 25
    assert {plan.width for plan in split} == {32}
    assert (
        split[0].reason == "250 categories; split into a bucket and a place, since the table is wide in all"
    )
    assert estimate_memory_mb(plans, count_units(plans), 500) <= MOST_MEMORY_MB
    assert plans[-1].treatment is Treatment.VALUES


@pytest.mark.parametrize(("free_mb", "is_refused"), [(0.0, True), (100_000.0, False)])
def test_what_no_split_can_save_is_refused_where_the_machine_has_no_memory_for_it(
    monkeypatch: pytest.MonkeyPatch, free_mb: float, is_refused: bool
) -> None:
    monkeypatch.setattr("pipeline.synthesizers.width.find_free_mb", lambda: free_mb)
    table = _numbers(500)
    synthesizer = create_synthesizer(
        "autoregressive", _columns(table, ModelledType.NUMERICAL), Recipe("autoregressive")
    )
    if not is_refused:
        assert len(synthesizer.plan(table)) == 500
        return
    with pytest.raises(TrainingError, match=r"above 2,000: .* over 500 columns of which none is to blame"):
        synthesizer.plan(table)
