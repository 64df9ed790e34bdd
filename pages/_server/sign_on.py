"""The routes of single sign-on: a browser leaves for the provider and comes back into a session."""

from __future__ import annotations

import math
from collections.abc import Callable
from html import escape

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from pages._server.cookie import set_session_cookie
from pages._server.services import SIGN_ON_PATH, open_services
from pipeline.errors import AccessError, NotFoundError, WorkbenchError
from pipeline.workbench.entrance import Arrival, SignOn, read_deep_link

CALLBACK_PATH = "/auth/oidc/callback"
_BROWSER = "workbench_sign_on"
_FOLDER = "/auth/oidc"
_LIFETIME_S = 600
_MOST_THREADS = 8
_PAGE = """<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Synthetic Data Workbench</title>
<body style="font-family: sans-serif; max-width: 40rem; margin: 4rem auto; padding: 0 1rem">
<h1>You are not logged in</h1><p>{message}</p><p>{hint}</p><p><a href="/">Back to the login form</a></p>
</body></html>
"""


def list_routes() -> list[Route]:
    """Both routes, for `app.py`."""
    # Threads of their own: a provider that keeps them waiting must not keep pages and files waiting too.
    threads = CapacityLimiter(_MOST_THREADS)

    def route(path: str, answer: Callable[[Request], Response]) -> Route:
        async def answer_in_turn(request: Request) -> Response:
            # The count may wait for the cache: in other threads than those that the provider may hold up.
            if refusal := await to_thread.run_sync(_turn_away, request):
                return refusal
            return await to_thread.run_sync(answer, request, limiter=threads)

        return Route(path, answer_in_turn, methods=["GET"])

    return [route(SIGN_ON_PATH, begin), route(CALLBACK_PATH, finish)]


def begin(request: Request) -> Response:
    """Send the browser to the provider, with a cookie that it must bring back."""
    try:
        departure = _get_sign_on().begin(read_deep_link(request.query_params.get("target", "/")))
    except WorkbenchError as error:
        return _show(error)
    response = RedirectResponse(departure.url, 303)
    # Lax, because the way back comes from the provider's site; the session's own cookie is Strict.
    response.set_cookie(
        _BROWSER,
        departure.browser_key,
        max_age=_LIFETIME_S,
        path=_FOLDER,
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )
    return response


def finish(request: Request) -> Response:
    """Take the provider's answer, and set the cookie of a new session or say why there is none."""
    try:
        sign_on = _get_sign_on()
        response = _enter(request, _finish(request, sign_on))
    except WorkbenchError as error:
        response = _show(error)
    if _BROWSER in request.cookies:
        response.delete_cookie(_BROWSER, path=_FOLDER, httponly=True, samesite="lax")
    return response


def _turn_away(request: Request) -> Response | None:
    wait_s = open_services().sign_on_entrance.take_turn(_find_address(request))
    if not wait_s:
        return None
    refusal = AccessError("Too many logins from your address.", "try again in a minute.")
    return _show(refusal, 429, {"Retry-After": str(math.ceil(wait_s))})


def _get_sign_on() -> SignOn:
    sign_on = open_services().sign_on
    if sign_on is None:
        raise NotFoundError("Single sign-on is not configured.", "log in with your password.")
    return sign_on


def _finish(request: Request, sign_on: SignOn) -> Arrival:
    try:
        return sign_on.finish(request.query_params, request.cookies.get(_BROWSER, ""))
    except AccessError:
        open_services().sign_on_entrance.refuse(_find_address(request))
        raise


def _enter(request: Request, arrival: Arrival) -> Response:
    agent = request.headers.get("User-Agent", "")
    token = open_services().sign_on_entrance.enter(arrival.identity, agent, _find_address(request))
    response = RedirectResponse(arrival.target, 303)
    set_session_cookie(request, response, token)
    return response


def _find_address(request: Request) -> str:
    return request.client.host if request.client else ""


def _find_status(error: WorkbenchError) -> int:
    return 404 if isinstance(error, NotFoundError) else 403 if isinstance(error, AccessError) else 503


def _show(error: WorkbenchError, status: int = 0, headers: dict[str, str] | None = None) -> Response:
    hint = f"{error.hint[:1].upper()}{error.hint[1:]}"
    page = _PAGE.format(message=escape(error.message), hint=escape(hint))
    return HTMLResponse(page, status or _find_status(error), headers)
