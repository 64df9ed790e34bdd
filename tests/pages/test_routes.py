"""The session routes and the headers, over HTTP without a browser, and the text of an unexpected error."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import html
import re
import secrets
from collections.abc import Callable

import httpx
import pytest
from streamlit.testing.v1 import AppTest

import app as composition
from pages._server.middleware import compute_content_policy
from pages._server.services import COOKIE
from pipeline.api import DOCS_PATH
from tests.passwords import make_password

HEADER = "X-Workbench-Session"


@pytest.fixture
def session_id(services, users):
    return services.sessions.start("viewer-user")


@pytest.fixture
def ask(services) -> Callable[..., httpx.Response]:
    """One request to the whole application."""

    async def send(method: str, path: str, scheme: str, **options: dict[str, str]) -> httpx.Response:
        transport = httpx.ASGITransport(composition.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=f"{scheme}://testserver") as client:
            return await client.request(method, path, **options)

    def ask(
        path: str, method: str = "POST", scheme: str = "http", **options: dict[str, str]
    ) -> httpx.Response:
        return asyncio.run(send(method, path, scheme, **options))

    return ask


@pytest.mark.parametrize(("scheme", "is_secure"), [("http", False), ("https", True)])
def test_a_code_becomes_a_cookie_that_is_secure_over_https(ask, services, session_id, scheme, is_secure):
    answer = ask("/session/start", scheme=scheme, headers={HEADER: services.sessions.offer(session_id)})
    assert answer.status_code == 204
    cookie = answer.headers["set-cookie"]
    assert ("HttpOnly" in cookie, "SameSite=strict" in cookie, "Secure" in cookie) == (True, True, is_secure)
    token = re.match(rf"{COOKIE}=([^;]+)", cookie).group(1)
    assert services.sessions.find(token).id == session_id


@pytest.mark.parametrize(
    "headers", [{}, {HEADER: ""}, {HEADER: "made-up"}, {HEADER: "{code}", "Sec-Fetch-Site": "cross-site"}]
)
def test_no_cookie_without_a_good_code_from_our_own_pages(ask, services, session_id, headers):
    code = services.sessions.offer(session_id)
    sent = {name: value.replace("{code}", code) for name, value in headers.items()}
    answer = ask("/session/start", headers=sent)
    assert answer.status_code == 403
    assert answer.json()["code"] == "access"
    assert "set-cookie" not in answer.headers


def test_a_code_is_never_taken_from_another_site_by_preflight(ask):
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    answer = ask("/session/start", "OPTIONS", headers=asked)
    assert "access-control-allow-origin" not in answer.headers


@pytest.fixture
def cookie(services, session_id):
    return f"{COOKIE}={services.sessions.redeem(services.sessions.offer(session_id))}"


def test_the_cookie_of_an_ended_session_is_taken_back(ask, services, session_id, cookie):
    services.sessions.end(session_id)
    answer = ask("/session/end", headers={HEADER: "end", "Cookie": cookie})
    assert answer.status_code == 204
    assert "Max-Age=0" in answer.headers["set-cookie"]


def test_a_tab_whose_session_ended_leaves_a_newer_session_alone(ask, services, session_id, cookie):
    services.sessions.end(services.sessions.start("viewer-user"))
    answer = ask("/session/end", headers={HEADER: "end", "Cookie": cookie})
    assert (answer.status_code, answer.json()) == (200, {"session": "active"})
    assert "set-cookie" not in answer.headers
    assert services.sessions.get(session_id) is not None


@pytest.mark.parametrize(
    "path", ["/docs", "/redoc", "/openapi.json", "/session/start", "/session/x", "/api/x"]
)
def test_what_is_no_page_is_not_answered_with_one(ask, path):
    assert ask(path, "GET", headers={"Accept": "text/html"}).status_code == 404


@pytest.mark.parametrize(
    "path",
    ["/nonsense", "/shell", "/<b>x", "/nope/deep", "/pages/generate.py", "/pages/shell", "/~/+/generate"],
)
@pytest.mark.parametrize("accept", ["text/html,*/*;q=0.8", "*/*"], ids=["browser", "program"])
def test_an_unknown_page_is_said_to_be_not_found(ask, path, accept):
    answer = ask(path, "GET", headers={"Accept": accept})
    assert answer.status_code == 404
    assert "<h1>Page not found</h1>" in answer.text
    assert f"<strong>{html.escape(path)}</strong>" in answer.text
    assert "content-security-policy" in answer.headers


@pytest.mark.parametrize("name", ["tab", "page"])
def test_the_scripts_of_pages_are_served_as_such(ask, name):
    answer = ask(f"/session/{name}.js", "GET")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/javascript; charset=utf-8")


@pytest.mark.parametrize("path", ["/favicon.png", "/manifest.json", "/_stcore/health"])
def test_files_beside_the_pages_are_served(ask, path):
    assert ask(path, "GET", headers={"Accept": "*/*"}).status_code == 200


@pytest.mark.parametrize("path", ["/", "/generate", "/_stcore/health", "/static/nothing.js"])
def test_pages_and_their_parts_are_not_led_elsewhere(ask, path):
    assert ask(path, "GET", headers={"Accept": "text/html"}).status_code in (200, 404)


def test_the_description_of_the_api_is_a_page_without_scripts(ask):
    answer = ask(DOCS_PATH, "GET", headers={"Accept": "text/html"})
    assert answer.status_code == 200
    assert "<script" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert '<span class="method">POST</span> <code>/generate</code>' in answer.text
    assert "<p>Role: analyst</p>" in answer.text
    assert ask("/api/v1/datasets", "GET").status_code == 401


def test_another_site_cannot_log_anybody_out(ask, services, session_id):
    token = services.sessions.redeem(services.sessions.offer(session_id))
    assert ask("/session/end", headers={"Cookie": f"{COOKIE}={token}"}).status_code == 403
    assert services.sessions.find(token).id == session_id


def test_every_answer_carries_the_security_headers(ask):
    headers = ask("/session/end").headers
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


def test_a_broken_route_answers_with_a_reference_and_the_headers(ask, services, monkeypatch, caplog):
    secret = secrets.token_hex(8)

    def fail(code):
        raise RuntimeError(secret)

    monkeypatch.setattr(services.sessions, "redeem", fail)
    answer = ask("/session/start", headers={HEADER: "code"})
    assert (answer.status_code, answer.json()["code"]) == (500, "unexpected")
    reference = re.search(r"[0-9a-f]{8}", answer.json()["message"]).group()
    assert (reference in caplog.text, secret in answer.text) == (True, False)
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["/media/0123abcd.csv", "/_stcore/upload_file/session/file"])
def test_files_want_an_active_session_whose_password_is_its_owners(ask, services, users, cookie, path):
    assert ask(path, "GET").status_code == 401
    assert ask(path, "GET", headers={"Cookie": cookie}).status_code != 401
    users.reset_password("viewer-user", make_password(), is_temporary=True)
    assert ask(path, "GET", headers={"Cookie": cookie}).status_code == 401
    held = services.sessions.redeem(services.sessions.offer(services.sessions.start("viewer-user")))
    assert ask(path, "GET", headers={"Cookie": f"{COOKIE}={held}"}).status_code == 401


def test_the_policy_names_each_inline_script_of_the_page_and_allows_no_other():
    policy = compute_content_policy("<script>go()</script><script src=x></script>")
    digest = base64.b64encode(hashlib.sha256(b"go()").digest()).decode()
    assert f"script-src 'self' 'sha256-{digest}';" in policy
    assert "script-src 'self' 'unsafe" not in policy


def test_an_unexpected_error_shows_a_reference_and_logs_the_cause(caplog):
    secret = secrets.token_hex(8)

    def page(secret):
        from pages._errors import show_error

        show_error(RuntimeError(secret))

    shown = AppTest.from_function(page, default_timeout=120, kwargs={"secret": secret}).run().error[0].value
    reference = re.search(r"reference ([0-9a-f]{8})", shown).group(1)
    assert secret not in shown
    assert (reference in caplog.text, secret in caplog.text) == (True, True)


@pytest.mark.parametrize("path", ["/_stcore/metrics", "/_stcore/metrics?families=session_memory"])
def test_streamlits_metrics_are_for_nobody(ask, path):
    answer = ask(path, "GET")
    assert (answer.status_code, answer.text) == (404, "")
