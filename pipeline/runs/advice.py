"""Which of several trainings to take, and why: a sentence from their qualities and seconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.evaluation.score_text import format_score
from pipeline.runs.trials import Trial, find_best
from pipeline.synthesizers.recipe import count_epochs, has_epochs, name_recipe

ENOUGH = 0.005
"""Qualities (0–1) that differ by no more are called equal; the quicker training is then taken."""
_BY_HMA = (
    "Where it says after HMA, a synthesizer learned HMA's initial synthetic data and not the real rows: that "
    "keeps the real rows away from it, and costs some quality."
)


@dataclass(frozen=True)
class Advice:
    """Which training to take, as sentences; the trials that they are about, where there are any.

    `quicker` is as good as `best`, and is taken in its place.
    """

    sentence: str
    best: Trial | None = None
    quicker: Trial | None = None

    @property
    def taken(self) -> Trial | None:
        """The training to take."""
        return self.quicker or self.best


def advise(trials: Sequence[Trial]) -> Advice:
    """Compare trainings by quality and seconds, and say which to take; two of one recipe count once.

    None below its floor is taken where another one is not.
    """
    measured = _keep_each_once(trials)
    good = [one for one in measured if not one.figure.is_below_floor]
    best = find_best(good or measured)
    if best is None:
        return Advice(
            "No training of this dataset has a measured quality yet: train once to compare numbers of epochs."
        )
    close = [one for one in good or measured if _is_close(one, best)]
    taken = min(close, key=lambda one: one.seconds)
    sentences = [_recommend(measured, taken, best), *_list_others(measured, taken, best)]
    if taken is best:
        sentences.append(_read_curve(best))
    if len({one.recipe.use_hma for one in measured}) > 1:
        sentences.append(_BY_HMA)
    return Advice(" ".join(sentences), best, None if taken is best else taken)


def _keep_each_once(trials: Sequence[Trial]) -> list[Trial]:
    """The measured trials; of those with one recipe and one quality, which have one model, the quickest."""
    ordered = sorted((one for one in trials if one.quality is not None), key=lambda one: -one.seconds)
    return list({(one.recipe, one.epochs, one.quality): one for one in ordered}.values())


def _recommend(measured: Sequence[Trial], taken: Trial, best: Trial) -> str:
    reached = f"quality {_place(taken)} in {_tell_seconds(taken.seconds)}"
    if taken.figure.is_below_floor:
        return (
            f"Take none yet: the best, {_name(taken)}, reaches {reached}. Train for more epochs, or let auto "
            "choose the synthesizer."
        )
    if len(measured) == 1:
        return f"Take {_name(taken)}: {reached}. It is the only training so far: nothing to compare it with."
    lowest = min(measured, key=lambda one: one.score)
    if _is_close(lowest, best):
        between = f"{format_score(lowest.score)} to {format_score(best.score)}"
        return (
            f"Take {_name(taken)}, the quickest: {reached}. The qualities of all {len(measured)} trainings "
            f"({between}) are too close to tell them apart."
        )
    if taken is best:
        return f"Take {_name(taken)}, the best so far: {reached}."
    ratio = best.seconds / max(taken.seconds, 0.001)
    return (
        f"Take {_name(taken)}: {reached}, {ratio:.1f} times as fast as the best, {_name(best)} "
        f"({_tell(best)}), and too close to it to tell them apart."
    )


def _place(trial: Trial) -> str:
    """The score between its ends where they were measured."""
    figure = trial.figure
    return f"{format_score(figure.score)} (0–1)" if figure.floor is None else figure.on_scale


def _list_others(measured: Sequence[Trial], taken: Trial, best: Trial) -> list[str]:
    """What each other synthesizer reached at best."""
    said, told = {_family(taken), _family(best)}, []
    for one in sorted(measured, key=lambda one: (-one.score, one.seconds)):
        if _family(one) not in said:
            said.add(_family(one))
            told.append(f"{_name(one)} ({_tell(one)})")
    return [f"Best of the others: {', '.join(told)}."] if told else []


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


def _family(trial: Trial) -> tuple[str, bool]:
    return trial.recipe.synthesizer, bool(trial.recipe.use_hma)


def _is_close(trial: Trial, best: Trial) -> bool:
    return trial.score >= best.score - ENOUGH


def _name(trial: Trial) -> str:
    return name_recipe(trial.recipe, trial.epochs)


def _tell(trial: Trial) -> str:
    return f"{format_score(trial.score)} in {_tell_seconds(trial.seconds)}"


def _tell_seconds(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"
