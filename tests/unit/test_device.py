"""Where a recipe trains: what `auto` means is settled before the model has an id."""

from __future__ import annotations

import pytest
import torch

from pipeline.errors import RecipeError
from pipeline.synthesizers.device import resolve_device, settle_device
from pipeline.synthesizers.recipe import Recipe, check_recipe


@pytest.mark.parametrize(
    ("has_gpu", "synthesizer", "device"),
    [
        (True, "ctgan", "cuda"),
        (True, "autoregressive", "cuda"),
        (True, "tvae", "cpu"),
        (False, "ctgan", "cpu"),
    ],
)
def test_auto_becomes_the_device_that_is_there(
    monkeypatch: pytest.MonkeyPatch, has_gpu: bool, synthesizer: str, device: str
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: has_gpu)
    assert settle_device(Recipe(synthesizer, device="auto")) == Recipe(synthesizer, device=device)


def test_a_named_device_stays() -> None:
    assert settle_device(Recipe(device="cuda")).device == "cuda"
    assert settle_device(Recipe()).device == "cpu"


def test_a_gpu_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(RecipeError, match='device "cuda" is not available'):
        resolve_device("cuda")


@pytest.mark.parametrize(
    ("recipe", "message"),
    [
        (Recipe(keep="first"), 'keep is "first".*choose one of best, last'),  # type: ignore[arg-type]
        (Recipe(device="tpu"), 'device is "tpu".*choose one of cpu, cuda, auto'),
        (Recipe(generator_rate=0.0), "generator_rate is 0.0.*above 0"),
        (Recipe(discriminator_rate=float("nan")), "discriminator_rate is nan"),
        (Recipe("autoregressive", generator_rate=1e-3), "which autoregressive does not have"),
        (Recipe(epochs=0), "epochs is 0.*at least 1"),
    ],
)
def test_a_setting_out_of_range_or_without_meaning_is_refused(recipe: Recipe, message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        check_recipe(recipe)
