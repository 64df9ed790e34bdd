"""Middleware for every request: security headers, access to files, and paths of pages."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Awaitable, Callable
from html import escape
from pathlib import Path

import streamlit
from anyio import to_thread
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pages._server.passing import fetch_download
from pages._server.services import COOKIE, open_services
from pipeline.errors import WorkbenchError

_PAGE = Path(streamlit.__file__).parent / "static" / "index.html"
_INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_FOLDERS = {"_stcore", "media", "component", "session", "api", "auth"}
_NO_PAGES = _FOLDERS | {file.name for file in _PAGE.parent.iterdir()} - {_PAGE.name}
_METRICS = "/_stcore/metrics"
_PAGES = {path.stem for path in Path(__file__).parents[1].glob("[a-z]*.py")} - {"shell"}
_NOT_FOUND = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>Page not found · Synthetic Data Workbench</title></head>
<body style="font: 1.1rem/1.6 system-ui, sans-serif; max-width: 36rem; margin: 12vh auto; padding: 0 1rem;
background: light-dark(#FBFCFD, #10181F); color: light-dark(#16212B, #E4EBF1)">
<main><h1>Page not found</h1>
<p>There is no page <strong>/{path}</strong> in the workbench. Check the address, or begin at the
<a href="/" style="color: light-dark(#175E8C, #7CC0E8)">home page</a>.</p></main></body></html>"""
_MEDIA = "/media/"
_FILES = (_MEDIA, "/_stcore/upload_file/")


def compute_content_policy(page: str) -> str:
    """The strictest policy that lets Streamlit's page run: its inline scripts are named by their hashes."""
    inline = (hashlib.sha256(script.encode()).digest() for script in _INLINE_SCRIPT.findall(page))
    hashes = " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in inline)
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src 'self' {hashes}",
            # Streamlit's components write their styles into the page.
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "worker-src 'self' blob:",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        ]
    )


SECURITY_HEADERS = {
    "Content-Security-Policy": compute_content_policy(_PAGE.read_text(encoding="utf-8")),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class SecurityHeadersMiddleware:
    """Adds the security headers to every HTTP response, Streamlit's own included."""

    def __init__(self, inner: ASGIApp) -> None:
        self._inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, with a `send` that adds the headers."""
        await self._inner(scope, receive, _add_headers(send))


class FileAccessMiddleware:
    """Serves the files of pages, and accepts uploads, only for browsers with an active session.

    Streamlit itself serves a file to any client with its address.
    """

    def __init__(self, inner: ASGIApp) -> None:
        self._inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a file or an upload without a session, and Streamlit's metrics to all; pass the rest on."""
        if scope["type"] == "http" and scope["path"].startswith(_METRICS):
            await Response(status_code=404)(scope, receive, send)
            return
        if scope["type"] != "http" or not scope["path"].startswith(_FILES):
            await self._inner(scope, receive, send)
            return
        status = await to_thread.run_sync(_find_status, Request(scope).cookies.get(COOKIE, ""))
        if status == 200:
            if scope["path"].startswith(_MEDIA):
                await to_thread.run_sync(fetch_download, scope["path"].removeprefix(_MEDIA))
            await self._inner(scope, receive, _keep_private(send))
        else:
            await Response(status_code=status)(scope, receive, send)


class PagePathsMiddleware:
    """Answers paths that are no page, for which Streamlit would show a blank page or the first one."""

    def __init__(self, inner: ASGIApp) -> None:
        self._inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 404 to a path that is no page, below one too, pass everything else on."""
        answer = self._inner
        parts = _read_page_path(Request(scope)) if scope["type"] == "http" else []
        if parts and (len(parts) > 1 or parts[0] not in _PAGES):
            answer = HTMLResponse(_NOT_FOUND.format(path=escape("/".join(parts))), 404)
        await answer(scope, receive, send)


def _find_status(token: str) -> int:
    try:
        session = open_services().sessions.find(token)
    except WorkbenchError:
        return 503
    return 401 if session is None or session.must_change_password else 200


def _read_page_path(request: Request) -> list[str]:
    """The parts of the path of a page that is opened; none for the first page and for other files."""
    parts = request.url.path.strip("/").split("/")
    is_opened = request.method in ("GET", "HEAD") and parts != [""]
    return parts if is_opened and parts[0] not in _NO_PAGES else []


def _add_headers(send: Send) -> Callable[[Message], Awaitable[None]]:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            # The API's own are stricter.
            for name, value in SECURITY_HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return send_with_headers


def _keep_private(send: Send) -> Callable[[Message], Awaitable[None]]:
    async def send_uncached(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message)["Cache-Control"] = "no-store"
        await send(message)

    return send_uncached
