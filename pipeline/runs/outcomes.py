"""What came of a run, as the table of runs keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeline.evaluation.as_json import as_dict
from pipeline.evaluation.results import Evaluation
from pipeline.generation.bulk.request import BulkResult
from pipeline.generation.request import Generation, Training, compute_table_digest
from pipeline.runs.states import RunEvent


@dataclass(frozen=True)
class Outcome:
    """How a run ended, the model that it made or used, quality 0–1, and the rest as plain JSON values."""

    event: RunEvent = RunEvent.FINISH
    model: str | None = None
    quality: float | None = None
    result: Mapping[str, Any] = field(default_factory=dict)

    @property
    def columns(self) -> dict[str, Any]:
        """The outcome as columns of the run; a quality that was not measured leaves the last one there."""
        measured = {} if self.quality is None else {"quality": self.quality}
        return {"model": self.model, "result": dict(self.result), **measured}


CANCELLED = Outcome(RunEvent.CANCEL)


def describe_training(done: Training) -> Outcome:
    """A model that was fitted or found; one that was stopped is what a cancelled run leaves."""
    result = {
        "model": done.model,
        "synthesizer": done.synthesizer,
        "epochs": done.epochs,
        "kept_epoch": done.kept_epoch,
        "seconds": done.seconds,
        "reused": done.reused,
        "treatments": [plan.as_dict() for plan in done.treatments],
    }
    event = RunEvent.CANCEL if done.was_stopped else RunEvent.FINISH
    return Outcome(event, done.model, done.quality, result)


def describe_generation(generation: Generation) -> Outcome:
    """A table that was generated: what it takes to make it again, and its scores."""
    evaluation = generation.evaluation
    result = {
        "model": generation.model.id,
        "rows": generation.rows,
        "seed": generation.seed,
        "as_of": generation.as_of.isoformat(),
        "seconds": dict(generation.seconds),
        "reused": generation.reused,
        "quality": evaluation.quality.score,
        "validity": evaluation.validity.score,
        "privacy": evaluation.privacy.verdict.value,
        "table_sha256": compute_table_digest(generation.table),
    }
    return Outcome(model=generation.model.id, quality=evaluation.quality.score, result=result)


def describe_evaluation(evaluation: Evaluation) -> Outcome:
    """A table that was measured: the whole evidence."""
    return Outcome(quality=evaluation.quality.score, result=as_dict(evaluation))


def describe_bulk(done: BulkResult) -> Outcome:
    """A large table: where it lies, what its manifest says in short, and how fast it was made."""
    result = {
        "model": done.model,
        "rows": done.rows,
        "parts": done.parts,
        "new_parts": done.new_parts,
        "out": done.out,
        "seed": done.seed,
        "as_of": done.as_of.isoformat(),
        "forced_rows": done.forced_rows,
        "sha256": done.sha256,
        "seconds": done.seconds,
        "rows_per_second": done.rows_per_second,
        "quality": done.quality,
        "validity": {"is_valid": True, "checked": done.checked, "failed": 0},
        "privacy": done.privacy,
    }
    return Outcome(model=done.model, quality=done.quality, result=result)
