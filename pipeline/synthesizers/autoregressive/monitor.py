"""The likelihood of rows held out decides which epoch is best, when the rate is cut, and when to end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pipeline.synthesizers.autoregressive.trainer import Trainer
from pipeline.synthesizers.session import Best

_PATIENCE = 3
_RATE_CUTS = 1


class LikelihoodMonitor:
    """The likeliest epoch is best.

    After `patience` epochs without a better one the rate is cut once and training goes on from the best;
    after as many again it is enough.
    """

    needs_quality: ClassVar[bool] = False

    def __init__(self, trainer: Trainer, patience: int | None) -> None:
        self._trainer = trainer
        self._patience = _PATIENCE if patience is None else patience
        self._stalled = self._rate_cuts = 0
        self.best = Best()

    def record(self, epoch: int, losses: Mapping[str, float], quality: float | None) -> None:
        """Keep the epoch where it is the best so far; cut the rate where none has been for a while."""
        self._stalled += 1
        if -losses["validation"] > self.best.score:
            self.best, self._stalled = Best(-losses["validation"], epoch, self._trainer.weights), 0
        elif self._stalled >= self._patience and self._rate_cuts < _RATE_CUTS:
            self._trainer.lower_rate(self.best.weights)
            self._rate_cuts, self._stalled = self._rate_cuts + 1, 0

    @property
    def is_satisfied(self) -> bool:
        """Whether the likelihood has stalled at the lowest rate too."""
        return self._rate_cuts == _RATE_CUTS and self._stalled >= self._patience

    @property
    def values(self) -> dict[str, Any]:
        """How long it has stalled, and how often the rate was cut."""
        return {"stalled": self._stalled, "rate_cuts": self._rate_cuts}

    def resume(self, values: Mapping[str, Any]) -> None:
        """Go on from `values`."""
        self._stalled, self._rate_cuts = values["stalled"], values["rate_cuts"]
