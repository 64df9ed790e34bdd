"""Which epoch counts as the best one, and when a training ends."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from pipeline.synthesizers.autoregressive.monitor import LikelihoodMonitor


class _Trainer(SimpleNamespace):
    """Weights that tell their epoch, and where a lower rate went on from."""

    went_on_from: float | None = None

    def lower_rate(self, best: Mapping[str, np.ndarray]) -> None:
        self.went_on_from = float(best["epoch"])


def _watch(losses: list[float]) -> tuple[LikelihoodMonitor, Any]:
    trainer: Any = _Trainer()
    monitor = LikelihoodMonitor(trainer, patience=2)
    for epoch, loss in enumerate(losses, start=1):
        trainer.weights = {"epoch": np.array(epoch)}
        monitor.record(epoch, {"training": 0.0, "validation": loss}, None)
    return monitor, trainer


def test_the_likeliest_epoch_is_kept_and_small_gains_cut_the_rate() -> None:
    monitor, trainer = _watch([3.0, 2.99, 2.985])
    assert (monitor.best.epoch, float(monitor.best.weights["epoch"])) == (3, 3.0)
    assert (trainer.went_on_from, monitor.is_satisfied) == (3.0, False)


@pytest.mark.parametrize(
    ("losses", "is_satisfied"),
    [
        ([3.0, 2.99, 2.985, 2.984, 2.983], True),
        # Small gains may add up to a clear one.
        ([3.0, 2.99, 2.985, 2.984, 2.975], False),
        ([3.0, 3.1, 3.2, 2.9, 2.95], False),
    ],
)
def test_small_gains_end_the_training(losses: list[float], is_satisfied: bool) -> None:
    assert _watch(losses)[0].is_satisfied is is_satisfied


def test_a_monitor_goes_on_from_its_values() -> None:
    monitor, trainer = _watch([3.0, 2.99])
    resumed = LikelihoodMonitor(trainer, patience=2)
    resumed.resume(monitor.values)
    assert resumed.values == monitor.values == {"stalled": 1, "rate_cuts": 0, "last_gain": -3.0}
