"""Which synthesizer suits a table: each is tried on a part of the training rows, evaluated on another part.

A trial is bounded by rows and epochs, not by the clock, so that the same table gets the same choice
everywhere.
"""

from __future__ import annotations

import math
import time
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from pipeline.datasets.spec import ModelledColumn
from pipeline.errors import TrainingError
from pipeline.evaluation.figure import UNMEASURED, Figure
from pipeline.evaluation.score_text import format_score
from pipeline.evaluation.stages import score_twice
from pipeline.models.training import fit_sampler
from pipeline.progress import OnProgress, Progress, Signal, Stage, announce
from pipeline.synthesizers.recipe import AUTO, Recipe

CANDIDATES = ("autoregressive", "gaussian_copula", "ctgan")
"""The synthesizers that are tried; of two that are as good the first is taken, which usually costs less."""
MOST_EPOCHS = 70
"""Epochs of a trial."""
MOST_LEARNED, MOST_EVALUATED = 2_000, 1_000
"""Rows of a trial: two thirds of the training rows to learn from and a third to evaluate, at most these."""
LEAST_ROWS = 150
"""Training rows below which a third of them tells nothing."""

_SAME_AUC, _SAME_QUALITY = 0.02, 0.005
"""What two candidates may differ by and still be as good."""
_KEPT = ("epochs", "batch_size", "seed", "threads")


@dataclass(frozen=True)
class Trial:
    """A candidate on rows that it has not seen: quality (0–1), detection AUC; `problem` where it failed.

    `figure` has the quality with pairs on the bins of these rows between what the rows that it learned score
    there, shuffled by column and as they are.
    """

    synthesizer: str
    quality: float | None = None
    auc: float | None = None
    seconds: float = 0.0
    problem: str = ""
    figure: Figure = UNMEASURED


