"""Single sign-on in a real browser: to the provider, back into a session, on the page that was asked for."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from pages._server.services import COOKIE
from pipeline.access.accounts import AccountRole, Accounts
from pipeline.settings import Settings
from pipeline.store.database import open_database
from tests.browser.conftest import PASSWORD, WITHOUT_WORKERS, watch_console
from tests.identity_provider import CLIENT_ID, CLIENT_SECRET, running_provider


@pytest.fixture
def provider():
    with running_provider() as provider:
        provider.claims = {"sub": "4711", "email": "ada@bank.example", "groups": ["wb-analysts"]}
        yield provider


@pytest.fixture
def configuration(provider, port):
    """The provider, as the server's environment names it."""
    return {
        **WITHOUT_WORKERS,
        "WORKBENCH_SIGN_ON__ISSUER": provider.issuer,
        "WORKBENCH_SIGN_ON__CLIENT_ID": CLIENT_ID,
        "WORKBENCH_SIGN_ON__CLIENT_SECRET": CLIENT_SECRET,
        "WORKBENCH_SIGN_ON__REDIRECT_URL": f"http://localhost:{port}/auth/oidc/callback",
        "WORKBENCH_SIGN_ON__ROLES__ANALYST": '["wb-analysts"]',
    }


@pytest.fixture
def administrator(server):
    """The first account, which is always local."""
    database = open_database(Settings(home=server.home))
    Accounts(database).create("root", PASSWORD, AccountRole.ADMIN)
    database.close()


def follow_sign_on(page):
    """Click the link to the provider; fails at once where the browser does not come back from it."""
    # The link is clicked when the page is complete: what is still being drawn may move from below the mouse.
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    with page.expect_response("**/auth/oidc/callback?*") as returned:
        page.get_by_role("link", name="Log in with single sign-on").click()
    assert returned.value.status == 303


def test_a_link_keeps_what_it_asks_for_on_the_way_to_the_provider_and_back(administrator, page, port):
    asked = "/quality?dataset=pci&table=run%3A4711&view=privacy"
    page.goto(f"http://localhost:{port}{asked}")
    follow_sign_on(page)
    expect(page.get_by_text("The link asks for table run:4711, which no longer exists.")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/quality\?dataset=pci&.*view=privacy"))


def test_a_colleague_logs_in_lands_on_the_page_and_logs_out(administrator, server, page, context, port):
    complaints = watch_console(page)
    # The provider is at 127.0.0.1: another site than localhost, as it would be in a bank.
    page.goto(f"http://localhost:{port}/datasets")
    follow_sign_on(page)
    expect(page.get_by_role("heading", name="Datasets", exact=True)).to_be_visible()
    expect(page.get_by_text("Logged in as ada@bank.example (analyst)")).to_be_visible()
    cookie = next(one for one in context.cookies() if one["name"] == COOKIE)
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
    with page.expect_response("**/session/end"):
        page.get_by_role("button", name="Log out").click()
    expect(page.get_by_text("You are logged out.")).to_be_visible()
    page.reload()
    expect(page.get_by_role("button", name="Log in", exact=True)).to_be_visible()
    assert complaints == []
    written = server.log.read_text(encoding="utf-8")
    assert (CLIENT_SECRET in written, "Traceback" in written) == (False, False)
