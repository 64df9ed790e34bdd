"""The composition root, started by `streamlit run app.py`: pages, session routes and headers on one port."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from anyio import to_thread
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from pages._errors import show_error
from pages._server.bodies import BodyMiddleware
from pages._server.collection import Freezer, Trimmer
from pages._server.connections import ConnectionWatch, calm_accept_errors, raise_descriptor_limit
from pages._server.cookie import delete_session_cookie, set_session_cookie
from pages._server.malformed import calm_malformed_requests
from pages._server.middleware import (
    SECURITY_HEADERS,
    FileAccessMiddleware,
    PagePathsMiddleware,
    SecurityHeadersMiddleware,
)
from pages._server.passing import share_files
from pages._server.services import COOKIE, open_services
from pages._server.sign_on import list_routes
from pages._server.socket import WebSocketAccessMiddleware
from pages._server.tab import TAB_OWNERS
from pages._server.uploads import ASKING, UploadMiddleware
from pipeline.api import DOCS_PATH, mount_api, route_docs
from pipeline.api.problems import log_error
from pipeline.errors import AccessError, WorkbenchError
from pipeline.workers.call_pool import CallPool
from pipeline.workers.supervisor import Supervisor

_HEADER = "X-Workbench-Session"
SWITCH_S = 0.001
"""How long a page that computes keeps the interpreter: Python's 5 ms add up over the steps of a request."""
_PAGES = Path(__file__).parent / "pages"
# Streamlit puts this folder in front while a page runs, and takes it away again, unless it is in the list: an
# import, or a look for a version, that goes through the list meanwhile in another thread misses a folder.
sys.path.append(str(_PAGES))
# Paths that other servers answer with documentation, and those of our own routes.
_NO_PAGES = (
    "/docs",
    "/redoc",
    "/openapi.json",
    "/session",
    "/session/{rest:path}",
    # Streamlit's own login, whose cookie would outlive a log-out.
    "/auth",
    "/auth/{rest:path}",
    "/oauth2callback",
    "/api",
    "/api/{rest:path}",
)


def start_session(request: Request) -> Response:
    """Swap the one-time code for the session's cookie, which no script can read."""
    token = open_services().sessions.redeem(_require_header(request))
    response = Response(status_code=204)
    set_session_cookie(request, response, token)
    return response


def end_session(request: Request) -> Response:
    """Delete the cookie of a session that has ended; that of an active one, perhaps in another tab, stays."""
    _require_header(request)
    token = request.cookies.get(COOKIE)
    if token and open_services().sessions.find(token):
        return JSONResponse({"session": "active"})
    response = Response(status_code=204)
    if token is None:
        # The answer to a browser without the cookie must not take one that a login sets meanwhile.
        return response
    delete_session_cookie(response)
    return response


def serve_tab_script(_request: Request) -> Response:
    """The script by which a tab begins and ends its session."""
    return _serve_script("tab.js")


def serve_page_script(_request: Request) -> Response:
    """The script of every page: the menu of a phone, tables that scroll."""
    return _serve_script("page.js")


def _serve_script(name: str) -> Response:
    return FileResponse(_PAGES / name, media_type="text/javascript", headers={"Cache-Control": "no-cache"})


def answer_nothing(_request: Request) -> Response:
    """Not found, where Streamlit would answer any path with its page."""
    return Response(status_code=404)


def answer_unexpected(_request: Request, error: Exception) -> Response:
    """Anything else: the cause goes to the log, its reference to the browser."""
    # Outside every middleware, hence with the headers.
    reference = log_error(error)
    content = {"code": "unexpected", "message": f"The server's log has the cause under {reference}."}
    return JSONResponse(content, 500, SECURITY_HEADERS)


def answer_error(_request: Request, error: Exception) -> Response:
    """An error of ours as JSON with its code."""
    status = 403 if isinstance(error, AccessError) else 503
    known = error if isinstance(error, WorkbenchError) else WorkbenchError(str(error))
    return JSONResponse({"code": known.code, "message": known.message, "hint": known.hint}, status)


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """Open the database before the first request, show the set-up code if need be, have runs done."""
    raise_descriptor_limit()
    sys.setswitchinterval(SWITCH_S)
    watchers = (Freezer(), Trimmer())
    for watcher in watchers:
        watcher.install()
    try:
        open_services().first_start.prepare()
    except WorkbenchError as error:
        print(f"The workbench cannot start. {error}", file=sys.stderr, flush=True)
        raise
    if (cache := open_services().cache).is_shared:
        TAB_OWNERS.share(cache)
        ASKING.share(cache)
        share_files(cache.files)
    loop, limits = asyncio.get_running_loop(), open_services().settings.server
    calm_accept_errors(loop)
    calm_malformed_requests()
    watch = ConnectionWatch(limits).install(loop)
    supervisor = Supervisor()
    if open_services().settings.runs.dispatch:
        supervisor.start()
    pool = CallPool(open_services().settings)
    open_services().calls.send_to(pool)
    yield
    watch.cancel()
    for watcher in watchers:
        watcher.remove()
    open_services().calls.send_to(None)
    await to_thread.run_sync(pool.close)
    await to_thread.run_sync(supervisor.stop)


def _require_header(request: Request) -> str:
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    value = request.headers.get(_HEADER, "")
    if not value or site != "same-origin":
        raise AccessError("This request does not come from the workbench's own pages.", "reload the page.")
    return value


api = mount_api(lambda: open_services().api)
app = st.App(
    _PAGES / "shell.py",
    routes=[
        Route("/session/start", start_session, methods=["POST"]),
        Route("/session/end", end_session, methods=["POST"]),
        Route("/session/tab.js", serve_tab_script),
        Route("/session/page.js", serve_page_script),
        *list_routes(),
        route_docs(DOCS_PATH, api),
        api,
        *(Route(path, answer_nothing) for path in _NO_PAGES),
    ],
    middleware=[
        Middleware(one)
        for one in (
            SecurityHeadersMiddleware,
            BodyMiddleware,
            PagePathsMiddleware,
            FileAccessMiddleware,
            UploadMiddleware,
            WebSocketAccessMiddleware,
        )
    ],
    exception_handlers={WorkbenchError: answer_error, Exception: answer_unexpected},
    lifespan=lifespan,
    on_script_error=show_error,
)
