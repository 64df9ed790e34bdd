"""A run on its way, written down while it is running: progress, epochs, heartbeats, memory; and the way back.

What cannot be written because the database does not answer is kept and written later: a training of hours
must not fail because of a lock of seconds.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Self, TypeVar

from pipeline.errors import JobCancelled, StoreError, Superseded
from pipeline.progress import OnProgress, Progress, RowProgress, Signal, Stage
from pipeline.runs.claims import RunClaims
from pipeline.runs.memory import measure_memory_mb
from pipeline.runs.outcomes import Outcome, describe_cancelled, describe_local_failure
from pipeline.runs.records import RowsSoFar, Run, RunEpoch, write_result
from pipeline.runs.states import RunEvent, RunKind

Result = TypeVar("Result")
_LOG = logging.getLogger(__name__)
_SAMPLE_S = 1.0
_END_TRIES = 8
_LONGEST_PAUSE_S = 15.0
_ROWS_EVERY_S = 0.25


_Starts = Mapping[Stage, float]
# Which part of a run's time is over when a stage begins, 0–1, by rule of thumb.
_TRAINING: _Starts = MappingProxyType(
    {Stage.CHOOSE: 0.01, Stage.HMA: 0.02, Stage.PREPARE: 0.1, Stage.TRAIN: 0.15, Stage.REFINE: 0.9}
)
_TABLE: _Starts = MappingProxyType(
    {**_TRAINING, Stage.REFINE: 0.75, Stage.SAMPLE: 0.85, Stage.EVALUATE: 0.92}
)
# The rows of a large table take longer than the training of its model.
_BULK: _Starts = MappingProxyType(
    {
        Stage.CHOOSE: 0.005,
        Stage.HMA: 0.01,
        Stage.PREPARE: 0.05,
        Stage.TRAIN: 0.08,
        Stage.REFINE: 0.27,
        Stage.SAMPLE: 0.3,
    }
)
# The first part is measured between the counting of all parts and their writing.
_RELATED_BULK: _Starts = MappingProxyType({**_BULK, Stage.EVALUATE: 0.65})
_OF_TABLE = frozenset({Stage.SAMPLE, Stage.EVALUATE})
_REFINING = 0.1
"""What follows the epochs of a training, as a part of the time so far."""
_STARTS: Mapping[RunKind, _Starts] = MappingProxyType(
    {RunKind.TRAIN: _TRAINING, RunKind.BULK: _BULK, RunKind.RELATED_BULK: _RELATED_BULK}
)


class Pace:
    """Tells of each report how far its run is.

    All of it is expected to take `expected_s`, None where nothing is known; making and measuring the table
    at its end `table_s`. Epochs and rows go on at their pace so far.
    """

    def __init__(self, kind: RunKind, expected_s: float | None = None, table_s: float = 0.0) -> None:
        self._starts, self._expected_s, self._table_s = _STARTS.get(kind, _TABLE), expected_s, table_s
        self._table_began_s: float | None = None

    def tell(self, progress: Progress, elapsed_s: float) -> tuple[float, float | None]:
        """The part of the run's time that is over, 0–1, and the seconds that are left, None if unknown."""
        if progress.stage in _OF_TABLE and self._table_began_s is None:
            self._table_began_s = elapsed_s
        rest_s = self._estimate_rest(progress, elapsed_s)
        if rest_s is None or elapsed_s + rest_s <= 0:
            return self._starts.get(progress.stage, 1.0), rest_s
        return elapsed_s / (elapsed_s + rest_s), rest_s

    def _estimate_rest(self, progress: Progress, elapsed_s: float) -> float | None:
        if isinstance(progress, RowProgress):
            # The rows of several tables are an estimate.
            left = max(progress.total_rows - progress.rows, 0)
            return left / progress.rows_per_second if progress.rows_per_second else None
        if self._table_began_s is not None:
            return self._estimate_table(elapsed_s - self._table_began_s)
        trained = elapsed_s
        if progress.stage is Stage.TRAIN:
            if not progress.epoch:
                return self._estimate_start(progress)
            trained += progress.seconds / progress.epoch * (progress.epochs - progress.epoch)
        elif progress.stage is not Stage.REFINE:
            return self._estimate_start(progress)
        return trained - elapsed_s + _REFINING * trained + self._table_s

    def _estimate_start(self, progress: Progress) -> float | None:
        start = self._starts.get(progress.stage)
        return None if start is None or not self._expected_s else (1.0 - start) * self._expected_s

    def _estimate_table(self, spent_s: float) -> float | None:
        # What takes longer than expected is shown as nearly done, not as done.
        return max(self._table_s - spent_s, 0.1 * self._table_s) if self._table_s else None


