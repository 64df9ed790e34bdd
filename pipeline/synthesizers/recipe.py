"""How a model is trained: the part of a request that decides its weights."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from pipeline.errors import RecipeError

_RATE = 2e-4
_CHOICES = {"keep": ("best", "last"), "device": ("cpu", "cuda", "auto")}


@dataclass(frozen=True)
class Recipe:
    """Settings of one training; equal recipes on equal data give equal weights.

    The thread count belongs to it, because the order of floating-point sums follows it.
    `patience` counts epochs without a better holdout quality (None: never stop early);
    `time_budget_s` is in seconds (None: no limit). `keep` says which state becomes the model where
    quality was measured: `best` (that with the highest measured quality) or `last`. `device` is `cpu`,
    `cuda` or `auto`; it changes the weights as well, hence `cpu` unless somebody asks. The learning
    rates are those of CTGAN's two networks.
    """

    synthesizer: str = "ctgan"
    epochs: int = 70
    use_hma: bool = True
    batch_size: int = 500
    seed: int = 0
    threads: int = 1
    patience: int | None = None
    time_budget_s: float | None = None
    keep: Literal["best", "last"] = "best"
    device: str = "cpu"
    generator_rate: float = _RATE
    discriminator_rate: float = _RATE

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for manifests and fingerprints."""
        return asdict(self)


def check_recipe(recipe: Recipe) -> None:
    """Raise RecipeError where a setting is out of its range, or means nothing to the synthesizer."""
    for setting in ("epochs", "batch_size", "threads"):
        if getattr(recipe, setting) < 1:
            raise RecipeError(f"The recipe's {setting} is {getattr(recipe, setting)}.", "choose at least 1.")
    for setting, choices in _CHOICES.items():
        if getattr(recipe, setting) not in choices:
            raise RecipeError(
                f'The recipe\'s {setting} is "{getattr(recipe, setting)}".',
                f"choose one of {', '.join(choices)}.",
            )
    for setting in ("generator_rate", "discriminator_rate"):
        _check_rate(setting, getattr(recipe, setting), recipe.synthesizer)


def _check_rate(setting: str, rate: float, synthesizer: str) -> None:
    if not 0 < rate <= 1:
        raise RecipeError(f"The recipe's {setting} is {rate}.", "choose a number above 0, at most 1.")
    if rate != _RATE and synthesizer != "ctgan":
        raise RecipeError(
            f"The recipe sets {setting}, which {synthesizer} does not have.",
            "leave it out, or choose ctgan.",
        )


def count_epochs(epochs: int) -> str:
    """A number of epochs in words: "1 epoch", "2,000 epochs"."""
    return "1 epoch" if epochs == 1 else f"{epochs:,} epochs"
