"""Two app servers behind one name share what is on its way: a login, an upload, a download, and rates."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Page, Route, expect

from pages._server.services import COOKIE
from pipeline.access.accounts import AccountRole, Accounts
from pipeline.access.tokens import Tokens
from pipeline.settings import Settings
from pipeline.store.database import open_database
from tests.browser.conftest import PASSWORD, WITHOUT_WORKERS, Server, running_server
from tests.identity_provider import CLIENT_ID, CLIENT_SECRET, running_provider
from tests.ports import find_port
from tests.redis_server import MISSING, PROGRAM, RedisServer, running_redis

REQUESTS = 6
"""Requests of one token in a minute, on both servers together."""


@dataclass(frozen=True)
class Pair:
    """Two servers with one state folder and one Redis; logins begin at the first and end at the second."""

    first: Server
    second: Server
    redis: RedisServer
    home: Path

    def read_logs(self) -> str:
        """What both have printed."""
        return "".join(one.log.read_text(encoding="utf-8") for one in (self.first, self.second))


@pytest.fixture
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    # A pair for each test: after Redis has died, servers go on without it for a while.
    if PROGRAM is None:
        pytest.skip(MISSING)
    folders = [tmp_path_factory.mktemp(name) for name in ("first", "second")]
    ports = [find_port() for _ in folders]
    with ExitStack() as stack:
        redis, provider = stack.enter_context(running_redis()), stack.enter_context(running_provider())
        provider.claims = {"sub": "1", "email": "ada@bank.example", "groups": ["admins"]}
        configuration = {
            **WITHOUT_WORKERS,
            "WORKBENCH_HOME": str(folders[0] / "state"),
            "WORKBENCH_CACHE__URL": redis.url,
            # A busy machine may keep Redis waiting.
            "WORKBENCH_CACHE__TIMEOUT_S": "60",
            "WORKBENCH_API__REQUESTS_PER_MINUTE": str(REQUESTS),
            "WORKBENCH_SIGN_ON__ISSUER": provider.issuer,
            "WORKBENCH_SIGN_ON__CLIENT_ID": CLIENT_ID,
            "WORKBENCH_SIGN_ON__CLIENT_SECRET": CLIENT_SECRET,
            "WORKBENCH_SIGN_ON__REDIRECT_URL": f"http://localhost:{ports[1]}/auth/oidc/callback",
            "WORKBENCH_SIGN_ON__ROLES__ADMIN": '["admins"]',
        }
        servers = [
            stack.enter_context(running_server(folder, port, configuration))
            for folder, port in zip(folders, ports, strict=True)
        ]
        database = open_database(Settings(home=folders[0] / "state"))
        Accounts(database).create("root", PASSWORD, AccountRole.ADMIN)
        database.close()
        # The provider is at 127.0.0.1: another site than the servers', as it would be in a bank.
        named = (replace(one, url=one.url.replace("127.0.0.1", "localhost")) for one in servers)
        yield Pair(*named, redis, folders[0] / "state")


@pytest.fixture
def token(pair: Pair) -> str:
    """The secret of an API token that no server has seen."""
    database = open_database(Settings(home=pair.home))
    _, secret = Tokens(database).create("root", "test", AccountRole.ADMIN)
    database.close()
    return secret


def log_in(page: Page, pair: Pair) -> None:
    """From the first server to the provider, and back to the second one."""
    page.goto(pair.first.url)
    page.get_by_role("link", name="Log in with single sign-on").click()
    expect(page.get_by_text("Logged in as ada@bank.example (admin)")).to_be_visible()
    assert page.url.startswith(pair.second.url)


def test_a_login_an_upload_and_a_download_may_change_servers_on_their_way(
    pair: Pair, page: Page, tmp_path: Path
) -> None:
    log_in(page, pair)
    sent: list[str] = []

    def send_elsewhere(route: Route) -> None:
        url = route.request.url.replace(pair.first.url, pair.second.url)
        sent.append(route.request.method)
        route.continue_(url=url)

    page.route("**/_stcore/upload_file/**", send_elsewhere)
    page.goto(f"{pair.first.url}/datasets")
    table = tmp_path / "offices.csv"
    table.write_text("city,staff\n" + "".join(f"Town {number % 7},{number % 40}\n" for number in range(200)))
    page.locator("input[type=file]").first.set_input_files(table)
    expect(page.get_by_text("200 rows, 2 columns")).to_be_visible()
    assert sent == ["PUT"]

    page.goto(f"{pair.first.url}/admin")
    page.get_by_role("tab", name="Audit log").click()
    with page.expect_download() as started:
        page.get_by_role("button", name="Download as CSV").click()
    path = urlsplit(started.value.url).path
    cookie = next(one["value"] for one in page.context.cookies() if one["name"] == COOKIE)
    here, there = (
        httpx.get(f"{one.url}{path}", headers={"Cookie": f"{COOKIE}={cookie}"}, timeout=300)
        for one in (pair.first, pair.second)
    )
    assert (there.status_code, there.content) == (200, here.content)
    assert there.headers["content-disposition"] == here.headers["content-disposition"]
    assert httpx.get(f"{pair.second.url}{path}", timeout=300).status_code == 401


def test_the_servers_count_the_requests_of_a_token_together_and_a_redis_that_dies_stops_nobody(
    pair: Pair, page: Page, token: str
) -> None:
    def ask(server: Server) -> int:
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.get(f"{server.url}/api/v1/runs", headers=headers, timeout=300).status_code

    begun, answered = time.monotonic(), 0
    while ask((pair.first, pair.second)[answered % 2]) == 200:
        answered += 1
    more = (time.monotonic() - begun) * REQUESTS / 60
    assert REQUESTS <= answered <= REQUESTS + more
    pair.redis.kill()
    try:
        # Each goes on with what it has counted itself, which is about half of the requests.
        assert [ask(one) for one in (pair.first, pair.second)] == [200, 200]
        page.goto(pair.second.url)
        expect(page.get_by_role("button", name="Log in", exact=True)).to_be_visible()
    finally:
        pair.redis.start()
    log = pair.read_logs()
    assert "The cache in Redis does not answer" in log
    assert (pair.redis.password in log, "Traceback" in log) == (False, False)
