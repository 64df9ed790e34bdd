"""A training from its first epoch, or its checkpoint, to the epoch with the best likelihood.

The likelihood of rows that were held out decides: after some epochs without a better one the rate is cut
once, after as many again training ends. Patience, the time budget and a STOP from the callback can end it
sooner; the number of epochs is an upper bound.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.synthesizers.autoregressive.trainer import Trainer
from pipeline.synthesizers.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from pipeline.synthesizers.protocol import FitReport, OnProgress, Progress, Signal, Stage
from pipeline.synthesizers.recipe import Recipe

_PATIENCE = 3
_RATE_CUTS = 1
_MEASUREMENTS = 10
_CHECKPOINT_INTERVAL_S = 10.0

WeightScorer = Callable[[Mapping[str, np.ndarray]], float]
"""Mean weights → quality 0–1 of a sample."""


@dataclass
class _Best:
    loss: float = math.inf
    epoch: int = 0
    weights: dict[str, np.ndarray] = field(default_factory=dict)


class TrainingSession:
    """Drives one trainer through the epochs of one recipe."""

    def __init__(
        self,
        trainer: Trainer,
        recipe: Recipe,
        fingerprint: str,
        on_progress: OnProgress | None = None,
        score: WeightScorer | None = None,
        checkpoint: Path | None = None,
    ) -> None:
        self._trainer, self._recipe, self._fingerprint = trainer, recipe, fingerprint
        self._on_progress, self._score, self._checkpoint = on_progress, score, checkpoint
        self._history: list[Progress] = []
        self._best = _Best()
        self._stalled = self._rate_cuts = 0
        self._earlier_s = 0.0
        self._started = self._saved = time.monotonic()

    def run(self) -> tuple[FitReport, dict[str, np.ndarray]]:
        """Train; give the report and the mean weights of the kept epoch."""
        self._resume()
        is_asked_to_stop = False
        while not is_asked_to_stop and not self._is_finished():
            self._train_epoch()
            is_asked_to_stop = self._report() == Signal.STOP
            self._save_sometimes(is_asked_to_stop)
        self._measure_last()
        epoch, weights = self._kept()
        was_stopped = is_asked_to_stop and not self._is_finished()
        return FitReport(self._epoch, epoch, self._seconds, was_stopped, tuple(self._history)), weights

    @property
    def _epoch(self) -> int:
        return len(self._history)

    @property
    def _seconds(self) -> float:
        return self._earlier_s + time.monotonic() - self._started

    def _train_epoch(self) -> None:
        losses = self._trainer.run_epoch()
        epoch = self._epoch + 1
        self._judge(epoch, losses["validation"])
        is_measured = epoch % max(1, self._recipe.epochs // _MEASUREMENTS) == 0
        quality = self._measure() if is_measured else None
        self._history.append(
            Progress(Stage.TRAIN, epoch, self._recipe.epochs, self._seconds, losses, quality)
        )

    def _judge(self, epoch: int, loss: float) -> None:
        """Keep the epoch where it is the best so far; cut the rate where none has been for a while."""
        self._stalled += 1
        if loss < self._best.loss:
            self._best, self._stalled = _Best(loss, epoch, self._trainer.mean_weights), 0
        elif self._stalled >= self._patience and self._rate_cuts < _RATE_CUTS:
            self._trainer.lower_rate(self._best.weights)
            self._rate_cuts, self._stalled = self._rate_cuts + 1, 0

    @property
    def _patience(self) -> int:
        return _PATIENCE if self._recipe.patience is None else self._recipe.patience

    def _is_finished(self) -> bool:
        is_stalled = self._rate_cuts == _RATE_CUTS and self._stalled >= self._patience
        budget_s = self._recipe.time_budget_s
        is_late = budget_s is not None and self._history and self._seconds >= budget_s
        return self._epoch >= self._recipe.epochs or is_stalled or bool(is_late)

    def _report(self) -> Signal | None:
        return self._on_progress(self._history[-1]) if self._on_progress else None

    def _measure(self) -> float | None:
        return self._score(self._trainer.mean_weights) if self._score else None

    def _measure_last(self) -> None:
        """Measure what is kept, where its epoch was between two measurements."""
        epoch, weights = self._kept()
        if self._score and self._history and self._history[epoch - 1].quality is None:
            self._history[epoch - 1] = replace(self._history[epoch - 1], quality=self._score(weights))

    def _kept(self) -> tuple[int, dict[str, np.ndarray]]:
        if self._recipe.keep == "best" and self._best.weights:
            return self._best.epoch, self._best.weights
        return self._epoch, self._trainer.mean_weights

    def _save_sometimes(self, is_last: bool) -> None:
        is_due = is_last or time.monotonic() - self._saved >= _CHECKPOINT_INTERVAL_S
        interval = max(1, self._recipe.epochs // _MEASUREMENTS)
        if self._checkpoint and (is_due or self._epoch % interval == 0):
            save_checkpoint(self._checkpoint, self._state())
            self._saved = time.monotonic()

    def _state(self) -> Checkpoint:
        trainer_values, trainer_arrays = self._trainer.state
        values: dict[str, Any] = {
            "trainer": trainer_values,
            "history": [asdict(progress) for progress in self._history],
            "best": {"loss": self._best.loss, "epoch": self._best.epoch},
            "stalled": self._stalled,
            "rate_cuts": self._rate_cuts,
            "seconds": self._seconds,
        }
        best = {f"best.{name}": array for name, array in self._best.weights.items()}
        return Checkpoint(self._fingerprint, values, {**trainer_arrays, **best})

    def _resume(self) -> None:
        found = load_checkpoint(self._checkpoint, self._fingerprint) if self._checkpoint else None
        if found is None:
            return
        values = found.values
        self._trainer.resume(values["trainer"], found.arrays)
        self._history = [Progress(**{**entry, "stage": Stage(entry["stage"])}) for entry in values["history"]]
        weights = {
            name.removeprefix("best."): array
            for name, array in found.arrays.items()
            if name.startswith("best.")
        }
        self._best = _Best(values["best"]["loss"], values["best"]["epoch"], weights)
        self._stalled, self._rate_cuts = values["stalled"], values["rate_cuts"]
        self._earlier_s = values["seconds"]
