"""A column of very many categories, and one of rare ones, through every synthesizer and HMA."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.spec import ModelledColumn, ModelledType
from pipeline.errors import SamplingError, TrainingError
from pipeline.synthesizers import create_synthesizer, load_synthesizer
from pipeline.synthesizers.hma import sample_initial
from pipeline.synthesizers.protocol import Synthesizer, SynthesizerState
from pipeline.synthesizers.recipe import Recipe
from pipeline.synthesizers.width import Treatment

COLUMNS = (
    ModelledColumn("shop", ModelledType.CATEGORICAL),
    ModelledColumn("group", ModelledType.CATEGORICAL),
    ModelledColumn("amount", ModelledType.NUMERICAL),
)
NAMES = ("ctgan", "tvae", "copulagan", "gaussian_copula", "autoregressive")
SHOPS = 400


def _table() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    rows = 6 * SHOPS
    shop = np.array([f"shop {number:05d}" for number in rng.permutation(np.arange(rows) % SHOPS)])
    group = np.where(np.arange(rows) < 3, "lonely", rng.choice(["a", "b"], rows, p=[0.8, 0.2]))
    return pd.DataFrame({"shop": shop, "group": group, "amount": rng.integers(0, 100, rows)})


_MEASURE_MEMORY = """
import resource, sys
import numpy as np, pandas as pd
from pipeline.datasets.spec import ModelledColumn, ModelledType
from pipeline.synthesizers import create_synthesizer
from pipeline.synthesizers.recipe import Recipe

def peak_mb(categories):
    rows = np.random.default_rng(0).permutation(50_000)
    table = pd.DataFrame({"shop": [f"shop {row % categories:05d}" for row in rows], "amount": rows % 50})
    kinds = {"shop": ModelledType.CATEGORICAL, "amount": ModelledType.NUMERICAL}
    columns = tuple(ModelledColumn(name, kind) for name, kind in kinds.items())
    recipe = Recipe(sys.argv[1], epochs=1, batch_size=5_000, use_hma=False)
    synthesizer = create_synthesizer(sys.argv[1], columns, recipe)
    synthesizer.fit(table)
    synthesizer.sample(10_000, 1)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000

