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
# A table of a model that is there already.
_FITTED: _Starts = MappingProxyType({Stage.SAMPLE: 0.02, Stage.EVALUATE: 0.3})
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
_STARTS: Mapping[RunKind, _Starts] = MappingProxyType({RunKind.TRAIN: _TRAINING, RunKind.BULK: _BULK})


def find_starts(kind: RunKind, epochs: int) -> _Starts:
    """When the stages of a run begin; one without epochs trains nothing."""
    if kind is RunKind.GENERATE and not epochs:
        return _FITTED
    return _STARTS.get(kind, _TABLE)


def estimate_rest_s(
    starts: _Starts, progress: Progress, elapsed_s: float, expected_s: float | None
) -> float | None:
    """Seconds that a run still takes; None where nothing is known.

    Epochs and rows go on at their pace so far. Whatever comes before and after them takes its usual part of
    the `expected_s` of the whole run.
    """
    if isinstance(progress, RowProgress):
        left = progress.total_rows - progress.rows
        return left / progress.rows_per_second if progress.rows_per_second else None
    if progress.stage is Stage.TRAIN and progress.epoch:
        left_s = progress.seconds / progress.epoch * (progress.epochs - progress.epoch)
        trained = starts.get(Stage.REFINE, 1.0)
        total_s = expected_s or (elapsed_s + left_s) / trained
        return left_s + (1.0 - trained) * total_s
    start = starts.get(progress.stage)
    return None if start is None or not expected_s else (1.0 - start) * expected_s


def compute_share(starts: _Starts, progress: Progress, elapsed_s: float, rest_s: float | None) -> float:
    """How much of the time of a run is over, 0–1; by rule of thumb where the rest is unknown."""
    if rest_s is None or elapsed_s + rest_s <= 0:
        return starts.get(progress.stage, 1.0)
    return elapsed_s / (elapsed_s + rest_s)
