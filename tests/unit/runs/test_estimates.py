"""How long an order takes, by earlier runs or by a calibration."""

from __future__ import annotations

import pytest

from pages._runs.duration import describe_estimate, tell_about
from pipeline.runs import estimates
from pipeline.runs.estimates import (
    Estimate,
    PastTable,
    PastTraining,
    estimate_table_s,
    estimate_training_s,
)
from pipeline.synthesizers.recipe import Recipe

CTGAN = Recipe("ctgan", epochs=70)


def test_an_earlier_training_tells_the_time_of_more_epochs_and_rows() -> None:
    past = [PastTraining(Recipe("ctgan", epochs=10), 10_000, epoch_s=0.5, rest_s=8.0)]
    assert estimate_training_s(CTGAN, 10_000, past) == (pytest.approx(43.0), True)
    assert estimate_training_s(CTGAN, 20_000, past) == (pytest.approx(86.0), True)


def test_the_nearest_of_several_counts_and_other_synthesizers_do_not(monkeypatch) -> None:
    monkeypatch.setattr(estimates, "compare_speed", lambda: 2.0)
    past = [
        PastTraining(CTGAN, 1_000, 5.0, 0.0),
        PastTraining(CTGAN, 9_000, 0.9, 0.0),
        PastTraining(Recipe("tvae"), 10_000, 9.0, 0.0),
    ]
    assert estimate_training_s(CTGAN, 10_000, past) == (pytest.approx(70.0), True)
    seconds, is_measured = estimate_training_s(Recipe("autoregressive", epochs=10), 10_000, past)
    assert not is_measured
    assert seconds == pytest.approx(2.0 * (2.0 + 10 * 0.05))


def test_a_table_takes_longer_with_its_rows(monkeypatch) -> None:
    assert estimate_table_s(2_000, [PastTable(1_000, 4.0)]) == pytest.approx(6.0)
    monkeypatch.setattr(estimates, "compare_speed", lambda: 1.0)
    assert estimate_table_s(10_000, []) == pytest.approx(7.5)


def test_this_machine_is_measured_once() -> None:
    assert 0.1 <= estimates.compare_speed() == estimates.compare_speed()


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (2.0, "a few seconds"),
        (33.0, "about 35 seconds"),
        (130.0, "about 2 minutes"),
        (1_920.0, "about 32 minutes"),
        (9_000.0, "about 2.5 hours"),
    ],
)
def test_times_have_no_more_digits_than_estimates(seconds: float, words: str) -> None:
    assert tell_about(seconds) == words


def test_the_estimate_says_what_it_is_made_of() -> None:
    assert describe_estimate(Estimate(0.0, 3.0, True)) == "Takes a few seconds: the model is there already."
    assert describe_estimate(Estimate(60.0, 40.0, False)) == (
        "Takes about 2 minutes, about 60 seconds of it training (estimated from a short calibration)."
    )
    assert describe_estimate(Estimate(115.0, 5.0, True)) == (
        "Takes about 2 minutes, nearly all of it training (estimated from earlier trainings on this machine)."
    )
