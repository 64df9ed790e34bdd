"""The REST API as an application that `app.py` mounts under `/api/v1`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from fastapi import Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.security import HTTPBearer
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount

from pipeline import __version__
from pipeline.api.documents import DESCRIPTION, EVERYWHERE, TAGS, compute_openapi
from pipeline.api.gate import OPEN_PATH, ApiHeaders, Gate
from pipeline.api.problems import (
    answer_http_error,
    answer_unexpected,
    answer_validation_error,
    answer_workbench_error,
)
from pipeline.api.routes import approvals, datasets, models, related, runs, sharing, tables, tokens
from pipeline.api.services import ApiServices
from pipeline.errors import WorkbenchError

MOUNT_PATH = "/api/v1"
DOCS_PATH = f"{MOUNT_PATH}/docs"
"""The description for people: outside the API, whose content policy allows no style."""
_BEARER = HTTPBearer(scheme_name="token", description="A token of the workbench: `sdw_…`.", auto_error=False)

_HANDLERS: Mapping[type[Exception], Callable[[Request, Exception], Response]] = {
    WorkbenchError: answer_workbench_error,
    RequestValidationError: answer_validation_error,
    HTTPException: answer_http_error,
    Exception: answer_unexpected,
}


def create_api(open_services: Callable[[], ApiServices]) -> FastAPI:
    """The API; `open_services` is called with the first request that carries a token, and may be slow."""
    api = FastAPI(
        title="Synthetic Data Workbench",
        version=__version__,
        description=DESCRIPTION,
        openapi_tags=TAGS,
        openapi_url=OPEN_PATH,
        # Both pages would load their scripts from other hosts.
        docs_url=None,
        redoc_url=None,
        servers=[{"url": MOUNT_PATH}],
        root_path_in_servers=False,
        redirect_slashes=False,
        # The gate has checked the token already; this describes it.
        dependencies=[Depends(_BEARER)],
        responses=EVERYWHERE,
        middleware=[Middleware(ApiHeaders), Middleware(Gate, open_services=open_services)],
    )
    for kind, handler in _HANDLERS.items():
        api.add_exception_handler(kind, handler)
    for routes in (datasets, related, models, runs, sharing, approvals, tables, tokens):
        api.include_router(routes.router)
    api.openapi = lambda: compute_openapi(api)  # type: ignore[method-assign]
    return api


def mount_api(open_services: Callable[[], ApiServices]) -> Mount:
    """The API under its path, as a route of `app.py`."""
    mount = Mount(MOUNT_PATH, app=create_api(open_services))
    # Starlette's pattern ends at a line feed: such a path would lead past the API to the pages.
    mount.path_regex = re.compile(mount.path_regex.pattern, re.DOTALL)
    return mount