@dataclass(frozen=True)
class Choice:
    """The synthesizer that was taken, why, and every trial."""

    synthesizer: str
    reason: str
    trials: tuple[Trial, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Plain values that are the same for the same table: all but the seconds."""
        trials = [{**asdict(trial), "seconds": None} for trial in self.trials]
        return {"synthesizer": self.synthesizer, "reason": self.reason, "trials": trials}


def make_candidate(recipe: Recipe, synthesizer: str) -> Recipe:
    """The recipe of one candidate: its own defaults, and what an `auto` recipe says of any training."""
    return Recipe(synthesizer=synthesizer, **{name: getattr(recipe, name) for name in _KEPT})


def settle_choice(
    training: pd.DataFrame,
    columns: tuple[ModelledColumn, ...],
    recipe: Recipe,
    on_progress: OnProgress | None = None,
) -> tuple[Recipe, Choice | None]:
    """The recipe that is really trained, and the choice where it was left open."""
    if recipe.synthesizer != AUTO:
        return recipe, None
    choice = choose_synthesizer(training, columns, recipe, on_progress)
    return make_candidate(recipe, choice.synthesizer), choice


def choose_synthesizer(
    training: pd.DataFrame,
    columns: tuple[ModelledColumn, ...],
    recipe: Recipe,
    on_progress: OnProgress | None = None,
) -> Choice:
    """Try the candidates; the AUC nearest to guessing wins, then the best score, then their order."""
    from pipeline.evaluation.quality.baselines import compute_ends

    if len(training) < LEAST_ROWS:
        first = CANDIDATES[0]
        return Choice(first, f"{first}, since {len(training):,} training rows are too few to try others.")
    order = np.random.default_rng([recipe.seed, 5]).permutation(len(training))
    evaluated = min(MOST_EVALUATED, len(training) // 3)
    parts = [
        training.iloc[np.sort(rows)].reset_index(drop=True)
        for rows in (order[evaluated:][:MOST_LEARNED], order[:evaluated])
    ]

    def relay(_: Progress) -> Signal | None:
        return on_progress(Progress(Stage.CHOOSE)) if on_progress else None

    trials = []
    for name in CANDIDATES:
        announce(on_progress, Stage.CHOOSE)
        candidate = make_candidate(replace(recipe, epochs=min(recipe.epochs, MOST_EPOCHS)), name)
        trials.append(_try(parts[0], parts[1], columns, candidate, relay))
    ends = compute_ends(parts[0], parts[1], columns, evaluated, recipe.seed)
    placed = [
        one if one.problem else replace(one, figure=replace(ends, score=one.figure.score)) for one in trials
    ]
    return _decide(placed, evaluated)


def _try(
    learned: pd.DataFrame,
    evaluated: pd.DataFrame,
    columns: tuple[ModelledColumn, ...],
    recipe: Recipe,
    on_progress: OnProgress,
) -> Trial:
    from pipeline.evaluation.classifiers.detection import estimate_detection

    started = time.monotonic()
    try:
        rows = fit_sampler(learned, columns, recipe, on_progress=on_progress).sampler.sample(
            len(evaluated), recipe.seed
        )
    except TrainingError as error:
        return Trial(recipe.synthesizer, problem=error.message)
    auc = estimate_detection(evaluated, rows, columns, recipe.seed)
    quality, score = score_twice(evaluated, rows, columns)
    seconds = round(time.monotonic() - started, 2)
    detected = None if auc is None else auc.value
    return Trial(recipe.synthesizer, quality, detected, seconds, figure=Figure(score))


def _decide(trials: list[Trial], evaluated: int) -> Choice:
    fitted = [trial for trial in trials if not trial.problem]
    if not fitted:
        problems = " ".join(f"{trial.synthesizer}: {trial.problem}" for trial in trials)
        first = CANDIDATES[0]
        return Choice(first, f"{first}, since none could learn a part of the rows. {problems}", tuple(trials))
    lowest = min(_auc(trial) for trial in fitted)
    same = _find_same_auc(evaluated)
    near = [trial for trial in fitted if _auc(trial) <= lowest + same]
    highest = max(map(_score, near))
    best = next(trial for trial in near if _score(trial) >= highest - _SAME_QUALITY)
    others = "; ".join(_describe(trial) for trial in fitted if trial is not best)
    compared = f", against {others}" if others else ""
    reason = (
        f"{_tell_best(best)} on {evaluated:,} rows that it had not seen{compared}."
        f"{_tell_rule(best, lowest, highest, same)}"
    )
    return Choice(best.synthesizer, reason, tuple(trials))


def _find_same_auc(evaluated: int) -> float:
    """AUCs so close are called equal: the standard deviation of that of two equal tables of so many rows.

    √((m + n + 1) / 12mn), as the Mann-Whitney statistic has it, where it is more than _SAME_AUC.
    """
    return max(_SAME_AUC, math.sqrt(1 / (6 * max(evaluated, 1))))


def _tell_rule(best: Trial, lowest: float, highest: float, same: float) -> str:
    """What decided where neither figure did alone."""
    rule = " The AUC nearest to 0.5, which is guessing, decides."
    if _auc(best) > lowest:
        rule = f" AUCs within {same:.2f} of the one nearest to 0.5 count as equal: quality decides."
    if _score(best) < highest:
        rule += f" Qualities within {_SAME_QUALITY} count as equal: the one that usually costs less is taken."
    return rule


def _tell_best(best: Trial) -> str:
    """The figures of the best, its quality between what independent columns and other real rows score."""
    return f"{best.synthesizer}: {_tell_auc(best)}, quality {best.figure.sentence}"


def _auc(trial: Trial) -> float:
    """How far a classifier is from guessing, as an AUC from 0.5 on; 1.0 where it could not be measured."""
    return 1.0 if trial.auc is None else 0.5 + abs(trial.auc - 0.5)


def _score(trial: Trial) -> float:
    """The score that compares with floor and ceiling, 0 where none could be measured."""
    score = trial.quality if trial.figure.score is None else trial.figure.score
    return score or 0.0


def _describe(trial: Trial) -> str:
    return f"{trial.synthesizer}: {_tell_auc(trial)}, quality {format_score(_score(trial))}"


def _tell_auc(trial: Trial) -> str:
    return "AUC not measured" if trial.auc is None else f"AUC {trial.auc:.2f}"
