"""Rows that pile up at one value of a number or a date."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.datasets.spec import ModelledColumn, ModelledType
from pipeline.evaluation.quality.heaps import find_heaps
from pipeline.evaluation.results_fidelity import Heap, HeapPlace
from tests.unit.evaluation.fidelity_cases import COLUMNS, draw_table

AGE = (ModelledColumn("age", ModelledType.NUMERICAL),)


def draw_ages(rows: int, seed: int) -> pd.DataFrame:
    ages = np.random.default_rng(seed).normal(40, 8, rows).round(0).clip(15, 70)
    return pd.DataFrame({"age": ages})


def test_real_rows_have_no_heap() -> None:
    parts = draw_table(2_000, 1), draw_table(500, 2)
    assert find_heaps(parts, draw_table(1_000, 3), COLUMNS) == ()
    assert find_heaps(parts, draw_table(30, 4), COLUMNS) == ()


def test_rows_cut_off_at_the_lowest_age_are_a_heap() -> None:
    synthetic = draw_ages(1_000, 2)
    synthetic.loc[:142, "age"] = 15.0
    (heap,) = find_heaps((draw_ages(2_500, 1),), synthetic, AGE)
    assert (heap.column, heap.place) == ("age", HeapPlace.LOWEST)
    assert heap.share == 0.143
    assert heap.real_share < 0.01
    assert heap.finding.startswith('14.3% of the rows hold the lowest value of "age", which 0.')


def test_dates_at_the_last_day_and_numbers_at_one_value_are_heaps() -> None:
    real, synthetic = draw_table(2_000, 1), draw_table(500, 2)
    synthetic.loc[:39, "opened"] = synthetic["opened"].max() + pd.Timedelta(days=1)
    synthetic.loc[:99, "balance"] = 3_000.0
    places = {one.column: one.place for one in find_heaps((real,), synthetic, COLUMNS)}
    assert places == {"opened": HeapPlace.HIGHEST, "balance": HeapPlace.INNER}


def test_a_value_that_is_common_among_real_rows_is_none() -> None:
    real, synthetic = draw_ages(2_500, 1), draw_ages(1_000, 2)
    real.loc[:700, "age"] = 15.0
    synthetic.loc[:350, "age"] = 15.0
    assert find_heaps((real,), synthetic, AGE) == ()


def test_few_rows_and_missing_values_are_no_heap() -> None:
    real = draw_ages(2_500, 1)
    assert find_heaps((real,), pd.DataFrame({"age": [15.0, 15.0]}), AGE) == ()
    assert find_heaps((real,), pd.DataFrame({"age": [np.nan] * 50}), AGE) == ()


def test_a_heap_holds_no_value() -> None:
    assert set(Heap.__dataclass_fields__) == {"column", "place", "share", "real_share"}
