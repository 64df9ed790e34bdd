"""How a model is trained: the part of a request that decides its weights."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Recipe:
    """Settings of one training; equal recipes on equal data give equal weights.

    The thread count belongs to it, because the order of floating-point sums follows it.
    `patience` counts epochs without a better holdout quality (None: never stop early);
    `time_budget_s` is in seconds (None: no limit).
    """

    synthesizer: str = "ctgan"
    epochs: int = 70
    use_hma: bool = True
    batch_size: int = 500
    seed: int = 0
    threads: int = 2
    patience: int | None = None
    time_budget_s: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for manifests and fingerprints."""
        return asdict(self)
