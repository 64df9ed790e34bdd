"""How much memory a training will take, where the synthesizer is named and where it is left open."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.spec import ModelledColumn, ModelledType
from pipeline.errors import TrainingError
from pipeline.models.choice import CANDIDATES
from pipeline.runs.memory import estimate_training_mb
from pipeline.synthesizers.recipe import Recipe

COLUMNS = (
    ModelledColumn("city", ModelledType.CATEGORICAL),
    ModelledColumn("amount", ModelledType.NUMERICAL),
)


@dataclass(frozen=True)
class Sample:
    """What of a reference an estimate needs."""

    training: pd.DataFrame
    columns: tuple[ModelledColumn, ...] = COLUMNS


@pytest.fixture
def sample() -> Sample:
    rows = np.arange(900)
    return Sample(pd.DataFrame({"city": pd.Series(rows % 30).map("c{}".format), "amount": rows * 1.5}))


def estimate_each(sample: Sample, names: tuple[str, ...] = CANDIDATES, **changes: int) -> list[float]:
    return [estimate_training_mb(sample, Recipe(name, **changes)) for name in names]


def test_an_open_recipe_takes_as_much_as_its_hungriest_candidate(sample: Sample) -> None:
    assert estimate_training_mb(sample, Recipe("auto")) == max(estimate_each(sample))


def test_a_candidate_that_refuses_the_recipe_is_left_out(sample: Sample) -> None:
    with pytest.raises(TrainingError, match="batch size of 505"):
        estimate_training_mb(sample, Recipe("ctgan", batch_size=505))
    others = estimate_each(sample, ("autoregressive", "gaussian_copula"), batch_size=505)
    assert estimate_training_mb(sample, Recipe("auto", batch_size=505)) == max(others)


def test_a_table_that_is_too_wide_for_networks_is_left_to_the_copula(
    sample: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    copula = estimate_training_mb(sample, Recipe("gaussian_copula"))
    monkeypatch.setattr("pipeline.synthesizers.width.MOST_MEMORY_MB", 0.1)
    monkeypatch.setattr("pipeline.synthesizers.width.find_free_mb", lambda: 0.0)
    with pytest.raises(TrainingError, match="codes wide"):
        estimate_training_mb(sample, Recipe("ctgan"))
    assert estimate_training_mb(sample, Recipe("auto")) == copula


def test_a_table_that_no_candidate_can_learn_is_refused_with_the_first_reason(sample: Sample) -> None:
    sample.training["city"] = [f"c{row}" for row in range(900)]
    with pytest.raises(TrainingError, match='Column "city" cannot be modelled'):
        estimate_training_mb(sample, Recipe("auto"))
