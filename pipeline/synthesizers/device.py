"""Where to train: on a GPU where one is there and wanted, else on the processor."""

from __future__ import annotations

from dataclasses import replace

from pipeline.errors import RecipeError
from pipeline.synthesizers.recipe import Recipe

_ON_GPU = ("ctgan", "autoregressive")


def settle_device(recipe: Recipe) -> Recipe:
    """The recipe with the device that `auto` means here, so that a model's id tells where it was trained."""
    if recipe.device != "auto":
        return recipe
    return replace(recipe, device=resolve_device("auto") if recipe.synthesizer in _ON_GPU else "cpu")


def resolve_device(device: str) -> str:
    """The device to train on: `auto` takes a GPU where there is one; RecipeError where it is not there."""
    import torch

    has_gpu = torch.cuda.is_available()
    if device == "auto":
        return "cuda" if has_gpu else "cpu"
    if device == "cpu" or (device == "cuda" and has_gpu):
        return device
    raise RecipeError(
        f'The device "{device}" is not available for training.',
        'use "cpu", "cuda" with an NVIDIA GPU, or "auto".',
    )
