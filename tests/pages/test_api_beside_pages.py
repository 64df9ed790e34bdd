"""The API as the whole application serves it: beside the pages, apart from their cookies and their HTML."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable

import httpx
import pytest

import app as composition
from pages._server.services import COOKIE
from pipeline.access.accounts import AccountRole
from tests.passwords import make_password


@pytest.fixture
def ask(services) -> Callable[..., httpx.Response]:
    """One request to the whole application."""

    async def send(path: str, method: str = "GET", **options) -> httpx.Response:
        transport = httpx.ASGITransport(composition.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
            return await client.request(method, path, **options)

    return lambda *args, **options: asyncio.run(send(*args, **options))


@pytest.fixture
def bearer(services, users, workbench) -> dict[str, str]:
    _, secret = services.tokens.create("admin-user", "test", AccountRole.ADMIN)
    return {"Authorization": f"Bearer {secret}"}


@pytest.fixture
def cookie(services, users) -> dict[str, str]:
    session_id = services.sessions.start("admin-user")
    return {"Cookie": f"{COOKIE}={services.sessions.redeem(services.sessions.offer(session_id))}"}


PATHS = ["/api/v1/datasets", "/api/v1/runs", "/api/v1/nothing", "/api/v1/", "/api/v1/a%0Ab"]


@pytest.mark.parametrize("path", PATHS)
def test_strangers_are_refused_on_a_fresh_server(ask, path):
    answer = ask(path)
    assert (answer.status_code, answer.json()["code"]) == (401, "access")
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
@pytest.mark.parametrize("path", PATHS)
def test_the_cookie_of_a_session_opens_nothing_here(ask, cookie, path, method):
    from_our_own_page = {**cookie, "X-Workbench-Session": "x", "Sec-Fetch-Site": "same-origin"}
    assert ask(path, method, headers=from_our_own_page).status_code == 401


def test_a_token_opens_no_session(ask, bearer):
    answer = ask("/session/start", "POST", headers={**bearer, "X-Workbench-Session": secrets.token_hex(8)})
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


def test_the_api_answers_with_a_token(ask, bearer):
    answer = ask("/api/v1/datasets", headers=bearer)
    assert answer.status_code == 200
    assert [one["name"] for one in answer.json()["datasets"]] == ["staff", "cards"]


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/v1/", "/api/v1/a%0Ab"])
def test_an_unknown_route_is_a_problem_and_no_page(ask, bearer, path):
    answer = ask(path, headers={**bearer, "Accept": "text/html"})
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/v1", "/api/v2/datasets", "/openapi.json", "/docs"])
def test_beside_the_api_there_is_nothing(ask, bearer, path):
    answer = ask(path, headers={**bearer, "Accept": "text/html"})
    assert answer.status_code == 404
    assert '"paths"' not in answer.text
    assert "swagger" not in answer.text.lower()


def test_the_headers_of_the_api_are_stricter_than_those_of_the_pages(ask, bearer):
    api, page = ask("/api/v1/datasets", headers=bearer).headers, ask("/session/end").headers
    assert api["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert "script-src" in page["content-security-policy"]
    assert (api["x-frame-options"], api["cache-control"]) == ("DENY", "no-store")
    assert "set-cookie" not in api


def test_a_disabled_account_is_out_at_once(ask, bearer, users):
    users.create("second-admin", make_password(), AccountRole.ADMIN)
    assert ask("/api/v1/datasets", headers=bearer).status_code == 200
    users.disable("admin-user")
    assert ask("/api/v1/datasets", headers=bearer).status_code == 401
