"""How a model is trained: the part of a request that decides its weights."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal


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
    generator_rate: float = 2e-4
    discriminator_rate: float = 2e-4

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for manifests and fingerprints."""
        return asdict(self)
