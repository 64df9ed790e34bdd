"""Training and sampling on an NVIDIA GPU: fit, resume, and a sample of what was stored."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from pipeline.datasets.spec import ModelledColumn, ModelledType
from pipeline.progress import Progress
from pipeline.synthesizers import create_synthesizer, load_synthesizer
from pipeline.synthesizers.protocol import Synthesizer
from pipeline.synthesizers.recipe import Recipe

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no NVIDIA GPU")

DEVICE = "cuda"
EPOCHS = 6
COLUMNS = (
    ModelledColumn("plan", ModelledType.CATEGORICAL),
    ModelledColumn("balance", ModelledType.NUMERICAL),
    ModelledColumn("visits", ModelledType.NUMERICAL),
)


class Killed(BaseException):
    """In place of a signal that ends the process."""


def _table(rows: int = 400) -> pd.DataFrame:
    rng = np.random.default_rng(4)
    balance = np.where(rng.random(rows) < 0.1, np.nan, rng.normal(100, 20, rows).round(1))
    return pd.DataFrame(
        {"plan": rng.choice(list("abc"), rows), "balance": balance, "visits": rng.poisson(4, rows)}
    )


def _create(name: str) -> Synthesizer:
    recipe = Recipe(name, epochs=EPOCHS, batch_size=50, use_hma=False, seed=3, device=DEVICE)
    return create_synthesizer(name, COLUMNS, recipe)


@pytest.mark.parametrize("name", ["ctgan", "autoregressive"])
def test_a_training_on_the_gpu_gives_a_model_that_samples_after_it_was_stored(name: str) -> None:
    fitted, scores = _create(name), []

    def score(sample: pd.DataFrame) -> float:
        scores.append(len(sample))
        return 0.5

    report = fitted.fit(_table(), scorer=score)
    assert report.epochs_trained == EPOCHS
    assert scores
    assert all(np.isfinite(list(progress.losses.values())).all() for progress in report.history)
    stored = load_synthesizer(name, fitted.state)
    sampled = stored.sample(300, seed=1, shares={"plan": {"a": 0.5}})
    assert (sampled["plan"] == "a").sum() == 150
    assert sampled["visits"].between(_table()["visits"].min(), _table()["visits"].max()).all()
    pd.testing.assert_frame_equal(sampled, fitted.sample(300, seed=1, shares={"plan": {"a": 0.5}}))


@pytest.mark.parametrize("name", ["ctgan", "autoregressive"])
def test_a_training_killed_on_the_gpu_goes_on_near_to_an_uninterrupted_one(name: str, tmp_path: Path) -> None:
    def die(progress: Progress) -> None:
        if progress.epoch == 3:
            raise Killed("after epoch 3")

    whole, resumed, heard = _create(name), _create(name), list[int]()
    whole.fit(_table())
    with pytest.raises(Killed, match="after epoch 3"):
        _create(name).fit(_table(), die, checkpoint=tmp_path / "run")
    resumed.fit(_table(), lambda progress: heard.append(progress.epoch), checkpoint=tmp_path / "run")
    assert heard == [3, 4, 5, 6]
    for key, array in whole.state.arrays.items():
        # Sums on a GPU have no fixed order.
        assert np.allclose(array, resumed.state.arrays[key], atol=1e-2), key
