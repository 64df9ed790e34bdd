"""How a model of several tables is trained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from pipeline.errors import RecipeError
from pipeline.synthesizers.recipe import name_training

if TYPE_CHECKING:
    from pipeline.settings import TrainingDefaults

AUTOREGRESSIVE, HMA = "autoregressive", "hma"
RELATED_SYNTHESIZERS: Mapping[str, str] = MappingProxyType(
    {
        AUTOREGRESSIVE: "any number of tables, at any depth",
        HMA: "SDV's own, for at most five tables on two levels",
    }
)
"""What can learn several tables, and where."""
_MOST_EPOCHS = 10_000


@dataclass(frozen=True)
class RelatedRecipe:
    """Settings of one training of several tables; equal recipes on equal data give equal weights.

    `epochs` is the most that each table is trained for; training ends before when held-out rows gain nothing.
    `hma` has none. The thread count belongs to it, because the order of floating-point sums follows it.
    """

    synthesizer: str = AUTOREGRESSIVE
    epochs: int = 70
    seed: int = 0
    threads: int = 1

    def __post_init__(self) -> None:
        if self.synthesizer not in RELATED_SYNTHESIZERS:
            raise RecipeError(
                f'"{self.synthesizer}" does not learn several tables.',
                f"choose one of {', '.join(RELATED_SYNTHESIZERS)}.",
            )
        for name, least, most in (("epochs", 1, _MOST_EPOCHS), ("seed", 0, 2**63 - 1), ("threads", 1, 256)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
                raise RecipeError(
                    f"The recipe sets {name} to {value!r}.",
                    f"choose a whole number from {least} to {most:,}.",
                )
        if self.synthesizer == HMA:
            object.__setattr__(self, "epochs", RelatedRecipe.epochs)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for manifests and fingerprints."""
        return asdict(self)


def name_related(recipe: RelatedRecipe) -> str:
    """A recipe in few words, with the epochs that were ordered: "autoregressive, 70 epochs"."""
    # SDV's HMA fits in one go.
    return (
        recipe.synthesizer if recipe.synthesizer == HMA else name_training(recipe.synthesizer, recipe.epochs)
    )


def configure_related(training: TrainingDefaults, **changes: Any) -> RelatedRecipe:
    """The configured recipe of several tables with changes."""
    return RelatedRecipe(**{"threads": training.threads, "epochs": training.epochs, **changes})
