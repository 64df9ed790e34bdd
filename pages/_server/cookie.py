"""The cookie of a session: how it is set and deleted."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from pages._server.services import COOKIE


def set_session_cookie(request: Request, response: Response, token: str) -> None:
    """Give the browser its session: for no script, for no other site, and over HTTPS nowhere else."""
    is_secure = request.url.scheme == "https"
    response.set_cookie(COOKIE, token, httponly=True, samesite="strict", secure=is_secure, path="/")


def delete_session_cookie(response: Response) -> None:
    """Delete the session cookie in the browser."""
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
