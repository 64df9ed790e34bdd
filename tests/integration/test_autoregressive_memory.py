"""What the autoregressive synthesizer learns of a table, and what it does not: two clusters, pure chance."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.spec import ModelledColumn, ModelledType
from pipeline.evaluation.privacy.overfit import compare_closest
from pipeline.evaluation.privacy.space import place
from pipeline.synthesizers.autoregressive.synthesizer import Autoregressive
from pipeline.synthesizers.recipe import Recipe

_NUMBERS = tuple(ModelledColumn(name, ModelledType.NUMERICAL) for name in ("x", "y", "z"))
_KIND = ModelledColumn("kind", ModelledType.CATEGORICAL)


def _draw(training: pd.DataFrame, columns: tuple[ModelledColumn, ...], rows: int) -> pd.DataFrame:
    synthesizer = Autoregressive(columns, Recipe("autoregressive", use_hma=False, threads=1, seed=1))
    synthesizer.fit(training)
    return synthesizer.sample(rows, seed=1)


def test_a_mixture_of_two_clusters_is_reproduced() -> None:
    """Three quarters of the rows lie about 0, the others about 10 in every column.

    A number of 2,000 rows has 64 cells; at three quarters one of them ends.
    """
    rng = np.random.default_rng(3)
    is_far = np.arange(2_000) >= 1_500
    values = 10.0 * is_far[:, None] + rng.normal(size=(2_000, 3))
    training = pd.DataFrame(values.round(2), columns=["x", "y", "z"])
    drawn = _draw(training, _NUMBERS, 4_000)
    is_high = drawn.to_numpy() > 5
    assert is_high.mean() == pytest.approx(is_far.mean(), abs=0.02)
    # A row is in one cluster by all of its numbers.
    assert np.isin(is_high.sum(axis=1), (0, 3)).mean() > 0.98
    near = drawn[is_high.sum(axis=1) == 0]
    assert near.mean().to_numpy() == pytest.approx(np.zeros(3), abs=0.1)
    assert near.std().to_numpy() == pytest.approx(np.ones(3), abs=0.1)


def test_rows_of_independent_columns_are_no_nearer_to_training_rows() -> None:
    training, unseen = (_make_chance(800, seed) for seed in (4, 5))
    drawn = _draw(training, (*_NUMBERS, _KIND), 3_000)
    found = compare_closest(*place((*_NUMBERS, _KIND), [training, unseen, drawn]))
    assert found.closer / (found.closer + found.farther) == pytest.approx(0.5, abs=0.04)
    # Nothing is learned that is not there: the columns stay independent.
    assert drawn[["x", "y", "z"]].corr().abs().to_numpy()[np.triu_indices(3, 1)].max() < 0.06


def _make_chance(rows: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(rng.normal(size=(rows, 3)).round(3), columns=["x", "y", "z"])
    return table.assign(kind=rng.choice(list("abcd"), rows))
