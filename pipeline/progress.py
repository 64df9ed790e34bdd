"""How work reports its progress and is asked to stop: one callback, from a training to a page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum

from pipeline.errors import JobCancelled


class Stage(StrEnum):
    """Where a run is: five train a model, two make a table from it, two read or load a database."""

    CHOOSE = "choose"
    HMA = "hma"
    PREPARE = "prepare"
    TRAIN = "train"
    REFINE = "refine"
    SAMPLE = "sample"
    EVALUATE = "evaluate"
    READ = "read"
    LOAD = "load"

    @property
    def description(self) -> str:
        """What is done in it, for readers."""
        return _DESCRIPTIONS[self]


class Part(StrEnum):
    """What an evaluation measures, in this order; an export needs the first five."""

    VALIDITY = "validity"
    QUALITY = "quality"
    DIAGNOSTIC = "diagnostic"
    PRIVACY = "privacy"
    BASELINES = "baselines"
    ATTACKS = "attacks"
    COVERAGE = "coverage"
    DETECTION = "detection"
    UTILITY = "utility"

    @property
    def share(self) -> float:
        """How much of a full evaluation is done when this part ends, 0–1."""
        parts = list(Part)
        return (parts.index(self) + 1) / len(parts)


class Signal(StrEnum):
    """What a progress callback may answer.

    STOP ends a training after the epoch that was reported, and the best state so far becomes the model. In
    any other stage there is nothing half done to keep: STOP ends the run there with JobCancelled.
    """

    CONTINUE = "continue"
    STOP = "stop"


_DESCRIPTIONS = {
    Stage.CHOOSE: "Trying synthesizers on a part of the rows",
    Stage.HMA: "HMA learns the sample and writes the initial synthetic data",
    Stage.PREPARE: "Preparing the columns for training",
    Stage.TRAIN: "Training",
    Stage.REFINE: "Learning which of its rows to keep",
    Stage.SAMPLE: "Sampling rows and deriving identity columns",
    Stage.EVALUATE: "Measuring validity, quality and privacy",
    Stage.READ: "Reading the tables of a database",
    Stage.LOAD: "Loading tables into a database",
}


@dataclass(frozen=True)
class Progress:
    """One report of a run: epochs count from 1, and are 0 before the first.

    `quality` is 0–1 against the holdout, where it was measured.
    """

    stage: Stage
    epoch: int = 0
    epochs: int = 0
    seconds: float = 0.0
    losses: Mapping[str, float] = field(default_factory=dict)
    quality: float | None = None


@dataclass(frozen=True)
class RowProgress(Progress):
    """A report of a table that is made in parts; `rows` and `parts` count those that were found complete too.

    `rows_per_second` is that of the parts that are made now.
    """

    rows: int = 0
    total_rows: int = 0
    rows_per_second: float = 0.0
    parts: int = 0
    total_parts: int = 0


@dataclass(frozen=True)
class TableProgress(Progress):
    """A report of a training on several tables: the one that is learned now, `place` (from 1) of `tables`."""

    table: str = ""
    place: int = 0
    tables: int = 0


@dataclass(frozen=True)
class PartProgress(Progress):
    """A report of an evaluation: the `part` of it that has just ended."""

    part: Part = Part.VALIDITY


OnProgress = Callable[[Progress], "Signal | None"]


def tell(on_progress: OnProgress | None, progress: Progress, kept: str = "no model was stored") -> None:
    """Report what has no half to keep; raise JobCancelled on STOP, `kept` saying what there is already."""
    if on_progress and on_progress(progress) == Signal.STOP:
        raise JobCancelled(
            f"The run was stopped in the stage {progress.stage}; {kept}.",
            "send the same order again to complete it.",
        )


def announce(on_progress: OnProgress | None, stage: Stage, kept: str = "no model was stored") -> None:
    """Report that a stage begins; JobCancelled where the answer is STOP."""
    tell(on_progress, Progress(stage), kept)


@contextmanager
def naming_model(trained: str | None) -> Iterator[None]:
    """Have a run that is stopped inside the block name the model that it has trained, if it has."""
    try:
        yield
    except JobCancelled as stopped:
        stopped.model = stopped.model or trained
        raise
