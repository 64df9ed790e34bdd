"""Where to train, and on how many threads: both decide the last bits of every weight."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
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


@contextmanager
def torch_threads(count: int) -> Iterator[None]:
    """Run torch on `count` threads inside the block and on as many as before after it."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
