"""Progress of a run, written down in spite of a database that is away, and answered when it should stop."""

from __future__ import annotations

import re
import threading
from dataclasses import replace

import pytest

from pipeline.errors import DataError, JobCancelled, StoreError, Superseded
from pipeline.generation.orders import BulkOrder
from pipeline.progress import Progress, RowProgress, Signal, Stage
from pipeline.runs import recorder as run_recorder
from pipeline.runs.orders import TrainOrder
from pipeline.runs.outcomes import Outcome
from pipeline.runs.recorder import RunRecorder, record
from pipeline.runs.records import NewRun, RowsSoFar, TrainSummary
from pipeline.runs.states import RunEvent, RunKind, RunLane, RunStatus
from tests.unit.runs.run_cases import NOON, ONE, resume, start

DATABASES = ("sqlite",)
ORDER = NewRun(RunKind.TRAIN, "staff", "ada", "web", RunLane.LONG, TrainOrder("staff"), epochs=4)


def epoch(number, quality=None):
    return Progress(Stage.TRAIN, number, 4, 2.0 * number, {"loss": 0.5}, quality)


@pytest.fixture
def run(store):
    return store.add_local(ORDER)


class AwayFor:
    """Claims whose database answers only after some calls have failed."""

    def __init__(self, claims, calls):
        self._claims, self._calls = claims, calls

    def __getattr__(self, name):
        if self._calls:
            self._calls -= 1
            raise StoreError("The database failed: database is locked.")
        return getattr(self._claims, name)


@pytest.fixture
def now(monkeypatch):
    """Seconds of the clock that the recorder reads, in a list of one."""
    seconds = [100.0]
    monkeypatch.setattr(run_recorder.time, "monotonic", lambda: seconds[0])
    return seconds


def test_progress_is_written_with_epochs_time_and_memory(store, claims, run, now):
    with RunRecorder(claims, run, heartbeat_s=60) as recorder:
        now[0] += 2.5
        assert recorder(Progress(Stage.PREPARE, 0, 0, 0.0)) is Signal.CONTINUE
        assert store.get(run.id).share == 0.1
        assert recorder(epoch(1)) is Signal.CONTINUE
        assert recorder(epoch(2, 0.9)) is Signal.CONTINUE
    found = store.get(run.id)
    assert (found.stage, found.epoch, found.epochs, found.quality) == ("train", 2, 4, 0.9)
    # Two of four epochs took 4 s, and what follows them takes a tenth of what was before.
    assert found.remaining_s == pytest.approx(4.0 + 0.1 * 6.5)
    assert found.share == pytest.approx(2.5 / (2.5 + found.remaining_s))
    assert found.seconds == 2.5
    assert found.peak_memory_mb > 10
    assert [(one.epoch, one.losses, one.quality) for one in store.list_epochs(run.id)] == [
        (1, {"loss": 0.5}, None),
        (2, {"loss": 0.5}, 0.9),
    ]


def test_an_attempt_goes_on_with_the_time_and_memory_of_those_before_it(store, claims, run, now):
    again = replace(run, seconds=3_600.0, peak_memory_mb=900_000.0)
    with RunRecorder(claims, again, heartbeat_s=60) as recorder:
        now[0] += 7.25
        recorder(epoch(1))
    found = store.get(run.id)
    assert found.seconds == 3_607.25
    assert found.peak_memory_mb == 900_000.0


def test_a_run_that_is_resumed_knows_what_its_first_attempt_took(store, claims):
    first = start(store, claims)
    claims.beat(first.id, first.attempt, seconds=12.5, peak_memory_mb=700.0)
    claims.end(first.id, first.attempt, RunEvent.CANCEL)
    resume(store, first)
    claims.take_tickets("t2", RunLane.LONG, ONE, NOON)
    second = claims.claim(first.id, "t2", attempts=3)
    assert (second.attempt, second.seconds, second.peak_memory_mb) == (2, 12.5, 700.0)


def test_rows_of_a_large_table_are_written_and_a_cancellation_ends_it(store, claims):
    run = store.add_local(replace(ORDER, kind=RunKind.BULK, order=BulkOrder("staff", 1_000)))
    half = RowProgress(Stage.SAMPLE, 0, 0, 2.0, rows=500, total_rows=1_000, rows_per_second=250.0)
    with RunRecorder(claims, run, heartbeat_s=60) as recorder:
        assert recorder(half) is Signal.CONTINUE
        found = store.get(run.id)
        store.cancel(run.id)
        assert recorder(half) is Signal.STOP
        recorder.end(RunEvent.CANCEL)
    assert (found.stage, found.share, found.remaining_s) == ("sample", pytest.approx(0.0, abs=0.1), 2.0)
    assert found.result == RowsSoFar(500, 250.0)
    assert store.get(run.id).result is None


