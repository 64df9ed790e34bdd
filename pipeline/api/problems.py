"""Errors as problem responses (RFC 9457), and the one place where a WorkbenchError becomes a status."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from pipeline.errors import (
    AccessError,
    ApprovalRequired,
    ClusterLost,
    ConfigError,
    DataError,
    EvaluationError,
    ExportError,
    JobCancelled,
    JobError,
    ModelDamaged,
    NotFoundError,
    SamplingError,
    StoreError,
    TrainingError,
    WorkbenchError,
)

MEDIA_TYPE = "application/problem+json"
SECURITY_HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "Cache-Control": "no-store",
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }
)
_STATUSES: Mapping[type[WorkbenchError], int] = MappingProxyType(
    {
        WorkbenchError: 500,
        ConfigError: 503,
        StoreError: 503,
        NotFoundError: 404,
        AccessError: 403,
        DataError: 422,
        # Data or recipe of the request led there; the installation works.
        TrainingError: 422,
        SamplingError: 422,
        EvaluationError: 422,
        ExportError: 422,
        ApprovalRequired: 409,
        ModelDamaged: 409,
        JobError: 409,
        # The same request may go well.
        ClusterLost: 503,
        JobCancelled: 409,
    }
)
_CODES = {400: "malformed", 404: "not_found", 405: "method", 413: "too_large"}
_HINTS = {
    400: "send the body in the form that openapi.json describes.",
    404: "openapi.json lists every route.",
    405: "the header Allow names the methods of this route.",
}
_LOG = logging.getLogger(__name__)


class InvalidField(BaseModel):
    """A part of a request that cannot be used."""

    location: str = Field(examples=["body.rows"])
    message: str = Field(examples=["Input should be a valid integer"])


class Problem(BaseModel):
    """What went wrong and what to do next; `code` is stable, `reference` leads to the cause in the log."""

    type: str = Field(examples=["urn:synthetic-data-workbench:problem:data"])
    title: str = Field(examples=["Unprocessable Entity"])
    status: int = Field(examples=[422])
    detail: str = Field(examples=["12 rows were requested; a request takes 1,000 to 10,000."])
    code: str = Field(examples=["data"])
    hint: str = Field("", examples=["ask for a number in that range."])
    errors: list[InvalidField] | None = None
    reference: str | None = None


class Refusal(HTTPException):
    """A request that is turned away before or beside the workbench, with code and hint of its own."""

    def __init__(
        self, status: int, code: str, detail: str, hint: str, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(status, detail, headers)
        self.code = code
        self.hint = hint


def get_status(error: WorkbenchError) -> int:
    """The HTTP status of an error: that of the nearest class in the tree that has one."""
    return next(_STATUSES[kind] for kind in type(error).__mro__ if kind in _STATUSES)


def answer(
    status: int,
    code: str,
    detail: str,
    hint: str = "",
    *,
    errors: list[InvalidField] | None = None,
    reference: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A problem response with the security headers."""
    problem = Problem(
        type=f"urn:synthetic-data-workbench:problem:{code}",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        code=code,
        hint=hint,
        errors=errors,
        reference=reference,
    )
    body = problem.model_dump_json(exclude_none=True)
    return Response(body, status, {**SECURITY_HEADERS, **(headers or {})}, MEDIA_TYPE)


def answer_workbench_error(_request: Request, error: Exception) -> Response:
    """An error of ours: errors that the caller can fix keep their text, others go to the log."""
    if not isinstance(error, WorkbenchError):
        return answer_unexpected(_request, error)
    status = get_status(error)
    if status < 500:
        return answer(status, error.code, error.message, error.hint)
    return _answer_by_reference(status, error.code, error)


def answer_http_error(_request: Request, error: Exception) -> Response:
    """What the router, the body parser or a gate refuses."""
    if isinstance(error, Refusal):
        return answer(error.status_code, error.code, error.detail, error.hint, headers=error.headers)
    status = error.status_code if isinstance(error, HTTPException) else 500
    phrase = HTTPStatus(status).phrase
    headers = error.headers if isinstance(error, HTTPException) else None
    detail = {404: "There is nothing at this address.", 405: "This route has no such method."}.get(status)
    code = _CODES.get(status, "http")
    return answer(status, code, detail or f"{phrase}.", _HINTS.get(status, ""), headers=headers)


def answer_validation_error(_request: Request, error: Exception) -> Response:
    """A request that is not what the OpenAPI description says; what was sent is not repeated."""
    found = error.errors() if isinstance(error, RequestValidationError) else ()
    errors = [
        InvalidField(location=".".join(str(part) for part in one["loc"]), message=one["msg"]) for one in found
    ]
    detail = "; ".join(f"{one.location}: {one.message}" for one in errors[:5])
    return answer(422, "validation", detail, "correct the parts named in `errors`.", errors=errors)


def answer_unexpected(_request: Request, error: Exception) -> Response:
    """Anything else: the cause goes to the log, its reference to the caller."""
    return _answer_by_reference(500, "unexpected", error)


def log_error(error: BaseException) -> str:
    """Write an error to the log and give the reference under which it is there."""
    reference = secrets.token_hex(4)
    _LOG.error("API error, reference %s", reference, exc_info=error)
    return reference


def _answer_by_reference(status: int, code: str, error: Exception) -> Response:
    reference = log_error(error)
    return answer(
        status,
        code,
        "The workbench failed to process this request.",
        f"ask an administrator to look up reference {reference} in the server's log.",
        reference=reference,
    )