few = peak_mb(100)
print(peak_mb(10_000) - few)
"""


@cache
def _fitted(name: str) -> Synthesizer:
    recipe = Recipe(synthesizer=name, epochs=1, batch_size=200, use_hma=False, seed=5)
    synthesizer = create_synthesizer(name, COLUMNS, recipe)
    synthesizer.fit(_table())
    return synthesizer


@pytest.mark.parametrize("name", NAMES)
def test_samples_hold_known_categories_only(name: str) -> None:
    sampled = _fitted(name).sample(500, seed=1)
    assert set(sampled["shop"]) <= set(_table()["shop"])
    assert sampled["shop"].nunique() > 50
    assert set(sampled["group"]) <= {"a", "b"}


@pytest.mark.parametrize("name", NAMES)
def test_plans_are_kept_with_the_model_and_hold_no_value(name: str) -> None:
    fitted = _fitted(name)
    treatments = {plan.column: plan.treatment for plan in fitted.plans}
    assert treatments["shop"] is (Treatment.VALUES if name == "gaussian_copula" else Treatment.SPLIT)
    assert treatments["group"] is Treatment.FOLDED
    assert "lonely" not in json.dumps(dict(fitted.state.values))
    assert load_synthesizer(name, fitted.state).plans == fitted.plans == fitted.plan(_table())


@pytest.mark.parametrize("name", NAMES)
def test_shares_on_a_split_column_are_exact(name: str) -> None:
    shares = {"shop": {"shop 00007": 0.3, "shop 00399": 0.01}, "group": {"b": 0.5}}
    sampled = _fitted(name).sample(200, seed=2, shares=shares)
    assert (sampled["shop"] == "shop 00007").sum() == 60
    assert (sampled["shop"] == "shop 00399").sum() == 2
    assert (sampled["group"] == "b").sum() == 100
    assert sampled["shop"].nunique() > 20


@pytest.mark.parametrize("name", NAMES)
def test_a_protected_category_has_no_share(name: str) -> None:
    with pytest.raises(SamplingError, match="'lonely' to request"):
        _fitted(name).sample(100, seed=2, shares={"group": {"lonely": 0.5}})


def test_a_model_without_plans_still_loads() -> None:
    state = _fitted("ctgan").state
    values = {key: value for key, value in state.values.items() if key != "plans"}
    assert load_synthesizer("ctgan", SynthesizerState(values, state.arrays)).plans == ()


def test_weights_of_ten_thousand_categories_stay_few() -> None:
    rows = np.arange(50_000)
    table = pd.DataFrame({"shop": [f"shop {row % 10_000:05d}" for row in rows]})
    recipe = Recipe(epochs=1, batch_size=25_000, use_hma=False)
    synthesizer = create_synthesizer("ctgan", COLUMNS[:1], recipe)
    synthesizer.fit(table)
    assert sum(array.size for array in synthesizer.state.arrays.values()) < 1_000_000
    assert set(synthesizer.sample(2_000, seed=0)["shop"]) <= set(table["shop"])


@pytest.mark.parametrize("name", ["ctgan", "autoregressive"])
def test_ten_thousand_categories_take_little_more_memory_than_a_hundred(name: str) -> None:
    result = subprocess.run(
        [sys.executable, "-c", _MEASURE_MEMORY, name], capture_output=True, text=True, check=True
    )
    # One-hot, 50,000 rows of the column alone would take 2,000 MB.
    assert float(result.stdout) < 100


@pytest.mark.parametrize("name", NAMES)
def test_a_column_of_mostly_rare_categories_is_learned_by_the_others(name: str) -> None:
    rare = [f"note {row}" for row in range(5 * SHOPS)]
    table = _table().assign(shop=[*rare, *(["stamp", "form"] * SHOPS)][: 6 * SHOPS])
    recipe = Recipe(synthesizer=name, epochs=1, batch_size=200, use_hma=False)
    synthesizer = create_synthesizer(name, COLUMNS, recipe)
    synthesizer.fit(table)
    sampled = synthesizer.sample(400, seed=1)["shop"]
    assert set(sampled) == {"stamp", "form"}
    assert "2,000 rare ones" in next(plan.reason for plan in synthesizer.plans if plan.column == "shop")


def test_hma_never_hands_a_rare_category_on() -> None:
    initial = sample_initial(_table(), COLUMNS[1:], 3_000, seed=1)
    assert set(initial["group"]) == {"a", "b"}


@pytest.mark.parametrize("name", ["ctgan", "tvae", "gaussian_copula", "autoregressive"])
def test_text_that_never_repeats_is_refused_by_name(name: str) -> None:
    table = _table().assign(shop=[f"note {row}" for row in range(6 * SHOPS)])
    synthesizer = create_synthesizer(name, COLUMNS, Recipe(synthesizer=name, epochs=1))
    with pytest.raises(TrainingError, match=r'"shop" cannot be modelled.*make it an identity column'):
        synthesizer.fit(table)


@pytest.mark.parametrize("name", ["ctgan", "autoregressive"])
def test_a_table_that_is_wide_in_all_is_learned_with_split_columns(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.synthesizers.width.MOST_MEMORY_MB", 0.1)
    table = pd.DataFrame(
        {f"t{place}": [f"c{row * (place + 1) % 41}" for row in range(410)] for place in range(3)}
    )
    columns = tuple(ModelledColumn(column, ModelledType.CATEGORICAL) for column in table)
    synthesizer = create_synthesizer(name, columns, Recipe(name, epochs=1, batch_size=100, use_hma=False))
    synthesizer.fit(table)
    assert {plan.treatment for plan in synthesizer.plans} == {Treatment.SPLIT}
    sampled = synthesizer.sample(200, seed=1, shares={"t1": {"c3": 0.25}})
    assert (sampled["t1"] == "c3").sum() == 50
    assert all(set(sampled[column]) <= set(table[column]) for column in table)
