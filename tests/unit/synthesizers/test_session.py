"""The loop that drives trainings, and the monitors of epochs, on a trainer that learns nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.errors import TrainingError
from pipeline.progress import Progress, Signal
from pipeline.synthesizers.autoregressive.monitor import LikelihoodMonitor
from pipeline.synthesizers.ctgan.monitor import QualityMonitor
from pipeline.synthesizers.recipe import Recipe
from pipeline.synthesizers.session import TrainingSession, Weights

RECIPE = Recipe("autoregressive", epochs=20)


class _Trainer:
    """Counts its epochs, which are its weights; its validation losses are given."""

    def __init__(self, losses: list[float]) -> None:
        self._losses, self.epoch = losses, 0
        self.cuts: list[int] = []

    def run_epoch(self) -> dict[str, float]:
        self.epoch += 1
        return {"validation": self._losses[self.epoch - 1]}

    def lower_rate(self, best: Weights) -> None:
        self.cuts.append(int(best["epoch"][0]))

    @property
    def weights(self) -> dict[str, np.ndarray]:
        return {"epoch": np.array([self.epoch])}

    @property
    def state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        return {"epoch": self.epoch, "cuts": self.cuts}, {}

    def resume(self, values: Mapping[str, Any], _arrays: Mapping[str, np.ndarray]) -> None:
        self.epoch, self.cuts = values["epoch"], values["cuts"]


def _session(trainer: _Trainer, recipe: Recipe = RECIPE, **options: Any) -> TrainingSession:
    monitor = LikelihoodMonitor(trainer, recipe.patience)  # type: ignore[arg-type]
    return TrainingSession(trainer, monitor, recipe, "print", **options)


def test_the_rate_is_cut_once_from_the_best_epoch_and_the_next_stall_ends_the_training() -> None:
    trainer = _Trainer([5.0, 4.0, 4.5, 4.4, 4.2, 3.9, 4.0, 4.0, 4.0, 3.0])
    report, weights = _session(trainer).run()
    assert trainer.cuts == [2]
    assert (report.epochs_trained, report.kept_epoch, report.was_stopped) == (9, 6, False)
    assert weights["epoch"].tolist() == [6]


def test_patience_of_the_recipe_replaces_that_of_the_monitor() -> None:
    trainer = _Trainer([5.0, 6.0, 6.0, 1.0])
    report, _ = _session(trainer, replace(RECIPE, patience=1)).run()
    assert trainer.cuts == [1]
    assert (report.epochs_trained, report.kept_epoch) == (3, 1)


def test_quality_is_measured_at_intervals_and_once_for_the_kept_epoch() -> None:
    measured: list[int] = []

    def score(weights: Weights) -> float:
        measured.append(int(weights["epoch"][0]))
        return weights["epoch"][0] / 100

    report, _ = _session(_Trainer([3.0, 2.0, 1.0, *[4.0] * 6]), score=score).run()
    assert measured == [2, 4, 6, 8, 3]
    assert report.history[2].quality == 0.03
    assert report.history[8].quality is None


def test_a_long_training_is_measured_every_25_epochs() -> None:
    session = _session(
        _Trainer([1 / epoch for epoch in range(1, 101)]),
        replace(RECIPE, epochs=5_000),
        score=lambda weights: 0.5,
        on_progress=lambda progress: Signal.STOP if progress.epoch == 60 else Signal.CONTINUE,
    )
    report, _ = session.run()
    measured = [progress.epoch for progress in report.history if progress.quality is not None]
    assert measured == [25, 50, 60]


def test_the_last_epoch_is_kept_where_the_recipe_says_so() -> None:
    report, weights = _session(_Trainer([1.0, *[2.0] * 9]), replace(RECIPE, keep="last")).run()
    assert (report.kept_epoch, weights["epoch"].tolist()) == (7, [7])


def test_a_killed_session_remembers_its_monitor(tmp_path: Path) -> None:
    losses = [5.0, 4.0, 4.5, 4.4, 4.2, 4.3, 4.3, 4.3, 4.3]

    def die(progress: Progress) -> None:
        if progress.epoch == 7:
            raise KeyboardInterrupt("in epoch 7")

    with pytest.raises(KeyboardInterrupt, match="in epoch 7"):
        _session(_Trainer(losses), on_progress=die, checkpoint=tmp_path / "run").run()
    resumed = _Trainer(losses)
    report, weights = _session(resumed, checkpoint=tmp_path / "run").run()
    assert (report.epochs_trained, report.kept_epoch, weights["epoch"].tolist()) == (8, 2, [2])
    assert resumed.cuts == [2]


def test_stop_saves_the_epoch_that_was_reported(tmp_path: Path) -> None:
    recipe, heard = replace(RECIPE, epochs=200), list[int]()

    def stop(progress: Progress) -> Signal:
        heard.append(progress.epoch)
        return Signal.STOP if progress.epoch == 3 else Signal.CONTINUE

    losses = [1 / (epoch + 1) for epoch in range(200)]
    stopped, _ = _session(_Trainer(losses), recipe, on_progress=stop, checkpoint=tmp_path / "run").run()
    assert (stopped.epochs_trained, stopped.was_stopped) == (3, True)
    report, _ = _session(
        _Trainer(losses), recipe, on_progress=lambda one: heard.append(one.epoch), checkpoint=tmp_path / "run"
    ).run()
    assert heard == list(range(1, 201))
    assert (report.epochs_trained, report.was_stopped) == (200, False)


def test_quality_decides_where_losses_say_nothing() -> None:
    trainer = _Trainer([0.0] * 20)
    monitor = QualityMonitor(trainer, patience=4, is_measured=True)  # type: ignore[arg-type]
    qualities = {2: 0.5, 4: 0.8, 6: 0.7, 8: 0.7}
    session = TrainingSession(
        trainer,
        monitor,
        replace(RECIPE, patience=4),
        "print",
        score=lambda weights: qualities[int(weights["epoch"][0])],
    )
    report, weights = session.run()
    assert (report.epochs_trained, report.kept_epoch, weights["epoch"].tolist()) == (8, 4, [4])


@pytest.mark.parametrize(("losses", "epoch"), [([float("nan")] * 9, 1), ([5.0, 4.0, float("inf")], 3)])
def test_a_loss_that_is_no_number_ends_the_training_and_names_the_epoch(
    losses: list[float], epoch: int, tmp_path: Path
) -> None:
    message = f"diverged in epoch {epoch}: its validation loss is {losses[-1]}"
    with pytest.raises(TrainingError, match=message) as caught:
        _session(_Trainer(losses), checkpoint=tmp_path / "run").run()
    assert caught.value.hint.startswith("lower the learning rates")
