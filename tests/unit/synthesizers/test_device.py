"""Where a recipe trains: what `auto` means is settled before the model has an id."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from pipeline.errors import RecipeError
from pipeline.synthesizers import SYNTHESIZERS
from pipeline.synthesizers.recipe import Recipe, check_recipe, resolve_device, settle_device


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
        (Recipe("autoregressive", generator_rate=1e-3), "which autoregressive does not support"),
        (Recipe(epochs=0), "epochs is 0.*at least 1"),
        (Recipe(epochs="3"), "epochs is '3'.*whole number"),  # type: ignore[arg-type]
        (Recipe(epochs=2.5), "epochs is 2.5.*whole number"),  # type: ignore[arg-type]
        (Recipe(epochs=None), "epochs is None.*whole number"),  # type: ignore[arg-type]
        (Recipe(batch_size=True), "batch_size is True.*whole number"),
        (Recipe(patience=0), "patience is 0.*at least 1"),
        (Recipe(seed=-1), "seed is -1.*at least 0"),
        (Recipe(seed=2**63), "seed is 9223372036854775808.*at most 9,223"),
        (Recipe(threads=10**6), "threads is 1000000.*at most 256"),
        (Recipe(time_budget_s=float("nan")), "time_budget_s is nan.*above 0"),
        (Recipe(time_budget_s=0.0), "time_budget_s is 0.0.*above 0"),
        (Recipe(time_budget_s="9"), "time_budget_s is '9'.*seconds"),  # type: ignore[arg-type]
        (Recipe(use_hma="no"), "use_hma is 'no'.*true or false"),  # type: ignore[arg-type]
        (Recipe(generator_rate="fast"), "generator_rate is 'fast'.*above 0"),  # type: ignore[arg-type]
    ],
)
def test_a_setting_out_of_range_or_without_meaning_is_refused(recipe: Recipe, message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        check_recipe(recipe)


@pytest.mark.parametrize("synthesizer", SYNTHESIZERS)
def test_only_ctgan_has_hma_before_it_unless_the_recipe_says_otherwise(synthesizer: str) -> None:
    settled = Recipe(synthesizer)
    assert settled.use_hma is (synthesizer == "ctgan")
    assert settled == Recipe(synthesizer, use_hma=synthesizer == "ctgan")
    assert (Recipe(synthesizer, use_hma=True).use_hma, Recipe(synthesizer, use_hma=False).use_hma) == (
        True,
        False,
    )


@pytest.mark.parametrize("patience", [None, 1])
def test_settings_at_their_ends_are_accepted(patience: int | None) -> None:
    ends = Recipe(epochs=1, batch_size=1, seed=0, threads=256, patience=patience, time_budget_s=1)
    check_recipe(ends)
    for beyond in ({"epochs": 0}, {"batch_size": 0}, {"seed": -1}, {"threads": 257}, {"patience": 0}):
        with pytest.raises(RecipeError, match=f"{next(iter(beyond))} is "):
            check_recipe(replace(ends, **beyond))
