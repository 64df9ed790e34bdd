"""How long an order takes, by earlier runs or by a calibration."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from pages._runs.duration import describe_estimate, describe_trainings, tell_about
from pipeline.models.related.recipe import RelatedRecipe
from pipeline.runs import estimates
from pipeline.runs.estimates import (
    Estimate,
    PastRelated,
    PastTable,
    PastTraining,
    estimate_bulk_s,
    estimate_evaluation_s,
    estimate_related_bulk_s,
    estimate_related_s,
    estimate_related_training_s,
    estimate_table_s,
    estimate_training_s,
)
from pipeline.runs.past import PastRuns
from pipeline.runs.records import RunEpoch, TrainSummary
from pipeline.runs.states import RunKind
from pipeline.synthesizers.recipe import Recipe
from tests.unit.runs.test_trials import make_run

CTGAN = Recipe("ctgan", epochs=70)


def test_an_earlier_training_tells_the_time_of_more_epochs_and_rows() -> None:
    past = [PastTraining(Recipe("ctgan", epochs=10), 10_000, epoch_s=0.5, rest_s=8.0)]
    assert estimate_training_s(CTGAN, 10_000, past) == (pytest.approx(43.0), True)
    # Half of what came beside epochs, such as loading a library, does not grow.
    assert estimate_training_s(CTGAN, 20_000, past) == (pytest.approx(12.0 + 70.0), True)


def test_of_runs_of_about_one_size_the_quickest_tells_since_the_others_shared_the_machine() -> None:
    busy, quiet = PastTraining(CTGAN, 10_000, 4.0, 60.0), PastTraining(CTGAN, 11_000, 0.11, 4.4)
    assert estimate_training_s(CTGAN, 11_000, [busy, quiet]) == (pytest.approx(12.1), True)
    tables = [PastTable(1_000, 24.0), PastTable(1_100, 2.0), PastTable(1_000, 9.0)]
    assert estimate_table_s(1_100, tables) == pytest.approx(2.0)
    assert estimate_bulk_s(100_000, [500.0, 20_000.0, 3_000.0]) == pytest.approx(5.0)
    several = [PastRelated(RelatedRecipe(), 10_000, 70, seconds) for seconds in (400.0, 40.0)]
    assert estimate_related_training_s(RelatedRecipe(), 10_000, several) == (pytest.approx(40.0), True)


def test_what_slowed_a_small_training_does_not_grow_with_the_size_of_another(monkeypatch) -> None:
    monkeypatch.setattr(estimates, "compare_speed", lambda: 1.0)
    small = PastTraining(Recipe("autoregressive", epochs=10), 1_000, 0.1, 30.0)
    seconds, is_measured = estimate_training_s(Recipe("autoregressive", epochs=10), 100_000, [small])
    calibrated, _ = estimate_training_s(Recipe("autoregressive", epochs=10), 100_000, [])
    assert is_measured
    assert seconds == pytest.approx(max(4.0 * calibrated, 10.0))


@pytest.mark.parametrize(
    ("recipe", "cells", "measured_s"),
    [
        (Recipe("ctgan", epochs=70), 4_000, 6.6),
        (Recipe("ctgan", epochs=70), 12_000, 7.7),
        (Recipe("ctgan", epochs=70), 128_000, 49.0),
        (Recipe("autoregressive", epochs=70), 4_000, 0.9),
        (Recipe("auto", epochs=70), 128_000, 24.0),
    ],
)
def test_the_calibration_is_within_a_factor_of_two_of_what_was_measured_on_a_quiet_machine(
    monkeypatch, recipe: Recipe, cells: int, measured_s: float
) -> None:
    monkeypatch.setattr(estimates, "compare_speed", lambda: 1.0)
    seconds, _ = estimate_training_s(recipe, cells, [])
    assert 0.5 * measured_s <= seconds <= 2.0 * measured_s


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
    assert seconds == pytest.approx(2.0 * (0.5 + 0.05 + 10 * (0.003 + 0.015)))


def test_a_table_takes_longer_with_its_rows(monkeypatch) -> None:
    assert estimate_table_s(2_000, [PastTable(1_000, 4.0)]) == pytest.approx(6.0)
    monkeypatch.setattr(estimates, "compare_speed", lambda: 1.0)
    assert estimate_table_s(10_000, []) == pytest.approx(1.6)


def test_the_first_table_which_loaded_libraries_does_not_lengthen_a_larger_one(monkeypatch) -> None:
    monkeypatch.setattr(estimates, "compare_speed", lambda: 1.0)
    assert estimate_table_s(10_000, [PastTable(1_000, 8.0)]) == pytest.approx(4 * 1.6)
    assert estimate_table_s(3_000, [PastTable(1_000, 8.0)]) == pytest.approx(16.0)


def test_a_large_table_takes_as_long_as_the_best_rate_says(monkeypatch) -> None:
    assert estimate_bulk_s(1_000_000, [5.0, 20_000.0]) == pytest.approx(50.0)
    monkeypatch.setattr(estimates, "compare_speed", lambda: 2.0)
    assert estimate_bulk_s(150_000, []) == pytest.approx(7.5)


def test_several_tables_are_trained_no_longer_than_until_they_gain_nothing(monkeypatch) -> None:
    ended_early = PastRelated(RelatedRecipe(epochs=70), 10_000, 40, training_s=80.0, rows=1_000, table_s=6.0)
    assert estimate_related_training_s(RelatedRecipe(epochs=200), 20_000, [ended_early]) == (160.0, True)
    assert estimate_related_training_s(RelatedRecipe(epochs=10), 10_000, [ended_early]) == (20.0, True)
    monkeypatch.setattr(estimates, "compare_speed", lambda: 1.0)
    seconds, is_measured = estimate_related_training_s(RelatedRecipe(epochs=10), 10_000, [])
    assert (seconds, is_measured) == (pytest.approx(2.7), False)


@pytest.mark.parametrize(
    ("rows", "tables", "measured_s"), [(2_000, 2, 3.6), (20_000, 2, 6.1), (1_700, 6, 13.5), (79_000, 6, 20.0)]
)
def test_several_tables_take_what_was_measured_of_them_within_a_factor_of_two(
    monkeypatch, rows: int, tables: int, measured_s: float
) -> None:
    monkeypatch.setattr(estimates, "compare_speed", lambda: 1.0)
    assert 0.5 * measured_s <= estimate_related_s(rows, tables, []) <= 2.0 * measured_s


def test_earlier_tables_tell_how_this_machine_compares_not_how_evaluations_grow() -> None:
    """An evaluation takes samples: ten times the rows do not take ten times as long."""
    past = [PastRelated(RelatedRecipe(), 1_800, 70, None, rows=2_000, table_s=7.08, tables=2)]
    assert estimate_related_s(2_000, 2, past) == pytest.approx(7.08)
    assert estimate_related_s(20_000, 2, past) == pytest.approx(2 * (0.8 + 2.5 + 0.12 * 20))
    assert estimate_related_s(2_000_000, 2, past) == estimate_related_s(20_000, 2, past)


def test_several_large_tables_take_their_evaluation_and_two_drawings_of_all_rows(monkeypatch) -> None:
    monkeypatch.setattr(estimates, "compare_speed", lambda: 2.0)
    assert estimate_related_bulk_s(100_000, 6, []) == pytest.approx(2 * (0.8 + 12.5 + 2.4 + 10.0))
    assert estimate_related_bulk_s(100_000, 6, [5_000.0, 2_000.0]) == pytest.approx(20.0)


def test_measuring_everything_takes_no_longer_beyond_the_rows_it_samples(monkeypatch) -> None:
    monkeypatch.setattr(estimates, "compare_speed", lambda: 1.0)
    assert estimate_evaluation_s(5_000, 4, []) == pytest.approx(3.0 + 0.3 * 4 * 5)
    assert estimate_evaluation_s(1_000_000, 4, []) == estimate_evaluation_s(10_000, 4, [])
    assert estimate_evaluation_s(2_000, 4, [PastTable(1_000, 20.0)]) == pytest.approx(30.0)


def test_loading_libraries_before_the_first_training_does_not_lengthen_the_next_estimate() -> None:
    recipe = Recipe("autoregressive", epochs=4)
    run = make_run(recipe, seconds=20.0, model="m1", result=TrainSummary(model="m1", reused=False))
    info = SimpleNamespace(training_rows=100, treatments=(1, 2), startup_s=9.0)
    store = SimpleNamespace(
        list=lambda wanted, _: (run,) if wanted.kind is RunKind.TRAIN else (),
        list_epochs=lambda _: (RunEpoch(4, 8.0),),
    )
    library = SimpleNamespace(store=SimpleNamespace(get_info=lambda _: info))
    reference = SimpleNamespace(training=range(100), columns=("a", "b"))
    assert PastRuns(store, library).estimate(recipe, reference) == Estimate(11.0, 0.0, True)


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
    assert describe_estimate(Estimate(60.0, 0.0, False)) == (
        "Takes about 60 seconds (estimated from a short calibration)."
    )


def test_several_trainings_are_told_one_by_one_and_together() -> None:
    told = describe_trainings(
        ["ctgan, 70 epochs", "tvae, 9 epochs"], [Estimate(130.0, 0.0, True), Estimate(0.0, 0.0, True)]
    )
    assert told == (
        "2 trainings take about 2 minutes in all (estimated from earlier trainings on this machine). "
        "ctgan, 70 epochs: about 2 minutes; tvae, 9 epochs: the model is there already."
    )
