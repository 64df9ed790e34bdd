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


def compute_share(kind: RunKind, progress: Progress) -> float:
    """How much of a run is done, 0–1."""
    starts = _TRAINING if kind is RunKind.TRAIN else _TABLE
    start = starts.get(progress.stage, 1.0)
    if progress.stage is not Stage.TRAIN:
        return start
    end = starts.get(Stage.SAMPLE, 1.0)
    return start + (end - start) * progress.epoch / max(progress.epochs, 1)


def estimate_remaining_s(progress: Progress) -> float | None:
    """Seconds that the rest of a training takes at the pace so far; None before its first epoch."""
    if progress.stage is not Stage.TRAIN or not progress.epoch:
        return None
    return progress.seconds / progress.epoch * (progress.epochs - progress.epoch)
