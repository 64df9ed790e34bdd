"""Trainings of one dataset beside each other: what each cost and reached, and how many epochs are enough."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.evaluation.score_text import format_score
from pipeline.models.choice import make_candidate
from pipeline.models.model import ModelInfo
from pipeline.progress import Progress, Stage
from pipeline.reports.charts import Chart, Curve, TrialPoint, plot_curves, plot_quality
from pipeline.runs.orders import find_recipe
from pipeline.runs.records import Run, RunEpoch, TrainSummary
from pipeline.synthesizers.recipe import AUTO, Recipe, count_epochs, has_epochs, name_training

ENOUGH = 0.005
"""Loss of quality (0–1) that a shorter training may have and still be called enough."""


@dataclass(frozen=True)
class Trial:
    """One training that ended, or goes on; `seconds` that it took, `quality` 0–1 against the holdout.

    The seconds are those of all attempts at it, with what comes before the first epoch and after the last:
    loading libraries, trying synthesizers, HMA, preparing columns, refinement. Those of its epochs alone
    stand for a training that goes on, or whose model was there already. `epochs` were trained, and the
    state after `kept_epoch` became the model; `key` is the id of the run or of the model. What was not
    measured is None.
    """

    key: str
    recipe: Recipe
    epochs: int
    kept_epoch: int | None
    seconds: float
    quality: float | None
    history: tuple[Progress, ...]

    @property
    def epoch_seconds(self) -> float:
        """What the epochs alone took, in seconds."""
        return self.history[-1].seconds if self.history else 0.0

    @property
    def label(self) -> str:
        """Synthesizer and epochs, with the beginning of the key, in few words."""
        return f"{name_training(self.recipe.synthesizer, self.recipe.epochs)} ({self.key[:4]})"


@dataclass(frozen=True)
class Advice:
    """How many epochs are enough, as a sentence; the trials that it is about, where there are any."""

    sentence: str
    best: Trial | None = None
    quicker: Trial | None = None


def read_trial(run: Run, epochs: Sequence[RunEpoch]) -> Trial | None:
    """A training run as a trial; None where it trained nothing, because an equal model was there already."""
    recipe = find_trained(run)
    if recipe is None or not epochs:
        return None
    history = tuple(_as_progress(epoch, recipe.epochs) for epoch in epochs)
    last = history[-1]
    best = _find_best(history)
    kept = best if best and recipe.keep == "best" else last
    quality = run.quality if run.status.is_final else kept.quality
    known = run.result.kept_epoch if isinstance(run.result, TrainSummary) else None
    kept_epoch = kept.epoch if known is None else known
    # A training that went on from another run's checkpoint took longer than its own run.
    seconds = max(last.seconds, (run.seconds or 0.0) if run.status.is_final else 0.0)
    return Trial(run.id, recipe, last.epoch, kept_epoch, seconds, quality, history)


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
        info.quality,
        info.history,
    )


def advise(trials: Sequence[Trial]) -> Advice:
    """Which training is the best, and whether fewer epochs come as close as makes no difference."""
    measured = [trial for trial in trials if trial.quality is not None]
    if not measured:
        return Advice(
            "No training of this dataset has a measured quality yet: train once to compare numbers of epochs."
        )
    best = max(measured, key=lambda trial: (_score(trial), -trial.seconds))
    close = [trial for trial in measured if _score(trial) >= _score(best) - ENOUGH]
    quickest = min(close, key=lambda trial: trial.seconds)
    intro = (
        f"The best quality so far is {format_score(best.quality)} (0–1), with "
        f"{_name(best, ' and ')} in {_tell_seconds(best.seconds)}."
    )
    if quickest is not best:
        return Advice(f"{intro} {_praise(quickest, best)}", best, quickest)
    return Advice(f"{intro} {_read_curve(best)}", best)


def chart_curves(trials: Sequence[Trial]) -> Chart:
    """Losses and quality by epoch, all trials in one chart."""
    return plot_curves([Curve(trial.label, trial.history) for trial in trials])


def chart_quality(trials: Sequence[Trial], by_epochs: bool = False) -> Chart:
    """Quality of each trial against its seconds, or its epochs, with the best marked."""
    best = advise(trials).best
    points = [
        TrialPoint(
            trial.recipe.synthesizer, trial.label, trial.seconds, trial.epochs, trial.quality, trial is best
        )
        for trial in trials
        if trial.quality is not None
    ]
    return plot_quality(points, by_epochs)


def _praise(quicker: Trial, best: Trial) -> str:
    ratio = best.seconds / max(quicker.seconds, 0.001)
    return (
        f"{_name(quicker, ', ')} is within {ENOUGH} of it "
        f"({format_score(quicker.quality)}) in {_tell_seconds(quicker.seconds)}, {ratio:.1f} times as fast: "
        "that is enough for most purposes."
    )


def _name(trial: Trial, between: str) -> str:
    synthesizer = trial.recipe.synthesizer
    return f"{synthesizer}{between}{count_epochs(trial.epochs)}" if has_epochs(synthesizer) else synthesizer


def _read_curve(best: Trial) -> str:
    """What the curve of the best training says about fewer and more epochs."""
    if not has_epochs(best.recipe.synthesizer):
        return f"{best.recipe.synthesizer} has no epochs: compare it with other synthesizers."
    peak = max((step.quality for step in best.history if step.quality is not None), default=None)
    if peak is None:
        return "Train with other numbers of epochs to compare."
    early = next(step for step in best.history if step.quality is not None and step.quality >= peak - ENOUGH)
    if early.epoch < best.epochs:
        return (
            f"It was within {ENOUGH} of its best from epoch {early.epoch} of {best.epochs}, after "
            f"{_tell_seconds(early.seconds)}: about {count_epochs(early.epoch)} should be enough."
        )
    return "It was still improving at its last epoch: more epochs may help."


def _as_progress(epoch: RunEpoch, epochs: int) -> Progress:
    losses = {name: value for name, value in epoch.losses.items() if value is not None}
    return Progress(Stage.TRAIN, epoch.epoch, epochs, epoch.seconds, losses, epoch.quality)


def _find_best(history: Sequence[Progress]) -> Progress | None:
    measured = [step for step in history if step.quality is not None]
    return max(measured, key=lambda step: step.quality or 0.0, default=None)


def _score(trial: Trial) -> float:
    return trial.quality or 0.0


def _tell_seconds(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"
