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


@pytest.mark.parametrize(
    ("losses", "best"),
    [([3.0, 2.97, 2.98], 2), ([3.0, 2.99], 1), ([3.0, 2.985, 2.97], 3), ([3.0, 3.5], 1)],
)
def test_a_later_epoch_is_kept_where_it_is_clearly_likelier(losses: list[float], best: int) -> None:
    monitor, _ = _watch(losses)
    assert monitor.best.epoch == best
    assert float(monitor.best.weights["epoch"]) == best


def test_small_gains_cut_the_rate_and_end_the_training() -> None:
    monitor, trainer = _watch([3.0, 2.99, 2.985])
    assert (trainer.went_on_from, monitor.is_satisfied) == (1.0, False)
    monitor, _ = _watch([3.0, 2.99, 2.985, 2.984, 2.983])
    assert (monitor.best.epoch, monitor.is_satisfied) == (1, True)
