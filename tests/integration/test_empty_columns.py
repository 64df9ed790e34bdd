"""Columns whose values all lie in the holdout: the training rows have none, and neither has a sample."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.spec import ModelledColumn, ModelledType
from pipeline.evaluation.quality.score import compute_quality
from pipeline.synthesizers import create_synthesizer
from pipeline.synthesizers.hma import sample_initial
from pipeline.synthesizers.recipe import Recipe

COLUMNS = (
    ModelledColumn("group", ModelledType.CATEGORICAL),
    ModelledColumn("bonus", ModelledType.NUMERICAL),
    ModelledColumn("left", ModelledType.DATETIME),
    ModelledColumn("note", ModelledType.CATEGORICAL),
)
EMPTY = {"bonus": "float64", "left": "datetime64[ns]", "note": "object"}
ROWS = 120


def _training() -> pd.DataFrame:
    group = np.random.default_rng(0).choice(list("ab"), ROWS)
    empty = {name: pd.Series(None, index=range(ROWS), dtype=dtype) for name, dtype in EMPTY.items()}
    return pd.DataFrame({"group": group, **empty})


def _score(sample: pd.DataFrame) -> float:
    holdout = _training().assign(bonus=5.0, left=pd.Timestamp("2020-01-01"), note="here")
    return compute_quality(holdout, sample, COLUMNS).score or 0.0


def _sample_with(name: str) -> pd.DataFrame:
    recipe = Recipe(synthesizer=name, epochs=2, batch_size=40, threads=1, use_hma=False)
    synthesizer = create_synthesizer(name, COLUMNS, recipe)
    synthesizer.fit(_training(), scorer=_score)
    return synthesizer.sample(500, seed=1)


@pytest.mark.parametrize(
    "sample",
    [
        lambda: sample_initial(_training(), COLUMNS, 500, seed=1),
        lambda: _sample_with("ctgan"),
        lambda: _sample_with("autoregressive"),
        lambda: _sample_with("gaussian_copula"),
    ],
    ids=["hma", "ctgan", "autoregressive", "gaussian_copula"],
)
def test_a_column_without_a_training_value_comes_back_all_missing(sample: Callable[[], pd.DataFrame]) -> None:
    synthetic = sample()
    assert synthetic[list(EMPTY)].isna().all(axis=None)
    assert synthetic[list(EMPTY)].dtypes.astype(str).to_dict() == EMPTY
    assert set(synthetic["group"]) == {"a", "b"}
