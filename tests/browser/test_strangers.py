"""Nobody, or somebody with a forged key, before a real server: what they get, and what it writes down."""

from __future__ import annotations

import base64
import json
import re
import secrets
import sqlite3
from collections.abc import Callable
from contextlib import closing

import httpx
import pytest
from playwright.sync_api import expect

from pages._server.services import COOKIE
from pipeline.access.accounts import FREE_ATTEMPTS, AccountRole, Accounts
from pipeline.access.tokens import PREFIX
from pipeline.api import MOUNT_PATH, create_api
from pipeline.settings import Settings
from pipeline.store.database import open_database
from tests.browser.conftest import PASSWORD, log_in, open_context, running_server, set_up

ROUTES = [
    (method.upper(), re.sub(r"{\w+}", "employee", path))
    for path, operations in create_api(lambda: None).openapi()["paths"].items()
    for method in operations
]
CLOSED = {
    ("GET", "/media/0123456789abcdef.csv"): 401,
    ("PUT", "/_stcore/upload_file/session/file"): 401,
    ("POST", "/session/start"): 403,
    ("GET", "/auth/oidc/start"): 404,
    ("GET", "/auth/oidc/callback?state=x&code=y"): 404,
    ("GET", "/auth/login"): 404,
    ("GET", "/oauth2callback?state=x"): 404,
    ("GET", "/session/nothing"): 404,
}
PAGES = ("/", "/admin", "/x/y", "/static/nothing.js", "/_stcore/nothing")
HEADERS = {"x-content-type-options": "nosniff", "referrer-policy": "no-referrer", "x-frame-options": "DENY"}


@pytest.fixture(scope="module")
def configuration() -> dict[str, str]:
    """A server with its workers."""
    return {}


def forge_jwt() -> str:
    """A token that says `alg=none` and claims to be the administrator's."""
    parts = ({"alg": "none", "typ": "JWT"}, {"sub": "root", "role": "admin", "exp": 4_000_000_000})
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts]
    return ".".join([*encoded, ""])


FORGED = [forge_jwt(), secrets.token_urlsafe(32), "' or 1=1 --", "a" * 4_000, PREFIX + "a" * 43]


def make_root(home):
    """An administrator, made beside the server."""
    database = open_database(Settings(home=home))
    Accounts(database).create("root", PASSWORD, AccountRole.ADMIN)
    database.close()


def lengthen_rest(home):
    """Have a lock-out of the one minute at first outlast the start of a server on a busy machine."""
    with closing(sqlite3.connect(home / "workbench.db")) as database, database:
        later = "strftime('%Y-%m-%d %H:%M:%f000', locked_until, '+1 hour')"
        assert database.execute(f"update users set locked_until = {later}").rowcount == 1


@pytest.fixture
def ask(server) -> Callable[..., httpx.Response]:
    """One request over HTTP, redirects not followed."""
    with httpx.Client(base_url=server.url, trust_env=False, timeout=180) as client:
        yield lambda method, path, **options: client.request(method, path, **options)


def test_every_route_of_a_fresh_server_refuses_strangers(server, ask):
    answers = {(method, path): ask(method, f"{MOUNT_PATH}{path}") for method, path in ROUTES}
    assert {key: answer.status_code for key, answer in answers.items()} == dict.fromkeys(answers, 401)
    others = {key: ask(*key) for key in CLOSED}
    assert {key: answer.status_code for key, answer in others.items()} == CLOSED
    pages = [ask("GET", path, headers={"Accept": "text/html"}) for path in PAGES]
    for answer in [*answers.values(), *others.values(), *pages]:
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert f"{COOKIE}=" not in answer.headers.get("set-cookie", "")
    assert "Traceback" not in server.log.read_text(encoding="utf-8")


def test_forged_keys_open_neither_pages_nor_files_nor_routes(server, ask, browser):
    make_root(server.home)
    for forged in FORGED:
        headers = {"Cookie": f"{COOKIE}={forged}"}
        assert ask("GET", "/media/0123456789abcdef.csv", headers=headers).status_code == 401
        bearer = {"Authorization": f"Bearer {forged}"}
        assert ask("GET", f"{MOUNT_PATH}/datasets", headers=bearer).status_code == 401
        assert ask("POST", "/session/start", headers={"X-Workbench-Session": forged}).status_code == 403
    for forged in FORGED[:3]:
        context = open_context(browser)
        context.add_cookies([{"name": COOKIE, "value": forged, "url": server.url}])
        page = context.new_page()
        page.goto(f"{server.url}/admin")
        expect(page.get_by_role("button", name="Log in")).to_be_visible()
        context.close()
    written = server.log.read_text(encoding="utf-8")
    assert "Traceback" not in written
    assert [forged for forged in FORGED if forged in written] == []


def test_a_lock_out_holds_across_browsers_and_a_restart(tmp_path, port, browser):
    make_root(tmp_path / "state")
    database = open_database(Settings(home=tmp_path / "state"))
    for _ in range(FREE_ATTEMPTS - 1):
        Accounts(database).verify("root", secrets.token_hex(4))
    database.close()
    refusal = "User name or password is wrong, or the account is temporarily locked"
    for password in (secrets.token_hex(4), PASSWORD):
        with running_server(tmp_path, port, {}) as server:
            page = open_context(browser).new_page()
            page.goto(server.url)
            log_in(page, password=password)
            expect(page.get_by_text(refusal)).to_be_visible()
            page.context.close()
        lengthen_rest(tmp_path / "state")


def test_a_file_on_its_way_to_one_browser_is_closed_to_every_other(server, page, context, ask):
    set_up(page, server)
    page.goto(f"{server.url}/admin")
    page.get_by_role("tab", name="Audit log").click()
    with page.expect_request("**/media/**") as asked, page.expect_download():
        page.get_by_role("button", name="Download as CSV").click()
    path = asked.value.url.removeprefix(server.url)
    assert ask("GET", path).status_code == 401
    cookie = next(one["value"] for one in context.cookies() if one["name"] == COOKIE)
    mine = ask("GET", path, headers={"Cookie": f"{COOKIE}={cookie}"})
    assert (mine.status_code, mine.headers["cache-control"]) == (200, "no-store")
    assert mine.content.startswith(b"number,at,actor")
    with page.expect_response("**/session/end"):
        page.get_by_role("button", name="Log out").click()
    assert ask("GET", path, headers={"Cookie": f"{COOKIE}={cookie}"}).status_code == 401


def test_no_secret_reaches_log_or_database(server, page, context):
    set_up(page, server)
    page.goto(f"{server.url}/account")
    page.get_by_label("Name of the token").fill("nightly")
    page.get_by_role("button", name="Create token").click()
    token = page.locator("code", has_text=PREFIX).inner_text().strip()
    session = next(one["value"] for one in context.cookies() if one["name"] == COOKIE)
    code = re.findall(r"administrator: ([A-Z0-9-]{19})", server.log.read_text(encoding="utf-8"))[-1]
    written = server.log.read_text(encoding="utf-8").replace(code, "", 1)
    stored = b"".join(file.read_bytes() for file in server.home.glob("workbench.db*"))
    for secret in (PASSWORD, token, session, code):
        assert secret not in written
        assert secret.encode() not in stored
