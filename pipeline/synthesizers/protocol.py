"""The protocol that every synthesizer implements."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol, Self

import numpy as np
import pandas as pd

from pipeline.progress import OnProgress, Progress
from pipeline.synthesizers.width import ColumnPlan

Shares = Mapping[str, Mapping[Any, float]]
"""Column → category → share of the rows in 0–1; what is left over keeps its natural proportions."""

DEPENDENCIES_KEY = "dependencies"
"""Where the state of a synthesizer keeps the functional dependencies of the sample, if there are any."""

Scorer = Callable[[pd.DataFrame], float]


@dataclass(frozen=True)
class SynthesizerState:
    """A fitted synthesizer as JSON-able values and plain arrays; no pickle."""

    values: Mapping[str, Any]
    arrays: Mapping[str, np.ndarray]


def take_arrays(arrays: Mapping[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    """The arrays whose names begin with `prefix`, by the rest of their names."""
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}


@dataclass(frozen=True)
class Drawn:
    """Sampled rows; those that `is_forced` marks (None: none) were set to the category of a share.

    The model rarely generates that category. In those rows the columns of the shares do not go with the
    others as they do in the real table.
    """

    table: pd.DataFrame
    is_forced: np.ndarray | None = None

    @property
    def forced_rows(self) -> int:
        """How many rows were set to a share."""
        return 0 if self.is_forced is None else int(self.is_forced.sum())


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


class Sampler(Protocol):
    """Gives new rows of modelled columns that were learned."""

    @property
    def plans(self) -> tuple[ColumnPlan, ...]:
        """How each column of the fitted table was treated, and why; empty where no record was kept."""
        ...

    def sample(self, rows: int, seed: int, shares: Shares | None = None) -> pd.DataFrame:
        """Give `rows` new rows; shares are met exactly, to the rounding of one row."""
        ...

    def draw(self, rows: int, seed: int, shares: Shares | None = None) -> Drawn:
        """The rows of `sample`, and how many of them had to be set to a share."""
        ...

    @property
    def state(self) -> SynthesizerState:
        """Everything that `load_synthesizer` needs."""
        ...


class Synthesizer(Sampler, Protocol):
    """Learns modelled columns and samples new rows of them."""

    name: ClassVar[str]

    def plan(self, table: pd.DataFrame) -> tuple[ColumnPlan, ...]:
        """How each column would be treated; TrainingError names one that cannot be, or is too wide."""
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

    @classmethod
    def from_state(cls, state: SynthesizerState) -> Self:
        """A fitted synthesizer again."""
        ...
