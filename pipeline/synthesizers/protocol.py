"""What every synthesizer promises, whoever wrote it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar, Protocol, Self

import numpy as np
import pandas as pd

from pipeline.errors import JobCancelled
from pipeline.synthesizers.width import ColumnPlan

Shares = Mapping[str, Mapping[Any, float]]
"""Column → category → share of the rows in 0–1; what is left over keeps its natural proportions."""


class Stage(StrEnum):
    """Where a run is: the first three train a model, the last two make a table from it."""

    HMA = "hma"
    PREPARE = "prepare"
    TRAIN = "train"
    SAMPLE = "sample"
    EVALUATE = "evaluate"


class Signal(StrEnum):
    """What a progress callback may answer.

    STOP ends a training after the epoch that was reported, and the best state so far becomes the model. In
    any other stage there is nothing half done to keep: STOP ends the run there with JobCancelled.
    """

    CONTINUE = "continue"
    STOP = "stop"


@dataclass(frozen=True)
class Progress:
    """One report of a run: epochs count from 1, and are 0 before the first.

    `quality` is 0–1 against the holdout, where it was measured.
    """

    stage: Stage
    epoch: int
    epochs: int
    seconds: float
    losses: Mapping[str, float] = field(default_factory=dict)
    quality: float | None = None


@dataclass(frozen=True)
class RowProgress(Progress):
    """A report of a table that is made in parts: rows that are there, and how fast rows are made now."""

    rows: int = 0
    total_rows: int = 0
    rows_per_second: float = 0.0


OnProgress = Callable[[Progress], "Signal | None"]
Scorer = Callable[[pd.DataFrame], float]


def tell(on_progress: OnProgress | None, progress: Progress, kept: str = "no model was stored") -> None:
    """Report what has no half to keep; raise JobCancelled on STOP, `kept` saying what there is already."""
    if on_progress and on_progress(progress) == Signal.STOP:
        raise JobCancelled(
            f"The run was stopped in the stage {progress.stage}; {kept}.",
            "give the same order again to have it made.",
        )


@dataclass(frozen=True)
class SynthesizerState:
    """A fitted synthesizer as JSON-able values and plain arrays; no pickle."""

    values: Mapping[str, Any]
    arrays: Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Drawn:
    """Sampled rows. `forced_rows` of them were set to the category of a share that the model hardly draws.

    In those rows the columns of the shares do not go with the others as they do in the real table.
    """

    table: pd.DataFrame
    forced_rows: int = 0


@dataclass(frozen=True)
class FitReport:
    """How a fit went: epochs really trained, loss and quality curves, and which epoch was kept.

    `was_stopped` where the callback ended it; an end that the recipe asks for is no stop.
    """

    epochs_trained: int
    kept_epoch: int
    seconds: float
    was_stopped: bool
    history: tuple[Progress, ...]


class Synthesizer(Protocol):
    """Learns modelled columns and samples new rows of them."""

    name: ClassVar[str]

    def plan(self, table: pd.DataFrame) -> tuple[ColumnPlan, ...]:
        """How each column would be treated; TrainingError names one that cannot be, or is too wide."""
        ...

    @property
    def plans(self) -> tuple[ColumnPlan, ...]:
        """How each column of the fitted table was treated, and why; empty where no record was kept."""
        ...

    def fit(
        self,
        table: pd.DataFrame,
        on_progress: OnProgress | None = None,
        scorer: Scorer | None = None,
        checkpoint: Path | None = None,
    ) -> FitReport:
        """Learn `table` (modelled columns only); resume from `checkpoint` where that file exists."""
        ...

    def sample(self, rows: int, seed: int, shares: Shares | None = None) -> pd.DataFrame:
        """Give `rows` new rows; shares are met exactly, to the rounding of one row."""
        ...

    def draw(self, rows: int, seed: int, shares: Shares | None = None) -> Drawn:
        """The rows of `sample`, and how many of them had to be set to a share."""
        ...

    @property
    def state(self) -> SynthesizerState:
        """Everything that `from_state` needs."""
        ...

    @classmethod
    def from_state(cls, state: SynthesizerState) -> Self:
        """A fitted synthesizer again."""
        ...
