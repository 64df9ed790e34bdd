"""Which of several trainings to take, and why."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.evaluation.figure import Figure
from pipeline.progress import Progress, Stage
from pipeline.runs.advice import advise
from pipeline.runs.trials import Trial
from pipeline.synthesizers.recipe import Recipe


def make_trial(
    epochs: int,
    seconds: float,
    quality: float | None,
    curve: tuple[float, ...] = (),
    name: str = "autoregressive",
) -> Trial:
    history = tuple(
        Progress(Stage.TRAIN, number, epochs, number * seconds / epochs, {}, score)
        for number, score in enumerate(curve, start=1)
    )
    return Trial(
        f"{name}{epochs}", Recipe(name, epochs=epochs), epochs, epochs, seconds, Figure(quality), history
    )


def test_a_quicker_training_that_comes_close_is_taken():
    best, short, poor = make_trial(70, 60.0, 0.930), make_trial(30, 20.0, 0.926), make_trial(5, 4.0, 0.8)
    advice = advise([poor, best, short])
    assert (advice.best, advice.quicker, advice.taken) == (best, short, short)
    assert advice.sentence == (
        "Take autoregressive, 30 epochs: quality 0.926 (0–1) in 20 s, 3.0 times as fast as the best, "
        "autoregressive, 70 epochs (0.930 in 60 s), and too close to it to tell them apart."
    )


def test_floor_and_ceiling_stand_beside_the_score_of_the_training_to_take():
    for score, said in (
        (
            0.94,
            "Take autoregressive, 9 epochs: quality 0.940 (0–1; independent columns 0.861, other real rows ",
        ),
        (0.82, "Take none yet: the best, autoregressive, 9 epochs, reaches quality 0.820 (0–1), below indep"),
    ):
        taken = replace(make_trial(9, 4.0, 0.93), figure=Figure(score, 0.861, 0.951))
        assert advise([taken]).sentence.startswith(said)


def test_a_training_below_its_floor_is_not_recommended():
    poor = replace(make_trial(2, 4.0, 0.56, name="ctgan"), figure=Figure(0.564, 0.799, 0.9))
    told = advise([poor]).sentence
    assert "reaches quality 0.564 (0–1), below independent columns (0.799); other real rows 0.900" in told
    assert "Train for more epochs, or let auto choose the synthesizer." in told


def test_of_close_trainings_the_quickest_above_its_floor_is_taken():
    quick, good, slow = (
        replace(make_trial(epochs, seconds, score), figure=Figure(score, 0.867, 0.88))
        for epochs, seconds, score in ((1, 1.0, 0.866), (2, 2.0, 0.868), (9, 9.0, 0.87))
    )
    assert advise([quick, good, slow]).taken is good


def test_synthesizers_are_compared_by_quality_and_seconds_and_hma_is_named():
    quick, slow = make_trial(70, 0.9, 0.874), make_trial(70, 44.0, 0.848, name="ctgan")
    copula = make_trial(70, 3.0, 0.8, name="gaussian_copula")
    advice = advise([copula, slow, quick])
    assert advice.taken is quick
    assert advice.sentence == (
        "Take autoregressive, 70 epochs, the best so far: quality 0.874 (0–1) in 0.9 s. Best of the others: "
        "ctgan after HMA, 70 epochs (0.848 in 44 s), gaussian_copula (0.800 in 3.0 s). Train with other "
        "numbers of epochs to compare. Where it says after HMA, a synthesizer learned HMA's initial "
        "synthetic data and not the real rows: that keeps the real rows away from it, and costs some quality."
    )


def test_trainings_that_cannot_be_told_apart_leave_the_choice_to_the_seconds():
    slow, quick = make_trial(70, 60.0, 0.874), make_trial(70, 2.0, 0.871, name="tvae")
    advice = advise([slow, quick])
    assert (advice.best, advice.taken) == (slow, quick)
    assert advice.sentence == (
        "Take tvae, 70 epochs, the quickest: quality 0.871 (0–1) in 2.0 s. The qualities of all 2 trainings "
        "(0.871 to 0.874) are too close to tell them apart."
    )


def test_two_trainings_of_one_model_count_once():
    first, again = make_trial(70, 60.0, 0.9), replace(make_trial(70, 50.0, 0.9), key="again")
    advice = advise([first, again])
    assert advice.taken is again
    assert "It is the only training so far: nothing to compare it with." in advice.sentence


def test_without_a_closer_training_the_curve_says_how_many_epochs_are_enough():
    advice = advise([make_trial(4, 8.0, 0.912, (0.80, 0.908, 0.912, 0.911)), make_trial(1, 1.0, 0.7)])
    assert advice.quicker is None
    assert "within 0.005 of its best from epoch 2 of 4, after 4.0 s: about 2 epochs should" in advice.sentence


@pytest.mark.parametrize(
    ("trial", "said"),
    [
        (make_trial(2, 8.0, 0.9, (0.8, 0.9)), "still improving at its last epoch: more epochs may help"),
        (make_trial(1, 8.0, 0.9), "Train with other numbers of epochs to compare"),
    ],
)
def test_a_single_training_says_what_to_try_next(trial, said):
    assert said in advise([trial]).sentence


def test_a_synthesizer_without_epochs_is_compared_with_others():
    assert advise([make_trial(1, 8.0, 0.9, (0.9,), "gaussian_copula")]).sentence == (
        "Take gaussian_copula: quality 0.900 (0–1) in 8.0 s. It is the only training so far: nothing to "
        "compare it with. gaussian_copula has no epochs: compare it with other synthesizers."
    )


def test_without_a_measured_quality_there_is_no_best():
    advice = advise([make_trial(3, 1.0, None)])
    assert advice.taken is None
    assert advice.sentence.startswith("No training of this dataset has a measured quality yet")


def test_of_two_equal_scores_the_quicker_is_the_best():
    slow, quick = make_trial(70, 60.0, 0.9), make_trial(30, 20.0, 0.9)
    assert advise([slow, quick]).best is quick
