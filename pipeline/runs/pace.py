"""How far a run is, in units of time: seconds so far beside the seconds that are still expected."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from pipeline.progress import Progress, RowProgress, Stage
from pipeline.runs.states import RunKind

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
_OF_TABLE = frozenset({Stage.SAMPLE, Stage.EVALUATE})
_REFINING = 0.1
"""What follows the epochs of a training, as a part of the time so far."""
_STARTS: Mapping[RunKind, _Starts] = MappingProxyType({RunKind.TRAIN: _TRAINING, RunKind.BULK: _BULK})


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
            left = progress.total_rows - progress.rows
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
