"""How a model is trained: the part of a request that decides its weights, device and threads included."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from types import MappingProxyType
from typing import Any, Literal

from pipeline.datasets.spec import ModelledColumn, ModelledType
from pipeline.errors import RecipeError

AUTO = "auto"
"""The recipe that leaves the synthesizer open: each is tried on a part of the rows."""
_RATE = 2e-4
_UNREAD: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        # Fitted in one piece.
        "gaussian_copula": ("epochs", "batch_size", "keep"),
        # SDV keeps the last epoch.
        "tvae": ("keep",),
        "copulagan": ("keep",),
        AUTO: ("keep", "device"),
    }
)
"""Settings that a synthesizer neither reads nor refuses."""
OF_ONE_SYNTHESIZER = frozenset(
    {
        "use_hma",
        "patience",
        "time_budget_s",
        "generator_rate",
        "discriminator_rate",
        "refine",
        "upstream",
        "keep",
    }
)
"""Settings that mean something only once the synthesizer is known."""
_HMA_FIRST = "ctgan"
_REFINED = frozenset({"ctgan", "tvae", "copulagan", "gaussian_copula"})
"""Synthesizers behind which rows are chosen by default; `autoregressive` hardly gains by it."""
_CHOICES = {"keep": ("best", "last"), "device": ("cpu", "cuda", "auto")}
_RANGES: dict[str, tuple[int, float]] = {
    "epochs": (1, math.inf),
    "batch_size": (1, math.inf),
    "seed": (0, 2**63 - 1),
    # Far beyond the cores of a machine torch does not complain, it crashes.
    "threads": (1, 256),
    "patience": (1, math.inf),
}
"""The least and the most of whole numbers."""


@dataclass(frozen=True)
class Recipe:
    """Settings of one training; equal recipes on equal data give equal weights.

    The thread count belongs to it, because the order of floating-point sums follows it.
    `use_hma` None stands for the default of the synthesizer, and is settled at once: HMA goes before `ctgan`,
    and before no other. Settings that the synthesizer does not read have their defaults, whatever was given.
    `patience` counts epochs without a better holdout quality (None: never stop early);
    `time_budget_s` is in seconds (None: no limit). `keep` says which state becomes the model where
    quality was measured: `best` (that with the highest measured quality) or `last`. `device` is `cpu`,
    `cuda` or `auto`; it changes the weights as well, hence `cpu` by default. The learning
    rates are those of CTGAN's two networks. `refine` chooses among the synthesizer's rows (None: the
    synthesizer's default, settled at once). `upstream` trains ctgan's own model, without shared values,
    averaged weights or refinement and after an HMA of ranks alone, for comparison.
    """

    synthesizer: str = "ctgan"
    epochs: int = 70
    use_hma: bool | None = None
    batch_size: int = 500
    seed: int = 0
    threads: int = 1
    patience: int | None = None
    time_budget_s: float | None = None
    keep: Literal["best", "last"] = "best"
    device: str = "cpu"
    generator_rate: float = _RATE
    discriminator_rate: float = _RATE
    refine: bool | None = None
    upstream: bool = False

    def __post_init__(self) -> None:
        if self.use_hma is None:
            object.__setattr__(self, "use_hma", self.synthesizer == _HMA_FIRST)
        if self.refine is None:
            object.__setattr__(self, "refine", self.synthesizer in _REFINED and not self.upstream)
        for setting in list_unread(self.synthesizer):
            # A wrong value stays, so that it is refused.
            if _is_possible(setting, getattr(self, setting)):
                object.__setattr__(self, setting, getattr(Recipe, setting))

    @property
    def synthesizer_label(self) -> str:
        """The synthesizer, with HMA where it comes first: "ctgan after HMA"."""
        return f"{self.synthesizer} after HMA" if self.use_hma else self.synthesizer

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for manifests and fingerprints."""
        return asdict(self)


def check_recipe(recipe: Recipe) -> None:
    """Raise RecipeError where a setting is of the wrong type, out of range, or means nothing here."""
    for setting, (least, most) in _RANGES.items():
        _check_whole(setting, getattr(recipe, setting), least, most)
    for setting, choices in _CHOICES.items():
        if getattr(recipe, setting) not in choices:
            raise _refuse(setting, f'"{getattr(recipe, setting)}"', f"choose one of {', '.join(choices)}.")
    for setting in ("use_hma", "refine", "upstream"):
        if not isinstance(getattr(recipe, setting), bool):
            raise _refuse(setting, repr(getattr(recipe, setting)), "choose true or false.")
    if recipe.upstream and recipe.synthesizer != "ctgan":
        raise RecipeError(
            f"The recipe sets upstream, which {recipe.synthesizer} does not support.",
            "omit it, or choose ctgan.",
        )
    budget_s = recipe.time_budget_s
    if budget_s is not None and not (_is_number(budget_s) and 0 < budget_s < math.inf):
        raise _refuse("time_budget_s", repr(budget_s), "choose a number of seconds above 0, or none.")
    for setting in ("generator_rate", "discriminator_rate"):
        _check_rate(setting, getattr(recipe, setting), recipe.synthesizer)


def _check_whole(setting: str, value: object, least: int, most: float) -> None:
    if value is None and setting == "patience":
        return
    if not _is_whole(value, least, most):
        limit = "" if most == math.inf else f" and at most {most:,}"
        raise _refuse(setting, repr(value), f"choose a whole number, at least {least}{limit}.")


def _is_whole(value: object, least: int, most: float) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _is_possible(setting: str, value: object) -> bool:
    return value in _CHOICES[setting] if setting in _CHOICES else _is_whole(value, *_RANGES[setting])


def _check_rate(setting: str, rate: object, synthesizer: str) -> None:
    if not (_is_number(rate) and 0 < rate <= 1):  # type: ignore[operator]
        raise _refuse(setting, repr(rate), "choose a number above 0, at most 1.")
    if rate != _RATE and synthesizer != "ctgan":
        raise RecipeError(
            f"The recipe sets {setting}, which {synthesizer} does not support.",
            "omit it, or choose ctgan.",
        )


def list_unread(synthesizer: str | None) -> tuple[str, ...]:
    """The settings that change nothing in a model of this synthesizer."""
    return _UNREAD.get(synthesizer or "", ())


def reads(synthesizer: str, setting: str) -> bool:
    """Whether a setting changes a model of this synthesizer, or is looked at where it is left open."""
    is_open = synthesizer == AUTO and setting in OF_ONE_SYNTHESIZER
    return not is_open and setting not in list_unread(synthesizer)


def has_epochs(synthesizer: str | None) -> bool:
    """Whether a synthesizer trains in epochs, so that their number changes its model."""
    return "epochs" not in list_unread(synthesizer)


def name_training(synthesizer: str | None, epochs: int) -> str:
    """A training in few words: "ctgan, 70 epochs", "gaussian_copula"."""
    return f"{synthesizer}, {count_epochs(epochs)}" if has_epochs(synthesizer) else f"{synthesizer}"


def name_recipe(recipe: Recipe, epochs: int | None = None) -> str:
    """A recipe in few words, with HMA where it comes first: "ctgan after HMA, 70 epochs".

    `epochs` are those that were trained, where they are known; else those of the recipe.
    """
    synthesizer = recipe.synthesizer_label
    known = recipe.epochs if epochs is None else epochs
    return f"{synthesizer}, {count_epochs(known)}" if has_epochs(recipe.synthesizer) else synthesizer


def count_epochs(epochs: int) -> str:
    """A number of epochs in words: "1 epoch", "2,000 epochs"."""
    return "1 epoch" if epochs == 1 else f"{epochs:,} epochs"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _refuse(setting: str, value: str, hint: str) -> RecipeError:
    return RecipeError(f"The recipe's {setting} is {value}.", hint)


def describe_setup(columns: tuple[ModelledColumn, ...], recipe: Recipe) -> dict[str, Any]:
    """Columns and recipe as JSON-able values; `read_setup` gives them back."""
    return {
        "columns": [{"name": column.name, "kind": column.kind.value} for column in columns],
        "recipe": recipe.as_dict(),
    }


def read_setup(values: Mapping[str, Any]) -> tuple[tuple[ModelledColumn, ...], Recipe]:
    """Columns and recipe of a state's values."""
    columns = (ModelledColumn(column["name"], ModelledType(column["kind"])) for column in values["columns"])
    return tuple(columns), Recipe(**values["recipe"])


_ON_GPU = ("ctgan", "autoregressive")


def settle_device(recipe: Recipe) -> Recipe:
    """The recipe with the device that `auto` means here, so that a model's id depends on it."""
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
