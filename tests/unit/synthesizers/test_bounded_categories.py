"""Rare categories are never reproduced, and very many categories take two narrow codes and come back."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.spec import ModelledColumn, ModelledType
from pipeline.synthesizers.bounded_categories import BoundedCategoryEncoding, CodeGrid
from pipeline.synthesizers.encoding import Field, TableEncoding
from pipeline.synthesizers.width import estimate_memory_mb, plan_columns

TEXT = (ModelledColumn("text", ModelledType.CATEGORICAL),)


def _rng() -> np.random.Generator:
    return np.random.default_rng(0)


def _learn(series: pd.Series) -> tuple[pd.DataFrame, TableEncoding]:
    table = series.rename("text").to_frame()
    encoding = TableEncoding.learn(table, TEXT, plan_columns(table, TEXT))
    return table, TableEncoding.from_dict(json.loads(json.dumps(encoding.as_dict())))


def test_a_rare_category_is_neither_stored_nor_reproduced() -> None:
    table, encoding = _learn(pd.Series(["a"] * 30 + ["b"] * 10 + ["lonely"] * 4))
    clean = encoding.clean(table, _rng())
    assert encoding.fields == (Field("text", 2),)
    assert "lonely" not in json.dumps(encoding.as_dict())
    assert clean["text"].tolist()[:40] == [0] * 30 + [1] * 10
    assert set(encoding.restore(clean)["text"]) == {"a", "b"}


def test_a_rare_level_of_a_categorical_column_is_forgotten() -> None:
    series = pd.Series(pd.Categorical(["a"] * 6 + ["b"] * 5 + ["lonely"], ["lonely", "b", "a"], ordered=True))
    table, encoding = _learn(series)
    restored = encoding.restore(encoding.clean(table, _rng()))["text"]
    assert restored.dtype == pd.CategoricalDtype(["b", "a"], ordered=True)
    assert "lonely" not in json.dumps(encoding.as_dict())


def test_rare_cells_take_the_proportions_of_the_others_and_never_become_missing() -> None:
    rare = [f"rare {number}" for number in range(4_000)]
    table, encoding = _learn(pd.Series(["a"] * 4_500 + ["b"] * 1_500 + [None] * 500 + rare))
    restored = encoding.restore(encoding.clean(table, _rng()))["text"]
    assert restored.isna().sum() == 500
    assert (restored[6_500:] == "a").mean() == pytest.approx(0.75, abs=0.03)


@pytest.mark.parametrize("dtype", ["int64", "Int64", "string", "category", "bool"])
def test_rare_categories_of_every_dtype(dtype: str) -> None:
    values = [True] * 8 + [False] * 2 if dtype == "bool" else [1] * 8 + [2] * 6 + [3] * 2
    table, encoding = _learn(pd.Series(values).astype(dtype))
    restored = encoding.restore(encoding.clean(table, _rng()))["text"]
    is_known = table["text"].map(table["text"].value_counts()).astype(int) >= 5
    assert restored[is_known].tolist() == table["text"][is_known].tolist()
    assert restored.nunique() == (1 if dtype == "bool" else 2)
    assert dtype == "category" or restored.dtype == dtype


def test_ten_thousand_categories_stay_narrow_and_come_back() -> None:
    series = pd.Series([f"shop {number % 10_000:05d}" for number in range(60_000)])
    table, encoding = _learn(series)
    plans = plan_columns(table, TEXT)
    assert encoding.fields == (Field("text bucket", 100), Field("text place", 100))
    assert plans[0].width == 200
    assert estimate_memory_mb(plans, units=6_000, batch_size=500) < 100
    pd.testing.assert_frame_equal(encoding.restore(encoding.clean(table, _rng())), table)


def test_missing_and_rare_cells_of_a_split_column() -> None:
    common = [f"shop {number % 300}" for number in range(3_000)]
    table, encoding = _learn(pd.Series([*common, None, None, "lonely"]))
    restored = encoding.restore(encoding.clean(table, _rng()))["text"]
    assert restored[:3_000].tolist() == common
    assert restored[3_000:3_002].isna().all()
    assert restored[3_002] in set(common)


def test_every_sampled_pair_of_codes_is_a_known_category() -> None:
    _, encoding = _learn(pd.Series([f"shop {number % 300}" for number in range(3_000)]))
    buckets, places = (grid.ravel() for grid in np.meshgrid(np.arange(17), np.arange(18), indexing="ij"))
    restored = encoding.restore({"text bucket": buckets, "text place": places})["text"]
    assert restored.notna().all()
    assert restored.nunique() == 300


def test_a_place_that_the_last_bucket_lacks_stays_in_that_bucket() -> None:
    grid = CodeGrid(8, is_split=True)
    assert grid.sizes == (3, 3)
    assert grid.merge((np.array([0, 2, 2, 2]), np.array([2, 0, 1, 2]))).tolist() == [2, 6, 7, 6]


def test_buckets_hold_categories_of_about_equal_frequency() -> None:
    rows = np.repeat(np.arange(400), np.repeat([50, 5], 200))
    encoding = BoundedCategoryEncoding.learn(pd.Series(_rng().permutation(rows), name="text"), is_split=True)
    assert sorted(encoding.known.categories[:200]) == list(range(200))
    counts = np.bincount(encoding.grid.split(encoding.numbers(pd.Series(rows, name="text"), _rng()))[0])
    assert counts.tolist() == [1_000] * 10 + [100] * 10
    assert encoding.grid.spread(counts).tolist() == [50.0] * 200 + [5.0] * 200


def test_merged_tables_hold_category_numbers_and_restore_alike() -> None:
    table, encoding = _learn(pd.Series([f"shop {number % 300}" for number in range(3_000)]))
    clean = encoding.clean(table, _rng())
    merged = encoding.merge(clean)
    assert list(merged) == ["text"]
    pd.testing.assert_frame_equal(encoding.restore(merged), encoding.restore(clean))


def test_codes_avoid_the_names_of_other_columns() -> None:
    table = pd.DataFrame({"text": [f"shop {number % 300}" for number in range(3_000)], "text place": "x"})
    columns = (*TEXT, ModelledColumn("text place", ModelledType.CATEGORICAL))
    encoding = TableEncoding.learn(table, columns, plan_columns(table, columns))
    assert [field.name for field in encoding.fields] == ["text bucket", "text place?", "text place"]
