"""How far a run is, in units of time."""

from __future__ import annotations

import pytest

from pipeline.progress import Progress, RowProgress, Stage
from pipeline.runs.recorder import Pace
from pipeline.runs.states import RunKind


def train(epoch: int, seconds: float, epochs: int = 70) -> Progress:
    return Progress(Stage.TRAIN, epoch, epochs, seconds)


def test_epoch_4_of_70_is_as_far_as_the_time_is() -> None:
    # 10 s of preparation, then 1 s an epoch: 14 s of some 93 s, of which 5 s are the table's.
    share, rest_s = Pace(RunKind.GENERATE, 300.0, 5.0).tell(train(4, 4.0), 14.0)
    assert rest_s == pytest.approx(66.0 + 8.0 + 5.0)
    assert share == pytest.approx(14.0 / 93.0)


def test_slow_epochs_move_the_end_away() -> None:
    share, rest_s = Pace(RunKind.TRAIN, 90.0).tell(train(4, 40.0), 50.0)
    assert rest_s == pytest.approx(660.0 + 71.0)
    assert share == pytest.approx(50.0 / 781.0)


def test_before_the_first_epoch_the_expected_time_counts() -> None:
    assert Pace(RunKind.GENERATE, 50.0).tell(Progress(Stage.HMA), 1.0)[1] == pytest.approx(49.0)
    assert Pace(RunKind.GENERATE).tell(train(0, 0.0), 1.0) == (0.15, None)


def test_a_table_is_followed_by_the_clock_and_never_quite_done() -> None:
    pace = Pace(RunKind.GENERATE, 4.0, 4.0)
    assert pace.tell(Progress(Stage.SAMPLE), 0.0) == (0.0, 4.0)
    assert pace.tell(Progress(Stage.EVALUATE), 1.0) == (0.25, 3.0)
    share, rest_s = pace.tell(Progress(Stage.EVALUATE), 9.0)
    assert (share, rest_s) == (pytest.approx(9.0 / 9.4), 0.4)


def test_rows_go_on_at_their_pace() -> None:
    half = RowProgress(Stage.SAMPLE, 0, 0, 2.0, rows=500, total_rows=1_000, rows_per_second=250.0)
    assert Pace(RunKind.BULK).tell(half, 6.0) == (0.75, 2.0)


@pytest.mark.parametrize(
    ("kind", "stage", "share"),
    [
        (RunKind.TRAIN, Stage.HMA, 0.02),
        (RunKind.GENERATE, Stage.SAMPLE, 0.85),
        (RunKind.RELATED, Stage.LOAD, 1.0),
    ],
)
def test_where_nothing_is_known_stages_have_their_usual_share(kind, stage, share) -> None:
    assert Pace(kind).tell(Progress(stage), 3.0) == (share, None)
