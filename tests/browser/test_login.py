"""Set-up, login, reload, second tab, log-out and expiry against a real server in a real browser."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from playwright.sync_api import expect

from pages._server.services import COOKIE
from pipeline.access.accounts import AccountRole, Accounts
from pipeline.settings import DatabaseOptions, Settings
from pipeline.store.database import open_database
from tests.browser.conftest import (
    PASSWORD,
    ROOT,
    WITHOUT_WORKERS,
    come_in,
    enter,
    log_in,
    open_context,
    running_server,
    set_up,
)

PAGES = sorted(path.stem for path in (ROOT / "pages").glob("[a-z]*.py") if path.stem not in ("home", "shell"))
HELPERS = [*sorted(path.stem for path in (ROOT / "pages").glob("_*.py")), "shell", "shell.py", "_gate.py"]
EXPOSED = "Generate a table", "Add a table", "How it goes", "Models"


def make_root(server):
    """An administrator, so that a fresh server shows the login form."""
    database = open_database(Settings(home=server.home, database=DatabaseOptions()))
    Accounts(database).create("root", PASSWORD, AccountRole.ADMIN)
    database.close()


@pytest.fixture(scope="module")
def server(shared_server):
    """A server with an administrator."""
    make_root(shared_server)
    return shared_server


@pytest.fixture
def fresh_server(tmp_path, port):
    """A server without accounts."""
    with running_server(tmp_path, port, WITHOUT_WORKERS) as server:
        yield server


def connect(server):
    """The server's database."""
    return sqlite3.connect(server.home / "workbench.db", timeout=60)


def get_cookies(context):
    """The browser's cookies by name."""
    return {cookie["name"]: cookie for cookie in context.cookies()}


def check_closed(page, url, form):
    """The page shows the form and neither menu nor content."""
    page.goto(url)
    expect(page.get_by_role("button", name=form)).to_be_visible()
    body = page.locator("body").inner_text()
    assert [words for words in EXPOSED if words in body] == []
    assert page.get_by_test_id("stSidebarNav").count() == 0


@pytest.mark.parametrize("path", ["", "generate"])
def test_the_very_first_request_meets_the_login_form(fresh_server, page, path):
    make_root(fresh_server)
    check_closed(page, f"{fresh_server.url}/{path}", "Log in")


def test_every_page_meets_the_login_form(server, page):
    for path in PAGES:
        check_closed(page, f"{server.url}/{path}", "Log in")


def test_a_server_without_accounts_shows_the_set_up_form(fresh_server, page):
    check_closed(page, f"{fresh_server.url}/generate", "Make the administrator")


def test_no_file_of_the_pages_folder_is_served(server, page):
    for path in [*HELPERS, "pages/generate.py", "pages/shell", "nope/deep", "~/+/generate"]:
        page.goto(f"{server.url}/{path}")
        expect(page.get_by_role("heading", name="Page not found")).to_be_visible()
        body = page.locator("body").inner_text()
        assert [words for words in EXPOSED if words in body] == []


def test_set_up_log_out_and_log_in_again(fresh_server, page, context):
    set_up(page, fresh_server)
    expect(page.get_by_role("heading", name="How it goes")).to_be_visible()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_text("You are logged out.")).to_be_visible()
    enter(page, "ROOT")
    expect(page.get_by_role("heading", name="How it goes")).to_be_visible()
    assert PASSWORD not in fresh_server.log.read_text(encoding="utf-8")
    assert "Traceback" not in fresh_server.log.read_text(encoding="utf-8")


def test_a_wrong_password_and_an_unknown_name_read_alike(server, page):
    for name in ("root", "nobody"):
        page.goto(server.url)
        log_in(page, name, "not-the-password")
        expect(page.get_by_text("User name or password is wrong")).to_be_visible()


def test_reload_and_second_tab_stay_logged_in_and_no_script_sees_the_cookie(server, page, context):
    come_in(page, server)
    cookie = get_cookies(context)[COOKIE]
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["secure"]) == (True, "Strict", False)
    assert COOKIE not in page.evaluate("document.cookie")
    page.reload()
    expect(page.get_by_role("button", name="Log out")).to_be_visible()
    second = context.new_page()
    second.goto(f"{server.url}/models")
    expect(second.get_by_role("heading", name="Models")).to_be_visible()


def test_a_copied_cookie_is_useless_after_log_out(server, page, context, browser):
    come_in(page, server)
    stolen = get_cookies(context)[COOKIE]
    with page.expect_response("**/session/end") as answer:
        page.get_by_role("button", name="Log out").click()
    assert answer.value.status == 204
    assert COOKIE not in get_cookies(context)
    with closing(open_context(browser)) as other:
        other.add_cookies([stolen])
        thief = other.new_page()
        thief.goto(server.url)
        expect(thief.get_by_role("button", name="Log in")).to_be_visible()


def test_a_tab_left_behind_does_not_end_the_next_login(server, page, context):
    come_in(page, server)
    left_behind = context.new_page()
    left_behind.goto(server.url)
    expect(left_behind.get_by_role("button", name="Log out")).to_be_visible()
    with left_behind.expect_response("**/session/end"):
        with page.expect_response("**/session/end"):
            page.get_by_role("button", name="Log out").click()
        enter(page)
    page.reload()
    expect(page.get_by_role("button", name="Log out")).to_be_visible()
    assert COOKIE in get_cookies(context)


def test_a_tab_whose_session_ended_joins_the_one_of_another_tab(server, page, context):
    other = context.new_page()
    for tab in (page, other):
        tab.goto(server.url)
        expect(tab.get_by_role("button", name="Log in")).to_be_visible()
    for tab in (page, other):
        enter(tab)
    with page.expect_response("**/session/end") as answer, closing(connect(server)) as database, database:
        database.execute(
            "update sessions set ended_at = last_seen where id = (select max(id) - 1 from sessions)"
        )
    assert answer.value.status == 200
    expect(page.get_by_role("button", name="Log out")).to_be_visible()
    assert COOKIE in get_cookies(context)


def test_a_deep_link_survives_the_login(server, page):
    page.goto(f"{server.url}/datasets")
    enter(page)
    expect(page.get_by_role("heading", name="Datasets", exact=True)).to_be_visible()
    assert page.url.endswith("/datasets")


def test_inactivity_brings_both_tabs_back_to_the_login_form(server, page, context):
    come_in(page, server)
    second = context.new_page()
    second.goto(server.url)
    expect(second.get_by_role("button", name="Log out")).to_be_visible()
    with closing(connect(server)) as database, database:
        database.execute("update sessions set last_seen = datetime('now', '-1690 seconds') || '.000000'")
    expect(page.get_by_text("Your session ends in about")).to_be_visible()
    with closing(connect(server)) as database, database:
        database.execute("update sessions set last_seen = datetime('now', '-31 minutes') || '.000000'")
    for tab in (page, second):
        expect(tab.get_by_text("Your session has ended")).to_be_visible()
        expect(tab.get_by_role("button", name="Log in")).to_be_visible()


def test_the_page_talks_to_nobody_else(server, page):
    requested = []
    page.on("request", lambda request: requested.append(request.url))
    come_in(page, server)
    assert [url for url in requested if not url.startswith((server.url, "data:", "blob:"))] == []
