"""Which synthesizer is taken where a recipe leaves it open, and why."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest

from pipeline.errors import JobCancelled, TrainingError
from pipeline.evaluation.figure import Figure
from pipeline.evaluation.score_text import format_score
from pipeline.models import choice
from pipeline.models.choice import (
    LEAST_ROWS,
    Choice,
    Trial,
    choose_synthesizer,
    make_candidate,
    settle_choice,
)
from pipeline.progress import OnProgress, Progress, Signal, Stage
from pipeline.synthesizers.recipe import Recipe
from tests.unit.synthesizers.refinement.drawing import COLUMNS, DrawingSampler, make_rows

AUTO = Recipe("auto", epochs=9, seed=4)
TRAINING = make_rows(900, seed=1)
LIKE_REAL = make_rows(5_000, seed=2)
SKEWED = make_rows(5_000, seed=3, city_odds=(0.1, 0.1, 0.8))


@dataclass(frozen=True)
class Fitted:
    """What of a fit a trial needs."""

    sampler: DrawingSampler


@pytest.fixture
def pools(monkeypatch: pytest.MonkeyPatch) -> dict[str, pd.DataFrame | TrainingError]:
    """What each candidate draws from, or the error with which its fit ends."""
    found: dict[str, pd.DataFrame | TrainingError] = dict.fromkeys(choice.CANDIDATES, SKEWED)

    def fit(training: pd.DataFrame, columns: object, recipe: Recipe, on_progress: OnProgress) -> Fitted:
        on_progress(Progress(Stage.TRAIN, 1, recipe.epochs))
        pool = found[recipe.synthesizer]
        if isinstance(pool, TrainingError):
            raise pool
        return Fitted(DrawingSampler(pool))

    monkeypatch.setattr(choice, "fit_sampler", fit)
    return found


@pytest.mark.parametrize("best", choice.CANDIDATES)
def test_the_candidate_that_a_classifier_tells_least_is_taken(
    pools: dict[str, pd.DataFrame], best: str
) -> None:
    pools[best] = LIKE_REAL
    taken = choose_synthesizer(TRAINING, COLUMNS, AUTO)
    assert taken.synthesizer == best
    assert taken.reason.startswith(f"{best}: AUC 0.")
    assert "on 300 rows that it had not seen, against" in taken.reason
    assert [trial.synthesizer for trial in taken.trials] == list(choice.CANDIDATES)
    aucs = {trial.synthesizer: trial.auc for trial in taken.trials}
    assert aucs[best] < 0.6 < min(auc for name, auc in aucs.items() if name != best)


def test_of_candidates_that_are_as_good_the_first_is_taken(pools: dict[str, pd.DataFrame]) -> None:
    pools.update(dict.fromkeys(choice.CANDIDATES, LIKE_REAL))
    assert choose_synthesizer(TRAINING, COLUMNS, AUTO).synthesizer == "autoregressive"


def test_a_candidate_that_cannot_learn_the_table_is_left_out_and_named(pools: dict[str, object]) -> None:
    pools["autoregressive"] = TrainingError("It is too wide.", "narrow it.")
    taken = choose_synthesizer(TRAINING, COLUMNS, AUTO)
    assert taken.synthesizer == "gaussian_copula"
    assert taken.trials[0] == Trial("autoregressive", problem="It is too wide.")


def test_where_no_candidate_can_learn_a_part_the_first_learns_all_rows(pools: dict[str, object]) -> None:
    # Categories that many rows hold in all may be rare in a part.
    pools.update({name: TrainingError(f"{name} fails.", "") for name in choice.CANDIDATES})
    taken = choose_synthesizer(TRAINING, COLUMNS, AUTO)
    assert taken.synthesizer == "autoregressive"
    assert taken.reason.startswith(
        "autoregressive, since none could learn a part of the rows. autoregressive: "
    )
    assert "ctgan: ctgan fails." in taken.reason


def test_floor_and_ceiling_stand_beside_the_quality_of_every_trial(pools: dict[str, object]) -> None:
    shuffled = LIKE_REAL.assign(amount=LIKE_REAL["amount"].sample(frac=1.0, random_state=1).to_numpy())
    pools.update(dict.fromkeys(choice.CANDIDATES, shuffled.sample(frac=1.0, random_state=2)))
    pools["autoregressive"], pools["ctgan"] = LIKE_REAL, TrainingError("It is too wide.", "")
    taken = choose_synthesizer(TRAINING, COLUMNS, AUTO)
    best, other, failed = taken.trials
    assert (best.figure.floor, best.figure.ceiling) == (other.figure.floor, other.figure.ceiling)
    assert other.quality < best.quality
    assert best.figure.floor < min(best.figure.score, best.figure.ceiling)
    assert failed.figure == Figure(None)
    said = f", quality {format_score(best.figure.score)}"
    assert f"{said} (independent columns {format_score(best.figure.floor)}, other real rows " in taken.reason


def test_a_choice_below_its_floor_is_said_to_be(pools: dict[str, object]) -> None:
    pools.update(dict.fromkeys(choice.CANDIDATES, SKEWED))
    taken = choose_synthesizer(TRAINING, COLUMNS, AUTO)
    assert ", below independent columns (" in taken.reason


def test_few_rows_are_not_tried(pools: dict[str, object]) -> None:
    taken = choose_synthesizer(TRAINING.head(LEAST_ROWS - 1), COLUMNS, AUTO)
    assert (taken.synthesizer, taken.trials) == ("autoregressive", ())
    assert "149 training rows are too few" in taken.reason


def test_the_same_rows_get_the_same_choice_and_rows_of_the_trial_do_not_overlap(
    pools: dict[str, pd.DataFrame], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[pd.DataFrame] = []
    fit = choice.fit_sampler

    def watch(training: pd.DataFrame, columns: object, recipe: Recipe, on_progress: OnProgress) -> object:
        seen.append(training)
        return fit(training, columns, recipe, on_progress=on_progress)  # type: ignore[arg-type]

    monkeypatch.setattr(choice, "fit_sampler", watch)
    numbered = TRAINING.assign(amount=np.arange(len(TRAINING), dtype=float))
    pools.update(dict.fromkeys(choice.CANDIDATES, numbered))
    first, second = (choose_synthesizer(numbered, COLUMNS, AUTO) for _ in range(2))
    assert first.as_dict() == second.as_dict()
    assert [len(rows) for rows in seen] == [600] * 6
    assert seen[0].equals(seen[3])


def test_a_trial_that_is_asked_to_stop_ends_and_so_does_the_run(pools: dict[str, object]) -> None:
    heard: list[Stage] = []

    def stop(progress: Progress) -> Signal:
        heard.append(progress.stage)
        return Signal.STOP if len(heard) > 1 else Signal.CONTINUE

    with pytest.raises(JobCancelled, match="stopped in the stage choose"):
        choose_synthesizer(TRAINING, COLUMNS, AUTO, stop)
    assert heard == [Stage.CHOOSE] * 3


def test_a_trial_has_no_more_epochs_than_most_trainings(
    pools: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    fit = choice.fit_sampler

    def watch(training: pd.DataFrame, columns: object, recipe: Recipe, on_progress: OnProgress) -> object:
        asked.append(recipe.epochs)
        return fit(training, columns, recipe, on_progress=on_progress)  # type: ignore[arg-type]

    monkeypatch.setattr(choice, "fit_sampler", watch)
    choose_synthesizer(TRAINING, COLUMNS, Recipe("auto", epochs=5_000))
    assert asked == [70, 70, 70]


def test_a_candidate_has_its_own_defaults_and_the_length_and_seed_of_the_recipe() -> None:
    candidate = make_candidate(AUTO, "ctgan")
    assert candidate == Recipe("ctgan", epochs=9, seed=4)
    assert (candidate.use_hma, candidate.refine) == (True, True)


def test_a_recipe_that_names_its_synthesizer_is_trained_as_it_is() -> None:
    recipe = Recipe("tvae", epochs=3)
    assert settle_choice(TRAINING, COLUMNS, recipe) == (recipe, None)


def test_plain_values_leave_the_seconds_out() -> None:
    taken = Choice("ctgan", "why", (Trial("ctgan", 0.9, 0.6, 1.5),))
    slower = replace(taken, trials=(Trial("ctgan", 0.9, 0.6, 9.5),))
    assert taken.as_dict() == slower.as_dict()
    assert taken.as_dict()["trials"][0]["seconds"] is None


def test_the_auc_nearest_to_guessing_decides_and_the_reason_says_so() -> None:
    trials = [
        choice.Trial("autoregressive", 0.94, 0.47, figure=Figure(0.94)),
        choice.Trial("gaussian_copula", 0.95, 0.56, figure=Figure(0.95)),
        choice.Trial("ctgan", 0.90, 0.50, figure=Figure(0.90)),
    ]
    taken = choice._decide(trials, 1_000)
    assert taken.synthesizer == "ctgan"
    assert taken.reason.endswith("The AUC nearest to 0.5, which is guessing, decides.")
    # On 100 rows 0.47 is chance as well as 0.50, and the better score is taken.
    few = choice._decide(trials, 100)
    assert few.synthesizer == "autoregressive"
    assert "AUCs within 0.04 of the one nearest to 0.5 count as equal: quality decides." in few.reason
