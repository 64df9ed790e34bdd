"""How far a run is, in units of time."""

from __future__ import annotations

import pytest

from pipeline.progress import Progress, RowProgress, Stage
from pipeline.runs.pace import compute_share, estimate_rest_s, find_starts
from pipeline.runs.states import RunKind


def train(epoch: int, seconds: float, epochs: int = 70) -> Progress:
    return Progress(Stage.TRAIN, epoch, epochs, seconds)


def test_epoch_4_of_70_is_as_far_as_the_time_is() -> None:
    starts = find_starts(RunKind.TRAIN, 70)
    # 10 s of preparation, then 1 s an epoch: 14 s of some 85 s.
    rest_s = estimate_rest_s(starts, train(4, 4.0), 14.0, expected_s=90.0)
    assert rest_s == pytest.approx(66.0 + 9.0)
    assert compute_share(starts, train(4, 4.0), 14.0, rest_s) == pytest.approx(14.0 / 89.0)


def test_slow_epochs_move_the_end_away() -> None:
    starts = find_starts(RunKind.TRAIN, 70)
    rest_s = estimate_rest_s(starts, train(4, 40.0), 50.0, expected_s=90.0)
    assert compute_share(starts, train(4, 40.0), 50.0, rest_s) == pytest.approx(50.0 / (50.0 + 660.0 + 9.0))


def test_before_the_first_epoch_the_expected_time_counts() -> None:
    starts = find_starts(RunKind.GENERATE, 70)
    assert estimate_rest_s(starts, Progress(Stage.HMA), 1.0, 50.0) == pytest.approx(49.0)
    assert estimate_rest_s(starts, train(0, 0.0), 1.0, None) is None
    assert compute_share(starts, train(0, 0.0), 1.0, None) == 0.15


def test_a_table_of_a_fitted_model_begins_with_its_rows() -> None:
    starts = find_starts(RunKind.GENERATE, 0)
    assert estimate_rest_s(starts, Progress(Stage.SAMPLE), 0.1, 4.0) == pytest.approx(3.92)
    assert estimate_rest_s(starts, Progress(Stage.EVALUATE), 1.2, 4.0) == pytest.approx(2.8)


def test_rows_go_on_at_their_pace() -> None:
    starts = find_starts(RunKind.BULK, 70)
    half = RowProgress(Stage.SAMPLE, 0, 0, 2.0, rows=500, total_rows=1_000, rows_per_second=250.0)
    assert estimate_rest_s(starts, half, 6.0, None) == 2.0
    assert compute_share(starts, half, 6.0, 2.0) == 0.75


@pytest.mark.parametrize(
    ("kind", "stage", "share"),
    [
        (RunKind.TRAIN, Stage.HMA, 0.02),
        (RunKind.TRAIN, Stage.REFINE, 0.9),
        (RunKind.RELATED, Stage.LOAD, 1.0),
    ],
)
def test_where_nothing_is_known_stages_have_their_usual_share(kind, stage, share) -> None:
    starts = find_starts(kind, 70)
    assert compute_share(starts, Progress(stage), 3.0, None) == share
