"""CTGAN's losses say little about its rows: measured quality decides which epoch is best."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pipeline.errors import TrainingError
from pipeline.synthesizers.ctgan.trainer import Trainer
from pipeline.synthesizers.session import Best


class QualityMonitor:
    """The epoch that scored highest is best; `patience` epochs without a better one are enough."""

    needs_quality: ClassVar[bool] = True

    def __init__(self, trainer: Trainer, patience: int | None, is_measured: bool) -> None:
        if patience is not None and not is_measured:
            raise TrainingError(
                "Early stopping needs a holdout to measure quality against.",
                "omit patience, or use a dataset with a holdout.",
            )
        self._trainer, self._patience, self._epoch = trainer, patience, 0
        self.best = Best()

    def record(self, epoch: int, losses: Mapping[str, float], quality: float | None) -> None:
        """Keep the epoch where it scores higher than every one before."""
        self._epoch = epoch
        if quality is not None and quality > self.best.score:
            self.best = Best(quality, epoch, self._trainer.weights)

    @property
    def is_satisfied(self) -> bool:
        """Whether quality has stalled for as long as the recipe waits."""
        return self._patience is not None and self._epoch - self.best.epoch >= self._patience

    @property
    def values(self) -> dict[str, Any]:
        """The last epoch."""
        return {"epoch": self._epoch}

    def resume(self, values: Mapping[str, Any]) -> None:
        """Go on from `values`."""
        self._epoch = values["epoch"]
