"""Trainings beside each other: what a run says, which is best, and when fewer epochs are enough."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pipeline.evaluation.figure import Figure
from pipeline.models.model import ModelInfo
from pipeline.progress import Progress, Stage
from pipeline.reports.charts import Curve, TrialPoint, plot_curves, plot_quality
from pipeline.runs.orders import TrainOrder
from pipeline.runs.records import Run, RunEpoch, TrainSummary
from pipeline.runs.states import RunKind, RunLane, RunPlace, RunStatus
from pipeline.runs.trials import (
    Trial,
    chart_curves,
    chart_quality,
    find_trained,
    read_model_trial,
    read_trial,
)
from pipeline.synthesizers.recipe import Recipe

NOW = datetime(2026, 3, 1, tzinfo=UTC)
EPOCHS = tuple(
    RunEpoch(number, number * 2.0, {"generator": -number / 10, "critic": None}, quality)
    for number, quality in ((1, 0.80), (2, None), (3, 0.91), (4, 0.90))
)


def make_run(recipe: Recipe, status: RunStatus = RunStatus.DONE, **changes) -> Run:
    values = {
        "id": "ab12cd34ab12cd34",
        "kind": RunKind.TRAIN,
        "dataset": "staff",
        "owner": "ada",
        "source": "web",
        "status": status,
        "lane": RunLane.LONG,
        "place": RunPlace.ENGINE,
        "attempt": 1,
        "order": TrainOrder("staff", recipe),
        "group": None,
        "created_at": NOW,
        "started_at": NOW,
        "ended_at": NOW,
        "heartbeat_at": NOW,
        "stage": "train",
        "epoch": 4,
        "epochs": recipe.epochs,
        "share": 1.0,
        "remaining_s": None,
        "seconds": 9.0,
        "peak_memory_mb": None,
        "estimated_memory_mb": None,
        "model": "m1",
        "quality": 0.91,
        "result": TrainSummary(kept_epoch=3),
        "error": None,
        "is_cancel_requested": False,
    }
    return Run(**{**values, **changes})


@pytest.mark.parametrize(
    ("recipe", "label"),
    [
        (Recipe(epochs=4), "ctgan after HMA, 4 epochs (ab12)"),
        (Recipe(epochs=4, use_hma=False), "ctgan, 4 epochs (ab12)"),
        (Recipe("gaussian_copula"), "gaussian_copula (ab12)"),
    ],
)
def test_a_label_tells_the_epochs_where_there_are_any(recipe, label):
    assert Trial("ab12cd34", recipe, 4, 4, 1.0, Figure(0.9), ()).label == label


def make_trial(
    epochs: int, seconds: float, quality: float | None, curve: tuple[float, ...] = (), name: str = "ctgan"
) -> Trial:
    history = tuple(
        Progress(Stage.TRAIN, number, epochs, number * seconds / epochs, {}, score)
        for number, score in enumerate(curve, start=1)
    )
    return Trial(
        f"{name}{epochs}", Recipe(name, epochs=epochs), epochs, epochs, seconds, Figure(quality), history
    )


def test_a_run_that_is_done_becomes_a_trial():
    trial = read_trial(make_run(Recipe(epochs=4, seed=5)), EPOCHS)
    assert (trial.epochs, trial.kept_epoch, trial.seconds, trial.quality) == (4, 3, 9.0, 0.91)
    assert trial.epoch_seconds == 8.0
    assert trial.label == "ctgan after HMA, 4 epochs (ab12)"
    assert trial.history[2] == Progress(Stage.TRAIN, 3, 4, 6.0, {"generator": -0.3}, 0.91)


def test_a_run_that_goes_on_has_the_quality_of_its_best_epoch_so_far():
    run = make_run(Recipe(epochs=9), RunStatus.RUNNING, quality=0.90, result=None)
    trial = read_trial(run, EPOCHS)
    assert (trial.epochs, trial.kept_epoch, trial.quality, trial.seconds) == (4, 3, 0.91, 8.0)


def test_epochs_of_another_runs_checkpoint_count_as_well():
    assert read_trial(make_run(Recipe(epochs=4), seconds=3.0), EPOCHS).seconds == 8.0
    assert read_trial(make_run(Recipe(epochs=4), seconds=None), EPOCHS).seconds == 8.0


def test_a_model_is_compared_by_the_figure_of_the_rows_that_it_gives():
    history = (Progress(Stage.TRAIN, 1, 4, 8.0, {}, 0.91),)
    info = ModelInfo(
        id="m1", dataset="staff", dataset_fingerprint="f", recipe=Recipe(epochs=4), versions={},
        created_at="2026-03-01T12:00:00+00:00", training_rows=900, initial_rows=900, epochs_trained=1,
        kept_epoch=1, seconds=8.5, was_stopped=False, history=history, figure=Figure(0.96, 0.86, 0.97),
    )  # fmt: skip
    assert (read_model_trial(info).figure, read_model_trial(info).seconds) == (Figure(0.96, 0.86, 0.97), 8.5)
    assert read_model_trial(info, seconds=20.0).seconds == 20.0


def test_the_last_epoch_counts_where_the_recipe_keeps_it():
    run = make_run(Recipe(epochs=9, keep="last"), RunStatus.RUNNING, quality=0.90, result=None)
    assert read_trial(run, EPOCHS).quality == 0.90


@pytest.mark.parametrize(("recipe", "epochs"), [(Recipe(), ()), (None, EPOCHS)])
def test_a_run_that_trained_nothing_is_no_trial(recipe, epochs):
    run = make_run(recipe or Recipe())
    if recipe is None:
        run = make_run(Recipe(), order=replace(run.order, recipe=None))
    assert read_trial(run, epochs) is None


def test_curves_have_a_colour_for_each_training_and_a_panel_for_each_measure():
    trial = read_trial(make_run(Recipe(epochs=4)), EPOCHS)
    figure = chart_curves([trial, make_trial(2, 4.0, 0.9, (0.8, 0.9))]).figure
    drawn = [(trace.name, trace.yaxis, list(trace.x), list(trace.y)) for trace in figure.data]
    assert drawn == [
        ("ctgan after HMA, 4 epochs (ab12)", "y", [1, 3, 4], [0.80, 0.91, 0.90]),
        ("generator loss of ctgan after HMA, 4 epochs (ab12)", "y2", [1, 2, 3, 4], [-0.1, -0.2, -0.3, -0.4]),
        ("ctgan after HMA, 2 epochs (ctga)", "y", [1, 2], [0.8, 0.9]),
    ]
    assert figure.layout.yaxis.range == pytest.approx((0.778, 0.932))
    assert figure.data[0].line.color == figure.data[1].line.color != figure.data[2].line.color
    assert figure.layout.yaxis.title.text == "Quality (0–1)"
    assert figure.layout.xaxis2.title.text == "Epoch"


def test_a_training_without_a_measured_quality_is_in_the_legend_all_the_same():
    history = (Progress(Stage.TRAIN, 1, 9, 1.0, {"generator": 0.5, "critic": 0.1}),)
    figure = plot_curves([Curve("first", history)]).figure
    assert [(trace.name, trace.showlegend) for trace in figure.data] == [
        ("first", None),
        ("first", True),
        ("critic loss of first", False),
    ]


@pytest.mark.parametrize(
    ("by_epochs", "places", "best", "axis"),
    [(False, [4.0, 60.0], [60.0], "Training time (seconds)"), (True, [5, 70], [70], "Epochs trained")],
)
def test_quality_is_drawn_against_time_or_epochs_with_the_best_as_a_star(by_epochs, places, best, axis):
    trials = [make_trial(70, 60.0, 0.93), make_trial(5, 4.0, 0.8), make_trial(9, 3.0, None)]
    chart = chart_quality(trials, by_epochs)
    marks, star = chart.figure.data
    assert (list(marks.x), list(marks.y)) == (places, [0.8, 0.93])
    assert (star.name, list(star.x), list(star.y)) == ("take this one", best, [0.93])
    assert chart.figure.layout.xaxis.title.text == axis
    assert "star the one to take" in chart.caption
    quicker = chart_quality(trials, by_epochs, taken=trials[1]).figure.data[1]
    assert list(quicker.y) == [0.8]


def test_marks_of_many_trainings_carry_no_text():
    points = [TrialPoint("ctgan", str(number), number, number, 0.5) for number in range(13)]
    assert plot_quality(points).figure.data[0].mode == "markers"
    assert plot_quality(points[:12]).figure.data[0].mode == "markers+text"


def test_a_single_training_has_room_around_its_mark_and_its_number_clear_of_the_star():
    figure = plot_quality([TrialPoint("ctgan", "one", 3.6, 70, 0.83, is_taken=True)]).figure
    assert figure.layout.yaxis.range == pytest.approx((0.81, 0.85))
    assert figure.layout.xaxis.rangemode == "tozero"
    assert list(figure.data[0].text) == ["<br>70"]


def test_a_perfect_training_is_not_cut_at_the_top():
    points = [TrialPoint("ctgan", "", 1.0, 10, 0.6), TrialPoint("ctgan", "", 2.0, 20, 1.0, is_taken=True)]
    assert plot_quality(points).figure.layout.yaxis.range == pytest.approx((0.52, 1.005))


@pytest.mark.parametrize("chart", [plot_curves([]), plot_curves([Curve("empty", ())]), plot_quality([])])
def test_nothing_to_draw_says_so(chart):
    assert len(chart.figure.data) == 0
    assert "none yet" in chart.title


def test_a_trial_of_an_open_recipe_names_the_synthesizer_that_was_taken() -> None:
    taken = TrainSummary(synthesizer="gaussian_copula", reason="gaussian_copula: AUC 0.51")
    run = make_run(Recipe("auto", seed=4), result=taken)
    trial = read_trial(run, [RunEpoch(1, 0.2, {}, 0.86)])
    assert trial is not None
    assert trial.recipe == Recipe("gaussian_copula", seed=4)
    assert trial.label.startswith("gaussian_copula (")


@pytest.mark.parametrize("result", [None, TrainSummary()])
def test_an_open_recipe_stays_open_until_a_synthesizer_was_taken(result) -> None:
    assert find_trained(make_run(Recipe("auto"), result=result)) == Recipe("auto")
