"""How far a run is: its share, and how long the rest takes at the pace so far."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from pipeline.store.run_states import RunKind
from pipeline.synthesizers.protocol import Progress, Stage

_Starts = Mapping[Stage, float]
# Where each stage begins, 0–1, by rule of thumb; what follows a training is short beside it.
_TRAINING: _Starts = MappingProxyType({Stage.HMA: 0.02, Stage.PREPARE: 0.1, Stage.TRAIN: 0.15})
_TABLE: _Starts = MappingProxyType({**_TRAINING, Stage.SAMPLE: 0.85, Stage.EVALUATE: 0.92})
# A large table is most of its run, and its model is fitted more often than not.
_PARTS: _Starts = MappingProxyType(
    {Stage.HMA: 0.01, Stage.PREPARE: 0.02, Stage.TRAIN: 0.03, Stage.SAMPLE: 0.1}
)
_ALL_STARTS = MappingProxyType(
    {RunKind.TRAIN: _TRAINING, RunKind.GENERATE: _TABLE, RunKind.EVALUATE: _TABLE, RunKind.BULK: _PARTS}
)


def compute_share(kind: RunKind, progress: Progress) -> float:
    """How much of a run is done, 0–1; a stage that counts its epochs, or its rows, moves with them."""
    starts = _ALL_STARTS[kind]
    start = starts.get(progress.stage, 1.0)
    end = starts.get(Stage.SAMPLE, 1.0) if progress.stage is Stage.TRAIN else 1.0
    is_counted = progress.stage is Stage.TRAIN or (kind is RunKind.BULK and progress.stage is Stage.SAMPLE)
    return start + (end - start) * progress.epoch / max(progress.epochs, 1) if is_counted else start


def estimate_rows(share: float, rows: int) -> int:
    """Rows of a large table that are there when so much of its run is done (0–1)."""
    start = _PARTS[Stage.SAMPLE]
    return round(rows * max(share - start, 0.0) / (1.0 - start))


def estimate_remaining_s(progress: Progress) -> float | None:
    """Seconds that the rest of a stage takes at the pace so far; None before its first epoch or row."""
    if not progress.epoch:
        return None
    return progress.seconds / progress.epoch * (progress.epochs - progress.epoch)
