"""Categories that enough real rows hold outlive HMA, whatever it happens to draw."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.spec import ModelledColumn, ModelledType
from pipeline.synthesizers import create_synthesizer
from pipeline.synthesizers.hma import _keep_codes, sample_initial
from pipeline.synthesizers.recipe import Recipe

COLUMNS = (
    ModelledColumn("city", ModelledType.CATEGORICAL),
    ModelledColumn("size", ModelledType.NUMERICAL),
)
SMALL = [f"small {number}" for number in range(12)]


def _table() -> pd.DataFrame:
    city = ["big"] * 340 + SMALL * 5 + ["rare"] * 4
    return pd.DataFrame({"city": city, "size": np.arange(len(city)) % 50})


def test_missing_codes_are_exchanged_for_spare_ones() -> None:
    clean = np.repeat([0, 1, 2], [80, 5, 15])
    kept = _keep_codes(np.repeat([0, 2], [97, 3]), clean, np.random.default_rng(0))
    assert np.bincount(kept).tolist() == [90, 5, 5]


def test_few_rows_are_not_filled_with_small_categories() -> None:
    kept = _keep_codes(np.zeros(10, dtype=np.int64), np.repeat([0, 1], [95, 5]), np.random.default_rng(0))
    assert not kept.any()


@pytest.mark.parametrize("name", ["ctgan", "autoregressive", "gaussian_copula"])
def test_every_category_of_five_real_rows_is_known_after_hma(name: str) -> None:
    table = _table()
    initial = sample_initial(table, COLUMNS, len(table), seed=4)
    assert set(initial["city"]) == {"big", *SMALL}
    assert initial["city"].value_counts().min() >= 5
    recipe = Recipe(synthesizer=name, epochs=1, batch_size=100, threads=1)
    synthesizer = create_synthesizer(name, COLUMNS, recipe)
    synthesizer.fit(initial)
    for city in SMALL:
        sample = synthesizer.sample(20, seed=1, shares={"city": {city: 0.5}})
        assert (sample["city"] == city).sum() == 10