class RunRecorder:
    """Takes the reports of one attempt at a run, as its progress callback, and asks it to stop.

    Use it in a `with` block: a thread writes heartbeats until the block ends. Reports of a cancelled run
    are answered STOP. An attempt that was superseded raises Superseded: nothing of it may be kept.
    Seconds and peak memory go on from those of earlier attempts. `table_s` is what making and measuring the
    table at the end takes, in seconds.
    """

    def __init__(self, claims: RunClaims, run: Run, heartbeat_s: float, table_s: float = 0.0) -> None:
        self._claims, self._run, self._heartbeat_s = claims, run, heartbeat_s
        self._began = self._written = time.monotonic()
        self._earlier_s, self._peak_mb = run.seconds or 0.0, run.peak_memory_mb or 0.0
        self._next_rows_s = 0.0
        # While a run waits, its rest is what all of it is expected to take.
        self._pace, self._share = Pace(run.kind, run.remaining_s, table_s), 0.0
        self._values: dict[str, Any] = {}
        self._epochs: deque[RunEpoch] = deque()
        self._is_cancelled = self._is_superseded = False
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"run-{run.id}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def __call__(self, progress: Progress) -> Signal:
        """Note a report; say whether the run should stop."""
        with self._lock:
            self._values |= self._describe(progress)
            if progress.stage is Stage.TRAIN and progress.epoch:
                epoch = RunEpoch(progress.epoch, progress.seconds, dict(progress.losses), progress.quality)
                self._epochs.append(epoch)
            if self._is_due(progress):
                self._write_calmly()
        if self._is_superseded:
            raise Superseded("Another worker has taken over this run.", "nothing to do.")
        return Signal.STOP if self._is_cancelled else Signal.CONTINUE

    def end(self, event: RunEvent, **values: Any) -> None:
        """End the run with values of columns; StoreError where the database stays away for minutes."""
        pause_s = 0.5
        for last in (False,) * (_END_TRIES - 1) + (True,):
            try:
                with self._lock:
                    self._write(self._measure())
                    self._claims.end(self._run.id, self._run.attempt, event, **values)
                return
            except Superseded:
                return
            except StoreError:
                if last:
                    raise
                _LOG.warning("The end of run %s could not be written yet.", self._run.id, exc_info=True)
                time.sleep(pause_s)
                pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    def _is_due(self, progress: Progress) -> bool:
        """Whether a report is written now; small parts end many times a second, and each would be a write."""
        if not isinstance(progress, RowProgress) or progress.parts == progress.total_parts:
            return True
        now = time.monotonic()
        if now < self._next_rows_s:
            return False
        self._next_rows_s = now + _ROWS_EVERY_S
        return True

    def _describe(self, progress: Progress) -> dict[str, Any]:
        epochs = {"epoch": progress.epoch, "epochs": progress.epochs} if progress.epochs else {}
        elapsed_s = self._earlier_s + time.monotonic() - self._began
        share, rest_s = self._pace.tell(progress, elapsed_s)
        self._share = max(self._share, share)
        return {
            "stage": progress.stage.value,
            "share": self._share,
            "remaining_s": rest_s,
            **(epochs if progress.stage is Stage.TRAIN else {}),
            **({} if progress.quality is None else {"quality": progress.quality}),
            **_describe_rows(progress),
        }

    def _measure(self) -> dict[str, float]:
        self._peak_mb = max(self._peak_mb, measure_memory_mb())
        return {
            "seconds": round(self._earlier_s + time.monotonic() - self._began, 3),
            "peak_memory_mb": round(self._peak_mb, 1),
        }

    def _beat(self) -> None:
        while not self._over.wait(min(_SAMPLE_S, self._heartbeat_s)):
            self._peak_mb = max(self._peak_mb, measure_memory_mb())
            if time.monotonic() - self._written >= self._heartbeat_s:
                with self._lock:
                    self._write_calmly()

    def _write_calmly(self) -> None:
        """Write what is new; what the database does not take now waits for the next time."""
        try:
            self._write(self._measure())
        except Superseded:
            self._is_superseded = True
        except StoreError:
            _LOG.warning("The progress of run %s could not be written yet.", self._run.id, exc_info=True)

    def _write(self, measured: Mapping[str, float]) -> None:
        run_id, attempt = self._run.id, self._run.attempt
        values = {**self._values, **measured}
        while self._epochs:
            self._is_cancelled = self._claims.add_epoch(run_id, attempt, self._epochs[0], **values)
            self._epochs.popleft()
            self._values, values = {}, {}
        if values:
            self._is_cancelled = self._claims.beat(run_id, attempt, **values)
            self._values = {}
        self._written = time.monotonic()


def record(
    recorder: RunRecorder,
    work: Callable[[OnProgress], tuple[Result, Outcome]],
    on_progress: OnProgress | None = None,
) -> Result:
    """Do work whose reports go to a recorder and to another callback, and record its outcome."""

    def report(progress: Progress) -> Signal:
        answer = on_progress(progress) if on_progress else None
        return max(recorder(progress), answer or Signal.CONTINUE, key=lambda one: one is Signal.STOP)

    try:
        result, outcome = work(report)
    except (JobCancelled, KeyboardInterrupt) as stopped:
        outcome = describe_cancelled(stopped)
        recorder.end(outcome.event, **outcome.columns)
        raise
    except BaseException as error:
        recorder.end(RunEvent.FAIL, error=describe_local_failure(error))
        raise
    recorder.end(outcome.event, **outcome.columns)
    return result


def _describe_rows(progress: Progress) -> dict[str, Any]:
    """What a table in parts has to show before it is complete; nothing for any other report."""
    if not isinstance(progress, RowProgress):
        return {}
    return {"result": write_result(RowsSoFar(progress.rows, progress.rows_per_second))}
