"""A training from its first epoch, or its checkpoint, to the state that is kept.

One loop for every synthesizer of ours: it trains, measures quality if there is a scorer, reports, and saves.
Quality is measured about ten times, or every 25 epochs where that is more often. A monitor decides which
epoch is the best so far and when to end; the time budget and a STOP from the callback end the loop between
two epochs too.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, Protocol

import numpy as np
import pandas as pd

from pipeline.errors import TrainingError
from pipeline.progress import OnProgress, Progress, Signal, Stage
from pipeline.synthesizers.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from pipeline.synthesizers.protocol import FitReport, Scorer, take_arrays
from pipeline.synthesizers.recipe import Recipe

_CHECKPOINT_INTERVAL_S = 10.0
_PARTS, _LONGEST_INTERVAL = 10, 25
_SCORED_ROWS = 1_000
_BEST = "best."
_MONITOR = "judge"  # Checkpoint files have this key.

Weights = Mapping[str, np.ndarray]
WeightScorer = Callable[[Weights], float]
"""Weights as a trainer gives them → quality 0–1 of a sample."""
Sampling = Callable[[int, int], pd.DataFrame]
"""Rows and seed → a sample."""


def make_weight_scorer(
    scorer: Scorer | None, sampling_of: Callable[[Weights], Sampling], rows: int, seed: int
) -> WeightScorer | None:
    """Score weights by a sample of as many rows as were learned, up to 1,000; None without a scorer."""
    if scorer is None:
        return None
    return lambda weights: scorer(sampling_of(weights)(min(rows, _SCORED_ROWS), seed))


class Trainer(Protocol):
    """What is trained, an epoch at a time."""

    def run_epoch(self) -> dict[str, float]:
        """Train on every row about once; give the losses."""
        ...

    @property
    def weights(self) -> dict[str, np.ndarray]:
        """A copy of what a model of this moment needs."""
        ...

    @property
    def state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """JSON-able values and arrays from which training goes on bit for bit."""
        ...

    def resume(self, values: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
        """Go on from a `state`."""
        ...


@dataclass
class Best:
    """The best epoch so far and its weights; of two epochs the one with the higher score is better."""

    score: float = -math.inf
    epoch: int = 0
    weights: dict[str, np.ndarray] = field(default_factory=dict)


class EpochMonitor(Protocol):
    """Decides which epoch is best, and when training ends by itself.

    `needs_quality` where epochs can only be compared by the measured quality, so that the last one is
    measured whenever the loop ends.
    """

    needs_quality: ClassVar[bool]
    best: Best

    def record(self, epoch: int, losses: Mapping[str, float], quality: float | None) -> None:
        """Take note of an epoch; quality is None where it was not measured."""
        ...

    @property
    def is_satisfied(self) -> bool:
        """Whether more epochs are not worth their time."""
        ...

    @property
    def values(self) -> dict[str, Any]:
        """JSON-able values, besides `best`, for `resume`."""
        ...

    def resume(self, values: Mapping[str, Any]) -> None:
        """Go on from `values`; `best` is set already."""
        ...


class TrainingSession:
    """Drives one trainer through the epochs of one recipe."""

    def __init__(
        self,
        trainer: Trainer,
        monitor: EpochMonitor,
        recipe: Recipe,
        fingerprint: str,
        on_progress: OnProgress | None = None,
        score: WeightScorer | None = None,
        checkpoint: Path | None = None,
    ) -> None:
        self._trainer, self._monitor, self._recipe, self._fingerprint = trainer, monitor, recipe, fingerprint
        self._on_progress, self._score, self._checkpoint = on_progress, score, checkpoint
        self._history: list[Progress] = []
        self._earlier_s = 0.0
        self._started = self._saved = time.monotonic()

    def run(self) -> tuple[FitReport, dict[str, np.ndarray]]:
        """Train; give the report and the weights of the kept epoch."""
        self._resume()
        is_asked_to_stop, is_over = False, self._is_over()
        while not (is_asked_to_stop or is_over):
            self._train_epoch()
            is_asked_to_stop, is_over = self._report() == Signal.STOP, self._is_over()
            self._save_sometimes(is_asked_to_stop, is_over)
        self._measure_last()
        epoch, weights = self._kept()
        self._measure_kept(epoch, weights)
        was_stopped = is_asked_to_stop and not is_over
        return FitReport(self._epoch, epoch, self._seconds, was_stopped, tuple(self._history)), weights

    @property
    def _epoch(self) -> int:
        return len(self._history)

    @property
    def _seconds(self) -> float:
        return self._earlier_s + time.monotonic() - self._started

    def _train_epoch(self) -> None:
        losses, epoch = self._trainer.run_epoch(), self._epoch + 1
        _require_finite(losses, epoch)
        quality = self._score(self._trainer.weights) if self._score and self._is_measured(epoch) else None
        self._monitor.record(epoch, losses, quality)
        self._history.append(
            Progress(Stage.TRAIN, epoch, self._recipe.epochs, self._seconds, losses, quality)
        )

    def _report(self) -> Signal | None:
        return self._on_progress(self._history[-1]) if self._on_progress else None

    def _is_measured(self, epoch: int) -> bool:
        interval = self._interval
        if self._monitor.needs_quality and self._recipe.patience is not None:
            interval = max(1, min(interval, self._recipe.patience))
        return epoch % interval == 0 or (self._monitor.needs_quality and epoch == self._recipe.epochs)

    @property
    def _interval(self) -> int:
        """Epochs between two measurements, and at most between two checkpoints."""
        return max(1, min(self._recipe.epochs // _PARTS, _LONGEST_INTERVAL))

    def _is_over(self) -> bool:
        budget_s = self._recipe.time_budget_s
        is_late = budget_s is not None and self._epoch > 0 and self._seconds >= budget_s
        return self._epoch >= self._recipe.epochs or is_late or self._monitor.is_satisfied

    def _measure_last(self) -> None:
        """Measure and record the last state too, when the loop ended between two measurements."""
        last = self._history[-1]
        if self._score and self._monitor.needs_quality and last.quality is None:
            quality = self._score(self._trainer.weights)
            self._monitor.record(self._epoch, last.losses, quality)
            self._history[-1] = replace(last, quality=quality)

    def _kept(self) -> tuple[int, dict[str, np.ndarray]]:
        best = self._monitor.best
        if self._recipe.keep == "best" and best.weights:
            return best.epoch, best.weights
        return self._epoch, self._trainer.weights

    def _measure_kept(self, epoch: int, weights: Weights) -> None:
        if self._score and self._history[epoch - 1].quality is None:
            self._history[epoch - 1] = replace(self._history[epoch - 1], quality=self._score(weights))

    def _save_sometimes(self, is_asked_to_stop: bool, is_over: bool) -> None:
        is_late = time.monotonic() - self._saved >= _CHECKPOINT_INTERVAL_S
        is_due = is_asked_to_stop or is_late or self._epoch % self._interval == 0
        if self._checkpoint is None or is_over or not is_due:
            return
        save_checkpoint(self._checkpoint, self._state())
        self._saved = time.monotonic()

    def _state(self) -> Checkpoint:
        trainer_values, trainer_arrays = self._trainer.state
        best = self._monitor.best
        values: dict[str, Any] = {
            "trainer": trainer_values,
            _MONITOR: self._monitor.values,
            "best": {"score": best.score, "epoch": best.epoch} if best.weights else None,
            "history": [asdict(progress) for progress in self._history],
            "seconds": self._seconds,
        }
        kept = {_BEST + name: array for name, array in best.weights.items()}
        return Checkpoint(self._fingerprint, values, {**trainer_arrays, **kept})

    def _resume(self) -> None:
        found = load_checkpoint(self._checkpoint, self._fingerprint) if self._checkpoint else None
        if found is None:
            return
        values = found.values
        self._trainer.resume(values["trainer"], found.arrays)
        if values["best"]:
            self._monitor.best = Best(**values["best"], weights=take_arrays(found.arrays, _BEST))
        self._monitor.resume(values[_MONITOR])
        self._history = [Progress(**{**entry, "stage": Stage(entry["stage"])}) for entry in values["history"]]
        self._earlier_s = values["seconds"]


def _require_finite(losses: Mapping[str, float], epoch: int) -> None:
    """Raise TrainingError where the weights have run away: no later epoch can bring them back."""
    for name, loss in losses.items():
        if not math.isfinite(loss):
            raise TrainingError(
                f"Training diverged in epoch {epoch}: its {name} loss is {loss}.",
                "lower the learning rates (ctgan has two), choose a larger batch size or another seed, and "
                "look for numbers far out of range.",
            )