def test_rows_are_written_a_few_times_a_second_and_at_the_end(store, claims, now):
    run = store.add_local(replace(ORDER, kind=RunKind.BULK, order=BulkOrder("staff", 40)))
    written = []
    with RunRecorder(claims, run, heartbeat_s=60) as recorder:
        for second, rows, parts in ((0.0, 10, 1), (0.2, 20, 2), (0.3, 30, 3), (0.4, 40, 4)):
            now[0] = 100.0 + second
            recorder(RowProgress(Stage.SAMPLE, rows=rows, total_rows=40, parts=parts, total_parts=4))
            written.append(store.get(run.id).result.rows)
    assert written == [10, 10, 30, 40]


@pytest.mark.parametrize("stage", list(Stage))
def test_a_cancelled_run_is_told_to_stop_in_every_stage(store, claims, run, stage):
    with RunRecorder(claims, run, heartbeat_s=60) as recorder:
        assert recorder(Progress(stage, 0, 0, 0.0)) is Signal.CONTINUE
        store.cancel(run.id)
        assert recorder(Progress(stage, 0, 0, 0.0)) is Signal.STOP


def test_a_superseded_attempt_ends_and_writes_nothing_more(database, store, claims):
    run = store.add_local(ORDER)
    with RunRecorder(claims, run, heartbeat_s=60) as recorder:
        claims.end(run.id, run.attempt, RunEvent.FINISH, model="3f2a9c41d07b")
        with pytest.raises(Superseded, match="Another worker"):
            recorder(epoch(1))
        recorder.end(RunEvent.FAIL)
    assert store.get(run.id).status is RunStatus.DONE
    assert store.list_epochs(run.id) == ()


def test_epochs_wait_for_a_database_that_is_away(store, claims, run):
    away = AwayFor(claims, calls=2)
    with RunRecorder(away, run, heartbeat_s=60) as recorder:
        assert [recorder(epoch(number)) for number in (1, 2)] == [Signal.CONTINUE] * 2
        assert store.list_epochs(run.id) == ()
        recorder(epoch(3))
    assert [one.epoch for one in store.list_epochs(run.id)] == [1, 2, 3]


def test_the_end_of_a_run_is_tried_again(store, claims, run, monkeypatch):
    pauses = []
    monkeypatch.setattr(run_recorder.time, "sleep", pauses.append)
    with RunRecorder(AwayFor(claims, calls=3), run, heartbeat_s=60) as recorder:
        recorder.end(RunEvent.FINISH, model="3f2a9c41d07b")
    assert pauses == [0.5, 1.0, 2.0]
    assert store.get(run.id).model == "3f2a9c41d07b"


def test_a_database_that_stays_away_is_an_error(claims, run, monkeypatch):
    monkeypatch.setattr(run_recorder.time, "sleep", lambda _: None)
    away = RunRecorder(AwayFor(claims, calls=99), run, heartbeat_s=60)
    with away as recorder, pytest.raises(StoreError, match="database is locked"):
        recorder.end(RunEvent.FINISH)


def test_a_silent_stage_gives_signs_of_life_and_hears_of_a_cancellation(store, claims, run):
    class Counting:
        beats = 0
        seen = threading.Event()

        def __getattr__(self, name):
            Counting.beats += 1
            if Counting.beats >= 3:
                self.seen.set()
            return getattr(claims, name)

    with RunRecorder(Counting(), run, heartbeat_s=0.05) as recorder:
        store.cancel(run.id)
        assert Counting.seen.wait(300)
        assert recorder(Progress(Stage.EVALUATE, 0, 0, 0.0)) is Signal.STOP
    assert store.get(run.id).heartbeat_at > run.heartbeat_at


def test_work_of_this_process_is_noted_with_its_outcome(store, claims, run):
    heard = []
    with RunRecorder(claims, run, heartbeat_s=60) as recorder:
        outcome = Outcome(model="3f2a9c41d07b", quality=0.9, result=TrainSummary("3f2a9c41d07b"))
        assert record(recorder, lambda report: (report(epoch(1)), outcome), heard.append) == "continue"
    done = store.get(run.id)
    assert (done.status, done.model, done.quality, done.result) == (
        "done",
        "3f2a9c41d07b",
        0.9,
        outcome.result,
    )
    assert [progress.epoch for progress in heard] == [1]


@pytest.mark.parametrize(
    ("error", "status", "message", "model"),
    [
        (DataError("Column is odd.", "mend it."), "failed", "Column is odd.", None),
        (RuntimeError("/srv/secret"), "failed", "The run ended in an unexpected error (RuntimeError).", None),
        (KeyboardInterrupt("Ctrl-C"), "cancelled", None, None),
        (JobCancelled("Cancelled."), "cancelled", None, None),
        (JobCancelled("Cancelled.", model="3f2a9c41d07b"), "cancelled", None, "3f2a9c41d07b"),
    ],
)
def test_work_of_this_process_that_fails_is_noted_and_raised(
    store, claims, run, error, status, message, model
):
    def work(_):
        raise error

    noted = pytest.raises(type(error), match=re.escape(str(error)))
    with RunRecorder(claims, run, heartbeat_s=60) as recorder, noted as raised:
        record(recorder, work)
    assert raised.value is error
    found = store.get(run.id)
    assert (found.status, found.model) == (status, model)
    assert (found.error.message if found.error else None) == message
