"""The composition root, started by `streamlit run app.py`: pages, session routes and headers on one port."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from anyio import to_thread
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pages._errors import show_error
from pages._services import COOKIE, open_services
from pipeline.api import mount_api
from pipeline.errors import AccessError, WorkbenchError
from pipeline.jobs.supervisor import Supervisor

_HEADER = "X-Workbench-Session"
_CONTENT_POLICY = "; ".join(
    [
        "default-src 'self'",
        # Streamlit's own page needs inline scripts, its charts compile functions and blobs.
        "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    ]
)
_SECURITY_HEADERS = {
    "Content-Security-Policy": _CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


# Paths that other servers answer with documentation, and those of our own routes.
_NO_PAGES = (
    "/docs",
    "/redoc",
    "/openapi.json",
    "/session",
    "/session/{rest:path}",
    "/api",
    "/api/{rest:path}",
)
_NO_HTML = {"_stcore", "static", "media", "component", "session", "api"}


class SecurityHeaders:
    """Adds the security headers to every HTTP response, Streamlit's own included."""

    def __init__(self, inner: ASGIApp) -> None:
        self._inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, with a `send` that adds the headers."""
        await self._inner(scope, receive, _add_headers(send))


class PagePaths:
    """Leads whoever opens a path below a page to the first page: Streamlit's own would stay blank there."""

    def __init__(self, inner: ASGIApp) -> None:
        self._inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Redirect a nested path that a browser opens; pass everything else on."""
        if scope["type"] == "http" and _is_nested_page(Request(scope)):
            await RedirectResponse("/", 303)(scope, receive, send)
        else:
            await self._inner(scope, receive, send)


def start_session(request: Request) -> Response:
    """Swap the one-time code for the session's cookie, which no script can read."""
    token = open_services().sessions.redeem(_require_header(request))
    response = Response(status_code=204)
    is_secure = request.url.scheme == "https"
    response.set_cookie(COOKIE, token, httponly=True, samesite="strict", secure=is_secure, path="/")
    return response


def end_session(request: Request) -> Response:
    """Take back the cookie of a session that has ended; one that lives, perhaps in another tab, stays."""
    _require_header(request)
    token = request.cookies.get(COOKIE)
    if token and open_services().sessions.find(token):
        return JSONResponse({"session": "alive"})
    response = Response(status_code=204)
    if token is None:
        # The answer to a browser without the cookie must not take one that a login sets meanwhile.
        return response
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
    return response


def answer_nothing(_request: Request) -> Response:
    """Not found, where Streamlit would answer any path with its page."""
    return Response(status_code=404)


def answer_error(_request: Request, error: Exception) -> Response:
    """An error of ours as JSON with its code."""
    status = 403 if isinstance(error, AccessError) else 503
    known = error if isinstance(error, WorkbenchError) else WorkbenchError(str(error))
    return JSONResponse({"code": known.code, "message": known.message, "hint": known.hint}, status)


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """Open the database before the first request, show the set-up code if need be, have runs done."""
    try:
        open_services().first_start.prepare()
    except WorkbenchError as error:
        print(f"The workbench cannot start. {error}", file=sys.stderr, flush=True)
        raise
    supervisor = Supervisor()
    if open_services().settings.runs.dispatch:
        supervisor.start()
    yield
    await to_thread.run_sync(supervisor.stop)


def _require_header(request: Request) -> str:
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    value = request.headers.get(_HEADER, "")
    if not value or site != "same-origin":
        raise AccessError("This request does not come from the workbench's own pages.", "reload the page.")
    return value


def _is_nested_page(request: Request) -> bool:
    parts = request.url.path.strip("/").split("/")
    is_opened = request.method in ("GET", "HEAD") and "text/html" in request.headers.get("Accept", "")
    return is_opened and len(parts) > 1 and parts[0] not in _NO_HTML


def _add_headers(send: Send) -> Callable[[Message], Awaitable[None]]:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            # The API's own are stricter.
            for name, value in _SECURITY_HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return send_with_headers


app = st.App(
    Path(__file__).parent / "pages" / "shell.py",
    routes=[
        Route("/session/start", start_session, methods=["POST"]),
        Route("/session/end", end_session, methods=["POST"]),
        mount_api(lambda: open_services().api),
        *(Route(path, answer_nothing) for path in _NO_PAGES),
    ],
    middleware=[Middleware(SecurityHeaders), Middleware(PagePaths)],
    exception_handlers={WorkbenchError: answer_error},
    lifespan=lifespan,
    on_script_error=show_error,
)
