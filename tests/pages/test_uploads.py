"""Uploads of pages: only for a tab of one's own whose page asks for a file, within the account's limit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import httpx
import pytest
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from pages._server.services import COOKIE
from pages._server.tab import TAB_OWNERS
from pages._server.uploads import ASKING, UploadMiddleware
from pipeline.settings import UploadLimits

MEGABYTE = 2**20


@pytest.fixture
def token(services, users):
    """The cookie of an analyst, whose tab "mine" asks for a file."""
    session_id = services.sessions.start("analyst-user")
    TAB_OWNERS.note("mine", session_id)
    ASKING.note("mine", True)
    return services.sessions.redeem(services.sessions.offer(session_id))


@pytest.fixture
def taken() -> list[str]:
    return []


@pytest.fixture
def upload(services, taken) -> Callable[..., int]:
    """Send a file of so many bytes to a tab; the status of the answer."""

    async def take(scope: Scope, receive: Receive, send: Send) -> None:
        taken.append(scope["path"])
        await Response(status_code=204)(scope, receive, send)

    async def ask(path: str, token: str, size: int, method: str) -> int:
        transport = httpx.ASGITransport(UploadMiddleware(take))
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
            headers = {"Cookie": f"{COOKIE}={token}", "Content-Length": str(size)}
            return (await client.request(method, path, headers=headers)).status_code

    def upload(token: str, tab: str = "mine", name: str = "a", size: int = 10, method: str = "PUT") -> int:
        return asyncio.run(ask(f"/_stcore/upload_file/{tab}/{name}", token, size, method))

    return upload


def test_a_page_that_asks_for_a_file_gets_it(upload, token, taken, services):
    assert upload(token, size=100) == 204
    assert taken == ["/_stcore/upload_file/mine/a"]
    assert services.uploads.measure("analyst-user") == 100


def test_a_page_without_a_place_for_files_takes_none(upload, token, taken):
    ASKING.note("mine", False)
    assert upload(token) == 403
    assert taken == []


def test_nobody_sends_files_into_the_tab_of_another_session(upload, services, users, token, taken):
    theirs = services.sessions.start("viewer-user")
    other = services.sessions.redeem(services.sessions.offer(theirs))
    assert (upload(other), upload(token, tab="unknown"), upload("made-up")) == (403, 403, 401)
    assert taken == []


def test_uploads_of_an_account_are_counted_together(upload, token, services, taken):
    sizes = [150 * MEGABYTE] * 5
    limit = services.settings.uploads.account_mb // 150
    assert limit == 4
    statuses = [upload(token, name=f"f{place}", size=size) for place, size in enumerate(sizes)]
    assert statuses == [204] * 4 + [413]
    assert upload(token, name="f0", method="DELETE") == 204
    assert upload(token, name="f5", size=150 * MEGABYTE) == 204
    assert services.uploads.measure("analyst-user") == 600 * MEGABYTE


def test_a_file_above_the_limit_or_of_unknown_length_is_refused(upload, token, services):
    most = UploadLimits().size_mb * MEGABYTE
    assert upload(token, size=most + MEGABYTE) == 413
    assert services.uploads.measure("analyst-user") == 0


@pytest.mark.parametrize(("page", "is_asking"), [("datasets.py", True), ("home.py", False)])
def test_a_tab_may_send_files_while_its_page_asks_for_them(enter, monkeypatch, page, is_asking):
    noted = []
    monkeypatch.setattr(ASKING, "note", lambda tab, is_asking: noted.append(is_asking))
    enter(page)
    assert noted[-1:] == [is_asking]
