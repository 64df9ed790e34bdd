"""Trainings of one dataset beside each other: what each cost and what it reached."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.evaluation.figure import Figure
from pipeline.models.choice import make_candidate
from pipeline.models.model import ModelInfo
from pipeline.progress import Progress, Stage
from pipeline.reports.charts import Chart, Curve, TrialPoint, plot_curves, plot_quality
from pipeline.runs.orders import find_recipe
from pipeline.runs.records import Run, RunEpoch, TrainSummary
from pipeline.synthesizers.recipe import AUTO, Recipe, name_recipe


@dataclass(frozen=True)
class Trial:
    """One training that ended, or goes on; `seconds` that it took, `figure` its quality against the holdout.

    The seconds are those of all attempts at it, with what comes before the first epoch and after the last:
    loading libraries, trying synthesizers, HMA, preparing columns, refinement. Those of its epochs alone
    stand for a training that goes on, or whose model was there already. `epochs` were trained, and the
    state after `kept_epoch` became the model; `key` is the id of the run or of the model, `title` what the
    run is called. What was not measured is None.
    """

    key: str
    recipe: Recipe
    epochs: int
    kept_epoch: int | None
    seconds: float
    figure: Figure
    history: tuple[Progress, ...]
    title: str | None = None

    @property
    def quality(self) -> float | None:
        """The score of its figure, 0–1; None where it was not measured."""
        return self.figure.score

    @property
    def epoch_seconds(self) -> float:
        """What the epochs alone took, in seconds."""
        return self.history[-1].seconds if self.history else 0.0

    @property
    def label(self) -> str:
        """The title where it has one, else the recipe, with the beginning of the key, in few words."""
        return f"{self.title or name_recipe(self.recipe)} ({self.key[:4]})"

    @property
    def trained_label(self) -> str:
        """The same with the epochs that were trained, which may be fewer than the recipe asks for."""
        return f"{self.title or name_recipe(self.recipe, self.epochs)} ({self.key[:4]})"

    @property
    def score(self) -> float:
        """The quality that ranks it, 0–1; 0 where none was measured."""
        return self.figure.score or 0.0


def read_trial(run: Run, epochs: Sequence[RunEpoch]) -> Trial | None:
    """A training run as a trial; None where it trained nothing, because an equal model was there already."""
    recipe = find_trained(run)
    if recipe is None or not epochs:
        return None
    history = tuple(_as_progress(epoch, recipe.epochs) for epoch in epochs)
    last = history[-1]
    best = _find_best(history)
    kept = best if best and recipe.keep == "best" else last
    figure = run.figure if run.status.is_final else Figure(kept.quality)
    known = run.result.kept_epoch if isinstance(run.result, TrainSummary) else None
    kept_epoch = kept.epoch if known is None else known
    # A training that went on from another run's checkpoint took longer than its own run.
    seconds = max(last.seconds, (run.seconds or 0.0) if run.status.is_final else 0.0)
    return Trial(run.id, recipe, last.epoch, kept_epoch, seconds, figure, history, run.title)


def find_trained(run: Run) -> Recipe | None:
    """The recipe that a run has trained: that of the synthesizer that was taken where it was left open."""
    recipe, result = find_recipe(run.order), run.result
    if recipe is None or recipe.synthesizer != AUTO or not isinstance(result, TrainSummary):
        return recipe
    return make_candidate(recipe, result.synthesizer) if result.synthesizer else recipe


def read_model_trial(info: ModelInfo, seconds: float = 0.0) -> Trial:
    """A fitted model as a trial; `seconds` are what all of its training took, where known."""
    return Trial(
        info.id,
        info.recipe,
        info.epochs_trained,
        info.kept_epoch,
        max(seconds, info.seconds),
        info.figure,
        info.history,
    )


def find_best(trials: Sequence[Trial]) -> Trial | None:
    """The training with the highest measured quality, of equal ones the quickest; None where none was."""
    measured = [trial for trial in trials if trial.quality is not None]
    return max(measured, key=lambda trial: (trial.score, -trial.seconds), default=None)


def chart_curves(trials: Sequence[Trial]) -> Chart:
    """Losses and quality by epoch, all trials in one chart."""
    return plot_curves([Curve(trial.label, trial.history) for trial in trials])


def chart_quality(trials: Sequence[Trial], by_epochs: bool = False, taken: Trial | None = None) -> Chart:
    """Quality of each trial against its seconds, or its epochs, with the one to take marked.

    That is `taken`, or else the one with the highest quality.
    """
    marked = taken or find_best(trials)
    points = [
        TrialPoint(
            trial.recipe.synthesizer,
            trial.label,
            trial.seconds,
            trial.epochs,
            trial.figure.score,
            trial is marked,
        )
        for trial in trials
        if trial.quality is not None
    ]
    return plot_quality(points, by_epochs)


def _as_progress(epoch: RunEpoch, epochs: int) -> Progress:
    losses = {name: value for name, value in epoch.losses.items() if value is not None}
    return Progress(Stage.TRAIN, epoch.epoch, epochs, epoch.seconds, losses, epoch.quality)


def _find_best(history: Sequence[Progress]) -> Progress | None:
    measured = [step for step in history if step.quality is not None]
    return max(measured, key=lambda step: step.quality or 0.0, default=None)
