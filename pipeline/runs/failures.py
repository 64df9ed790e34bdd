"""What a user is told of a run that failed, and what stays in the log of the workbench."""

from __future__ import annotations

import errno
import logging
import secrets
from collections.abc import Iterator

from pipeline.errors import ConfigError, NotFoundError, StoreError, WorkbenchError
from pipeline.runs.records import RunError

_LOG = logging.getLogger(__name__)


def describe_failure(error: BaseException) -> RunError:
    """An error in words for whoever ordered the run; what only the operator can mend goes to the log."""
    if isinstance(error, WorkbenchError) and not _is_operators(error):
        return RunError(error.message, error.hint, error.code)
    reference = secrets.token_hex(4)
    _LOG.error("Run failed, reference %s", reference, exc_info=error)
    code = error.code if isinstance(error, WorkbenchError) else WorkbenchError.code
    message, hint = _judge(error)
    return RunError(message, f"{hint} reference {reference} in the server's log.", code)


def describe_local_failure(error: BaseException) -> RunError:
    """An error of a run in somebody's own process, where it is shown in full at the same time."""
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


def _judge(error: BaseException) -> tuple[str, str]:
    causes = tuple(_iterate_causes(error))
    if any(isinstance(one, OSError) and one.errno in (errno.ENOSPC, errno.EDQUOT) for one in causes):
        return (
            "The disk of the workbench is full; nothing half-written was kept.",
            "ask an administrator to free space and resume the run, with",
        )
    if any(isinstance(one, MemoryError) for one in causes):
        return (
            "The worker ran out of memory.",
            "ask for fewer rows or another synthesizer, or an administrator to look up",
        )
    return (
        "The run failed for a reason on the workbench's side.",
        "ask an administrator to look up",
    )


def _iterate_causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
