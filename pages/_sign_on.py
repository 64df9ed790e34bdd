"""The routes of single sign-on: a browser leaves for the provider and comes back into a session."""

from __future__ import annotations

import re
from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from pages._cookie import set_session_cookie
from pages._services import SIGN_ON_PATH, open_services
from pipeline.errors import AccessError, NotFoundError, WorkbenchError
from pipeline.sign_on import Arrival, SignOn

CALLBACK_PATH = "/auth/oidc/callback"
_BROWSER = "workbench_sign_on"
_FOLDER = "/auth/oidc"
_LIFETIME_S = 600
_TARGET = re.compile(r"/[a-z_]*")
_PAGE = """<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Synthetic Data Workbench</title>
<body style="font-family: sans-serif; max-width: 40rem; margin: 4rem auto; padding: 0 1rem">
<h1>You are not logged in</h1><p>{message}</p><p>{hint}</p><p><a href="/">Back to the login form</a></p>
</body></html>
"""


def begin(request: Request) -> Response:
    """Send the browser to the provider, with a cookie that it must bring back."""
    target = request.query_params.get("target", "/")
    try:
        departure = _get_sign_on().begin(target if _TARGET.fullmatch(target) else "/")
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


def list_routes() -> list[Route]:
    """Both routes, for `app.py`."""
    return [Route(SIGN_ON_PATH, begin, methods=["GET"]), Route(CALLBACK_PATH, finish, methods=["GET"])]


def _get_sign_on() -> SignOn:
    sign_on = open_services().sign_on
    if sign_on is None:
        raise NotFoundError("There is no single sign-on here.", "log in with your password.")
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


def _show(error: WorkbenchError) -> Response:
    status = 404 if isinstance(error, NotFoundError) else 403 if isinstance(error, AccessError) else 503
    hint = f"{error.hint[:1].upper()}{error.hint[1:]}"
    return HTMLResponse(_PAGE.format(message=escape(error.message), hint=escape(hint)), status)
