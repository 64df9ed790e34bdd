"""How far a run is: its share, and how long the rest takes at the pace so far."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from pipeline.runs.states import RunKind
from pipeline.synthesizers.protocol import Progress, RowProgress, Stage

_Starts = Mapping[Stage, float]
# Where each stage begins, 0–1, by rule of thumb; what follows a training is short beside it.
_TRAINING: _Starts = MappingProxyType({Stage.HMA: 0.02, Stage.PREPARE: 0.1, Stage.TRAIN: 0.15})
_TABLE: _Starts = MappingProxyType({**_TRAINING, Stage.SAMPLE: 0.85, Stage.EVALUATE: 0.92})
# The rows of a large table take longer than the training of its model.
_BULK: _Starts = MappingProxyType(
    {Stage.HMA: 0.01, Stage.PREPARE: 0.05, Stage.TRAIN: 0.08, Stage.SAMPLE: 0.3}
)
_STARTS: Mapping[RunKind, _Starts] = MappingProxyType({RunKind.TRAIN: _TRAINING, RunKind.BULK: _BULK})


def compute_share(kind: RunKind, progress: Progress) -> float:
    """How much of a run is done, 0–1."""
    starts = _STARTS.get(kind, _TABLE)
    start = starts.get(progress.stage, 1.0)
    if isinstance(progress, RowProgress):
        return start + (1.0 - start) * progress.rows / max(progress.total_rows, 1)
    if progress.stage is not Stage.TRAIN:
        return start
    end = starts.get(Stage.SAMPLE, 1.0)
    return start + (end - start) * progress.epoch / max(progress.epochs, 1)


def estimate_remaining_s(progress: Progress) -> float | None:
    """Seconds that the rest of the epochs or rows takes at the pace so far; None before the first."""
    if isinstance(progress, RowProgress):
        left = progress.total_rows - progress.rows
        return left / progress.rows_per_second if progress.rows_per_second else None
    if progress.stage is not Stage.TRAIN or not progress.epoch:
        return None
    return progress.seconds / progress.epoch * (progress.epochs - progress.epoch)


def describe_rows(progress: Progress) -> dict[str, float] | None:
    """What a table in parts has to show before it is complete; None for any other report."""
    if not isinstance(progress, RowProgress):
        return None
    return {"rows": progress.rows, "rows_per_second": progress.rows_per_second}
