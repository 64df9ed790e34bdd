"""What came of a run, as the table of runs keeps it: its result, or why it failed."""

from __future__ import annotations

import errno
import logging
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.errors import ConfigError, JobCancelled, NotFoundError, StoreError, WorkbenchError
from pipeline.runs.records import (
    BulkSummary,
    EvaluateSummary,
    GenerateSummary,
    RelatedBulkSummary,
    RelatedSummary,
    RunError,
    RunResult,
    TrainSummary,
    write_result,
)
from pipeline.runs.states import RunEvent

if TYPE_CHECKING:
    from pipeline.evaluation.results import Evaluation
    from pipeline.generation.related.results import RelatedEvidence, RelatedGeneration, RelatedTraining
    from pipeline.generation.results import BulkResult, Generation, RelatedBulkResult, Training
    from pipeline.reports.subject import Subject

    Result = (
        Training | Generation | Subject | BulkResult | RelatedTraining | RelatedGeneration | RelatedBulkResult
    )

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome:
    """How a run ended, the model that it made or used, quality 0–1, its result, and all that was measured."""

    event: RunEvent = RunEvent.FINISH
    model: str | None = None
    quality: float | None = None
    result: RunResult | None = None
    evaluation: Evaluation | RelatedEvidence | None = None

    @property
    def columns(self) -> dict[str, Any]:
        """The outcome as columns of the run; a quality that was not measured leaves the last one there."""
        measured: dict[str, Any] = {} if self.quality is None else {"quality": self.quality}
        if self.evaluation is not None:
            from pipeline.evaluation.stored import write_evaluation

            measured["evidence"] = write_evaluation(self.evaluation)
        return {"model": self.model, "result": write_result(self.result) if self.result else {}, **measured}


def describe_cancelled(stopped: BaseException) -> Outcome:
    """A run that was stopped, with the model that it leaves."""
    return Outcome(RunEvent.CANCEL, stopped.model if isinstance(stopped, JobCancelled) else None)


def describe_training(done: Training) -> Outcome:
    """A model that was fitted or found; one that was stopped is what a cancelled run leaves."""
    result = TrainSummary(
        model=done.model,
        synthesizer=done.synthesizer,
        epochs=done.epochs,
        kept_epoch=done.kept_epoch,
        seconds=done.seconds,
        reused=done.reused,
        reason=done.reason or None,
        treatments=tuple(plan.as_dict() for plan in done.treatments),
        figure=done.figure.as_dict(),
    )
    event = RunEvent.CANCEL if done.was_stopped else RunEvent.FINISH
    return Outcome(event, done.model, done.quality, result)


def describe_generation(generation: Generation) -> Outcome:
    """A table that was generated: what it takes to make it again, and its scores."""
    from pipeline.evaluation.headline import compute_headline
    from pipeline.generation.results import compute_table_digest

    evaluation, headline = generation.evaluation, compute_headline(generation.evaluation)
    result = GenerateSummary(
        model=generation.model.id,
        rows=generation.rows,
        seed=generation.seed,
        as_of=generation.as_of.isoformat(),
        seconds=dict(generation.seconds),
        reused=generation.reused,
        quality=headline.figure.score,
        validity=evaluation.validity.score,
        privacy=evaluation.privacy.verdict.value,
        table_sha256=compute_table_digest(generation.table),
        learned=generation.learned.count,
        **headline.as_brief(),
    )
    return Outcome(
        model=generation.model.id, quality=headline.figure.score, result=result, evaluation=evaluation
    )


def describe_evaluation(subject: Subject) -> Outcome:
    """A table that was measured: the whole evidence, and of which columns."""
    evidence = subject.as_dict()
    return Outcome(quality=evidence["figure"]["score"], result=EvaluateSummary(evidence))


def describe_bulk(done: BulkResult) -> Outcome:
    """A large table: where it is, what its manifest says in short, and how fast it was made."""
    result = BulkSummary(**done.as_plain())
    return Outcome(model=done.model, quality=done.quality, result=result)


def describe_related_training(done: RelatedTraining) -> Outcome:
    """A model of several tables that was fitted or found."""
    result = RelatedSummary(model=done.model, seconds={"train": done.seconds}, reused=done.reused)
    event = RunEvent.CANCEL if done.was_stopped else RunEvent.FINISH
    return Outcome(event, done.model, result=result)


def describe_related(generation: RelatedGeneration) -> Outcome:
    """Several tables that were generated: what it takes to make them again, and their scores."""
    from pipeline.generation.related.results import compute_digest

    evidence, request = generation.evidence, generation.request
    result = RelatedSummary(
        model=generation.model.id,
        rows=generation.rows,
        scale=request.scale,
        seed=request.seed,
        as_of=request.as_of.isoformat(),
        seconds=dict(generation.seconds),
        reused=generation.reused,
        quality=evidence.quality,
        is_valid=evidence.is_valid,
        privacy=evidence.privacy.value,
        tables_sha256=compute_digest(generation.tables),
        **evidence.headline.as_brief(),
    )
    return Outcome(model=generation.model.id, quality=evidence.quality, result=result, evaluation=evidence)


def describe_related_bulk(done: RelatedBulkResult) -> Outcome:
    """Several large tables: where they are, what their manifest says in short, and their rate."""
    plain = done.as_plain()
    result = RelatedBulkSummary(**{**plain, "rows": sum(done.rows.values()), "tables": plain["rows"]})
    return Outcome(model=done.model, quality=done.quality, result=result)


def log_failure(error: BaseException) -> RunError:
    """An error in words for the run's owner; what only the operator can fix is logged under a reference."""
    if isinstance(error, WorkbenchError) and not _is_operators(error):
        return RunError(error.message, error.hint, error.code)
    reference = secrets.token_hex(4)
    _LOG.error("Run failed, reference %s", reference, exc_info=error)
    code = error.code if isinstance(error, WorkbenchError) else WorkbenchError.code
    message, hint = _explain(error)
    return RunError(message, f"{hint} reference {reference} in the server's log.", code)


def describe_local_failure(error: BaseException) -> RunError:
    """An error of a run in the user's own process, where it is shown in full at the same time."""
    if isinstance(error, WorkbenchError):
        return RunError(error.message, error.hint, error.code)
    return RunError(
        f"The run ended in an unexpected error ({type(error).__name__}).",
        "look at the terminal or the notebook that it ran in.",
        WorkbenchError.code,
    )


def _is_operators(error: WorkbenchError) -> bool:
    is_ours = isinstance(error, StoreError | ConfigError) and not isinstance(error, NotFoundError)
    return is_ours or type(error) is WorkbenchError


def _explain(error: BaseException) -> tuple[str, str]:
    causes = tuple(_iterate_causes(error))
    if any(isinstance(one, OSError) and one.errno in (errno.ENOSPC, errno.EDQUOT) for one in causes):
        return (
            "The disk of the workbench is full; no partial files were kept.",
            "ask an administrator to free space and resume the run, with",
        )
    if any(isinstance(one, MemoryError) for one in causes):
        return (
            "The worker ran out of memory.",
            "ask for fewer rows or another synthesizer, or an administrator to look up",
        )
    return (
        "The run failed because of an internal error.",
        "ask an administrator to look up",
    )


def _iterate_causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
