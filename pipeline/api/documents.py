"""The OpenAPI description: who may call, what every failure looks like, and examples of both."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from pipeline.api.problems import MEDIA_TYPE, Problem
from pipeline.api.schemas import RunState
from pipeline.evaluation.results import Verdict

DESCRIPTION = """\
Synthetic test data that behaves like the real thing and contains no real person.

Every request carries `Authorization: Bearer TOKEN`. A token belongs to an account, has a role (viewer,
analyst or admin) and an end, and is made on the account page, with `POST /tokens` or with
`python -m pipeline token create`. Cookies of the web pages are not accepted here. `x-required-role` of an
operation names the role that it requires.

Failures are problem responses (RFC 9457) with a stable `code` and a `hint` that says what to do next.
"""
TAGS = [
    {
        "name": "datasets",
        "description": "Samples of real tables, described; their values are never returned.",
    },
    {
        "name": "related",
        "description": "Several tables with their keys, relations and rules; no value of theirs is returned.",
    },
    {"name": "models", "description": "Fitted models, reused for equal orders."},
    {"name": "runs", "description": "Training in the background."},
    {"name": "approvals", "description": "Tables that wait until another person has released them."},
    {"name": "tables", "description": "Tables as files, and the evidence about them."},
    {"name": "tokens", "description": "Tokens of one's own account."},
]
_SCHEMA = "#/components/schemas/Problem"
_EVERYWHERE = (400, 401, 403, 413, 422, 429, 500, 503)
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_TABLE_TYPES = (
    "text/csv",
    "application/json",
    "application/vnd.apache.parquet",
    _WORKBOOK,
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/zip",
)
_FILE_HEADERS: dict[str, Any] = {
    "Content-Disposition": {"description": "A file name.", "schema": {"type": "string"}},
    "X-SHA256": {"description": "Checksum of the body.", "schema": {"type": "string"}},
    "X-Model": {"description": "Id of the fitted model.", "schema": {"type": "string"}},
    "X-As-Of": {
        "description": "Date from which ages count.",
        "schema": {"type": "string", "format": "date"},
    },
    "X-Quality": {
        "description": "Quality, 0–1; empty where it cannot be measured.",
        "schema": {"type": "string"},
    },
    "X-Floor": {"description": "What independent columns score there.", "schema": {"type": "string"}},
    "X-Ceiling": {"description": "What other real rows score there.", "schema": {"type": "string"}},
}
_VERDICTS = {"type": "string", "enum": [*Verdict]}
_HEADLINE = {
    "X-Verdict": {"description": "Verdict on sharing what was made.", "schema": _VERDICTS},
    "X-Reason": {
        "description": "Why, in one sentence; what is not printable ASCII is percent-encoded UTF-8.",
        "schema": {"type": "string"},
    },
    "X-Next-Step": {
        "description": "What to do next, encoded likewise.",
        "schema": {"type": "string"},
    },
    "X-Warnings": {
        "description": "Number of all findings, on privacy and on quality; the manifest lists them.",
        "schema": {"type": "integer", "minimum": 0},
    },
}
GENERATED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The table, or with `bundle` a ZIP of the table, its manifest and its report.",
        "content": {
            **dict.fromkeys(_TABLE_TYPES, _BINARY),
            "application/json": {"schema": {"type": "array", "items": {"type": "object"}}},
        },
        "headers": {
            **_FILE_HEADERS,
            "X-Learned": {
                "description": "How many columns the quality is about, as in 9 of 12 columns.",
                "schema": {"type": "string"},
            },
            "X-Privacy": {"description": "Verdict on privacy.", "schema": _VERDICTS},
            **_HEADLINE,
        },
    }
}
LATER: dict[str, Any] = {
    "description": "The run that the order became: its model has to be trained, or other work is before it.",
    "model": RunState,
    "headers": {"Location": {"description": "The run.", "schema": {"type": "string"}}},
}
RELATED_FILES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The tables: a ZIP with manifest and report, a workbook, or an SQL script.",
        "content": dict.fromkeys(("application/zip", _WORKBOOK, "application/sql"), _BINARY),
        "headers": {
            **_FILE_HEADERS,
            **_HEADLINE,
        },
    }
}
BULK_FILES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file.",
        "content": {"application/octet-stream": _BINARY},
        "headers": {name: _FILE_HEADERS[name] for name in ("Content-Disposition", "X-SHA256")},
    }
}


def describe_failures(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """OpenAPI responses for statuses that end in a problem response."""
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": {"$ref": _SCHEMA}}},
        }
        for status in statuses
    }


EVERYWHERE = describe_failures(*_EVERYWHERE)


def compute_openapi(api: FastAPI) -> dict[str, Any]:
    """The description of an API; computed once."""
    if api.openapi_schema is None:
        document = get_openapi(
            title=api.title,
            version=api.version,
            openapi_version=api.openapi_version,
            description=api.description,
            routes=api.routes,
            tags=api.openapi_tags,
            servers=api.servers,
        )
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas.update(problem.pop("$defs", {}))
        schemas["Problem"] = problem
        api.openapi_schema = document
    return api.openapi_schema
