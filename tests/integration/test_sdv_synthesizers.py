"""SDV's other synthesizers behind our protocol: a real, small fit of each."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipeline.dataset import ModelledColumn, ModelledType
from pipeline.errors import SamplingError, TrainingError
from pipeline.synthesizers import create_synthesizer, load_synthesizer
from pipeline.synthesizers.protocol import Progress, Synthesizer
from pipeline.synthesizers.recipe import Recipe

COLUMNS = (
    ModelledColumn("group", ModelledType.CATEGORICAL),
    ModelledColumn("size", ModelledType.NUMERICAL),
)
NAMES = ("gaussian_copula", "tvae", "copulagan")


def _table() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    group = rng.choice(["low", "high"], 200, p=[0.7, 0.3])
    size = np.where(group == "low", 10, 50) + rng.integers(0, 10, 200)
    return pd.DataFrame({"group": group, "size": size})


def _fit(name: str, **changes: object) -> Synthesizer:
    recipe = Recipe(synthesizer=name, epochs=2, batch_size=100, use_hma=False, seed=5)
    synthesizer = create_synthesizer(name, COLUMNS, recipe)
    synthesizer.fit(_table(), **changes)  # type: ignore[arg-type]
    return synthesizer


@pytest.mark.parametrize("name", NAMES)
def test_equal_recipes_and_seeds_give_equal_rows(name: str) -> None:
    first, second = _fit(name), _fit(name)
    sampled = first.sample(50, seed=3)
    pd.testing.assert_frame_equal(sampled, second.sample(50, seed=3))
    assert not sampled.equals(first.sample(50, seed=4))
    assert set(sampled["group"]) <= {"low", "high"}
    assert sampled["size"].between(10, 59).all()


@pytest.mark.parametrize("name", NAMES)
def test_a_restored_synthesizer_samples_the_same(name: str) -> None:
    fitted = _fit(name)
    restored = load_synthesizer(name, fitted.state)
    pd.testing.assert_frame_equal(restored.sample(40, seed=9), fitted.sample(40, seed=9))


@pytest.mark.parametrize("name", NAMES)
def test_shares_are_met_exactly(name: str) -> None:
    sampled = _fit(name).sample(101, seed=2, shares={"group": {"high": 0.9}})
    assert (sampled["group"] == "high").sum() == 91


def test_a_fit_leaves_numpys_global_state_as_it_was() -> None:
    before = np.random.get_state()[1].tolist()
    _fit("gaussian_copula")
    assert np.random.get_state()[1].tolist() == before


def test_start_end_and_quality_are_reported() -> None:
    heard: list[Progress] = []
    _fit("gaussian_copula", on_progress=heard.append, scorer=lambda sample: len(sample) / 1000)
    assert [(one.epoch, one.epochs, one.quality) for one in heard] == [(0, 1, None), (1, 1, 0.2)]


def test_what_sdv_cannot_do_is_refused() -> None:
    with pytest.raises(TrainingError, match="tvae cannot stop early"):
        create_synthesizer("tvae", COLUMNS, Recipe(synthesizer="tvae", patience=3))
    with pytest.raises(SamplingError, match="has not been fitted"):
        create_synthesizer("tvae", COLUMNS, Recipe(synthesizer="tvae")).sample(5, seed=1)
