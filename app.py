"""The composition root, started by `streamlit run app.py`: pages, session routes and headers on one port."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pages._errors import show_error
from pages._services import COOKIE, open_services
from pipeline.errors import AccessError, WorkbenchError

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


class SecurityHeaders:
    """Adds the security headers to every HTTP response, Streamlit's own included."""

    def __init__(self, inner: ASGIApp) -> None:
        self._inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, with a `send` that adds the headers."""
        await self._inner(scope, receive, _add_headers(send))


def start_session(request: Request) -> Response:
    """Swap the one-time code for the session's cookie, which no script can read."""
    token = open_services().sessions.redeem(_require_header(request))
    response = Response(status_code=204)
    is_secure = request.url.scheme == "https"
    response.set_cookie(COOKIE, token, httponly=True, samesite="strict", secure=is_secure, path="/")
    return response


def end_session(request: Request) -> Response:
    """End the session of the cookie, and take the cookie back."""
    _require_header(request)
    open_services().sessions.end_token(request.cookies.get(COOKIE, ""))
    response = Response(status_code=204)
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
    return response


def answer_error(_request: Request, error: Exception) -> Response:
    """An error of ours as JSON with its code."""
    status = 403 if isinstance(error, AccessError) else 503
    known = error if isinstance(error, WorkbenchError) else WorkbenchError(str(error))
    return JSONResponse({"code": known.code, "message": known.message, "hint": known.hint}, status)


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """Open the database before the first request, and show the set-up code where nobody has an account."""
    try:
        open_services().first_start.prepare()
    except WorkbenchError as error:
        print(f"The workbench cannot start. {error}", file=sys.stderr, flush=True)
        raise
    yield


def _require_header(request: Request) -> str:
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    value = request.headers.get(_HEADER, "")
    if not value or site != "same-origin":
        raise AccessError("This request does not come from the workbench's own pages.", "reload the page.")
    return value


def _add_headers(send: Send) -> Callable[[Message], Awaitable[None]]:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(_SECURITY_HEADERS)
        await send(message)

    return send_with_headers


app = st.App(
    Path(__file__).parent / "pages" / "shell.py",
    routes=[
        Route("/session/start", start_session, methods=["POST"]),
        Route("/session/end", end_session, methods=["POST"]),
    ],
    middleware=[Middleware(SecurityHeaders)],
    exception_handlers={WorkbenchError: answer_error},
    lifespan=lifespan,
    on_script_error=show_error,
)
