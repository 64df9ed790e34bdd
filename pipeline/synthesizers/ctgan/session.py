"""A training from its first epoch, or its checkpoint, to the state that is kept.

With a scorer, quality is measured about ten times and after the last epoch. Which state is kept is
the recipe's choice: `best` keeps the one that scored best, `last` the last one; without a scorer that is
the same. Patience, the time budget and a STOP from the callback end the loop between two epochs.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.errors import TrainingError
from pipeline.synthesizers.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from pipeline.synthesizers.ctgan.trainer import Trainer
from pipeline.synthesizers.protocol import FitReport, OnProgress, Progress, Signal, Stage
from pipeline.synthesizers.recipe import Recipe

_CHECKPOINT_INTERVAL_S = 10.0
_MEASUREMENTS = 10

GeneratorScorer = Callable[[Mapping[str, np.ndarray]], float]
"""Generator arrays → quality 0–1 of a sample."""


@dataclass
class _Best:
    quality: float = -np.inf
    epoch: int = 0
    arrays: dict[str, np.ndarray] = field(default_factory=dict)


class TrainingSession:
    """Drives one trainer through the epochs of one recipe."""

    def __init__(
        self,
        trainer: Trainer,
        recipe: Recipe,
        fingerprint: str,
        on_progress: OnProgress | None = None,
        score: GeneratorScorer | None = None,
        checkpoint: Path | None = None,
    ) -> None:
        if recipe.patience is not None and score is None:
            raise TrainingError(
                "Early stopping needs a holdout to measure quality against.",
                "leave patience out, or use a dataset with a holdout.",
            )
        self._trainer, self._recipe, self._fingerprint = trainer, recipe, fingerprint
        self._on_progress, self._score, self._checkpoint = on_progress, score, checkpoint
        self._history: list[Progress] = []
        self._best = _Best()
        self._earlier_s = 0.0
        self._started = self._saved = time.monotonic()

    def run(self) -> tuple[FitReport, dict[str, np.ndarray]]:
        """Train; give the report and the generator arrays of the kept epoch."""
        self._resume()
        is_asked_to_stop = is_over = False
        while self._epoch < self._recipe.epochs and not is_over:
            self._train_epoch()
            is_asked_to_stop = self._report() == Signal.STOP
            is_over = is_asked_to_stop or self._is_exhausted()
            # A stopped training can go on later, one that is exhausted has nothing left to do.
            if is_asked_to_stop or not is_over:
                self._save_sometimes(is_asked_to_stop)
        self._measure_last()
        kept_epoch, arrays = self._kept()
        was_stopped = is_asked_to_stop and self._epoch < self._recipe.epochs
        return FitReport(self._epoch, kept_epoch, self._seconds, was_stopped, tuple(self._history)), arrays

    @property
    def _epoch(self) -> int:
        return len(self._history)

    @property
    def _seconds(self) -> float:
        return self._earlier_s + time.monotonic() - self._started

    def _train_epoch(self) -> None:
        losses = self._trainer.run_epoch()
        epoch = self._epoch + 1
        quality = self._measure(epoch) if self._is_measured(epoch) else None
        self._history.append(
            Progress(Stage.TRAIN, epoch, self._recipe.epochs, self._seconds, losses, quality)
        )

    def _report(self) -> Signal | None:
        return self._on_progress(self._history[-1]) if self._on_progress else None

    def _is_measured(self, epoch: int) -> bool:
        interval = max(1, self._recipe.epochs // _MEASUREMENTS)
        if self._recipe.patience is not None:
            interval = max(1, min(interval, self._recipe.patience))
        return epoch % interval == 0 or epoch == self._recipe.epochs

    def _measure(self, epoch: int) -> float | None:
        if self._score is None:
            return None
        arrays = self._trainer.generator.arrays
        quality = self._score(arrays)
        if quality > self._best.quality:
            self._best = _Best(quality, epoch, arrays)
        return quality

    def _measure_last(self) -> None:
        """Measure the last state too when the loop ended between two measurements."""
        if self._history and self._history[-1].quality is None:
            quality = self._measure(self._epoch)
            self._history[-1] = replace(self._history[-1], quality=quality)

    def _is_exhausted(self) -> bool:
        patience, budget_s = self._recipe.patience, self._recipe.time_budget_s
        is_stalled = patience is not None and self._epoch - self._best.epoch >= patience
        return is_stalled or (budget_s is not None and self._seconds >= budget_s)

    def _kept(self) -> tuple[int, dict[str, np.ndarray]]:
        if self._recipe.keep == "best" and self._best.arrays:
            return self._best.epoch, self._best.arrays
        return self._epoch, self._trainer.generator.arrays

    def _save_sometimes(self, is_last: bool) -> None:
        interval = max(1, self._recipe.epochs // _MEASUREMENTS)
        is_due = (
            is_last or self._epoch % interval == 0 or time.monotonic() - self._saved >= _CHECKPOINT_INTERVAL_S
        )
        if self._checkpoint is None or not is_due:
            return
        save_checkpoint(self._checkpoint, self._state())
        self._saved = time.monotonic()

    def _state(self) -> Checkpoint:
        trainer_values, trainer_arrays = self._trainer.state
        values: dict[str, Any] = {
            "trainer": trainer_values,
            "history": [asdict(progress) for progress in self._history],
            "best": {"quality": self._best.quality, "epoch": self._best.epoch} if self._best.arrays else None,
            "seconds": self._seconds,
        }
        best = {f"best.{name}": array for name, array in self._best.arrays.items()}
        return Checkpoint(self._fingerprint, values, {**trainer_arrays, **best})

    def _resume(self) -> None:
        found = load_checkpoint(self._checkpoint, self._fingerprint) if self._checkpoint else None
        if found is None:
            return
        self._trainer.resume(found.values["trainer"], found.arrays)
        self._history = [
            Progress(**{**entry, "stage": Stage(entry["stage"])}) for entry in found.values["history"]
        ]
        self._earlier_s = found.values["seconds"]
        if found.values["best"]:
            arrays = {
                name.removeprefix("best."): array
                for name, array in found.arrays.items()
                if name.startswith("best.")
            }
            self._best = _Best(found.values["best"]["quality"], found.values["best"]["epoch"], arrays)
