"""Everything that can go wrong, in one tree with one root.

WorkbenchError            message, hint, code
├─ ConfigError   ├─ DataError ─ MetadataError, NoRowsError   ├─ TrainingError ─ RecipeError   ├─ SamplingError
├─ EvaluationError   ├─ ExportError ─ ApprovalRequired   ├─ AccessError
├─ StoreError ─ NotFoundError, ModelDamaged
└─ JobError ─ ClusterLost, JobCancelled ─ Superseded

A message says what is wrong and where (table, column, file, line); the hint says what to do
next; the code is a stable word for programs (the API and `--json` show it).
"""

from __future__ import annotations

from typing import ClassVar


class WorkbenchError(Exception):
    """Root of every error that a user of the workbench can cause or meet."""

    code: ClassVar[str] = "workbench_error"

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} Hint: {self.hint}" if self.hint else self.message


class ConfigError(WorkbenchError):
    """`config.yaml` or the environment holds something that cannot be used."""

    code = "config"


class DataError(WorkbenchError):
    """A table cannot be read, or a request about data is out of range."""

    code = "data"


class MetadataError(DataError):
    """Metadata is malformed or does not fit the data that it describes."""

    code = "metadata"


class NoRowsError(DataError):
    """A file holds no row of data: nothing at all, or a header alone."""

    code = "no_rows"


class TrainingError(WorkbenchError):
    """A synthesizer could not be fitted."""

    code = "training"


class RecipeError(TrainingError):
    """A recipe asks for what its synthesizer cannot do."""

    code = "recipe"


class SamplingError(WorkbenchError):
    """A fitted model could not give the rows that were asked for."""

    code = "sampling"


class EvaluationError(WorkbenchError):
    """Quality, validity or privacy could not be measured."""

    code = "evaluation"


class ExportError(WorkbenchError):
    """A table could not be exported, or must not be."""

    code = "export"


class ApprovalRequired(ExportError):
    """A table must not leave before another person has released it."""

    code = "approval_required"


class StoreError(WorkbenchError):
    """The state folder or the database could not be read or written."""

    code = "store"


class NotFoundError(StoreError):
    """What was asked for by name or id does not exist."""

    code = "not_found"


class ModelDamaged(StoreError):
    """A stored model is not as this installation wrote it; its recipe makes it anew."""

    code = "model_damaged"


class JobError(WorkbenchError):
    """A background run failed."""

    code = "job"


class ClusterLost(JobError):
    """Workers or their scheduler went away on the way; the same again may go well."""

    code = "cluster_lost"


class JobCancelled(JobError):
    """A run ended because it was cancelled; `model` is the id of one that it had trained by then."""

    code = "cancelled"

    def __init__(self, message: str, hint: str = "", model: str | None = None) -> None:
        super().__init__(message, hint)
        self.model = model


class Superseded(JobCancelled):
    """Another attempt has taken over this run; the results of this one are discarded."""

    code = "superseded"


class AccessError(WorkbenchError):
    """No user is logged in, or the role does not allow this."""

    code = "access"
