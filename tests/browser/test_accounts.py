"""Password change and disabling, seen from the tabs that they concern."""

from __future__ import annotations

from playwright.sync_api import expect

from pipeline.access.accounts import AccountRole, Accounts
from pipeline.settings import Settings
from pipeline.store.database import open_database
from tests.browser.conftest import PASSWORD, enter, log_in, open_context
from tests.passwords import make_password

NEW_PASSWORD = make_password()


def make_users(server):
    """An administrator and an analyst."""
    database = open_database(Settings(home=server.home))
    for name, role in (("root", AccountRole.ADMIN), ("ada", AccountRole.ANALYST)):
        Accounts(database).create(name, PASSWORD, role)
    database.close()


def open_tab(browser, url, name):
    """A browser of its own, logged in and at the address."""
    tab = open_context(browser).new_page()
    tab.goto(url)
    enter(tab, name)
    return tab


def test_a_new_password_and_a_disabled_account_close_the_tabs_they_should(server, browser):
    make_users(server)
    admin = open_tab(browser, f"{server.url}/admin", "root")
    at_home = open_tab(browser, server.url, "ada")
    at_work = open_tab(browser, f"{server.url}/account", "ada")
    expect(at_work.get_by_role("heading", name="API tokens")).to_be_visible()
    expect(at_work.get_by_role("link", name="Administration")).to_have_count(0)

    at_home.goto(f"{server.url}/admin")
    expect(at_home.get_by_text("ada is an analyst; this needs the role admin")).to_be_visible()
    expect(at_home.get_by_role("tab", name="Users")).to_have_count(0)

    at_work.get_by_role("textbox", name="Current password").fill(PASSWORD)
    at_work.get_by_role("textbox", name="New password, at least 12 characters").fill(NEW_PASSWORD)
    at_work.get_by_role("textbox", name="New password again").fill(NEW_PASSWORD)
    with at_work.expect_response("**/session/start") as answer:
        at_work.get_by_role("button", name="Change password").click()
    assert answer.value.status == 204
    expect(at_work.get_by_text("every other session has ended")).to_be_visible()
    expect(at_home.get_by_text("Your session has ended")).to_be_visible()
    at_work.reload()
    expect(at_work.get_by_role("heading", name="API tokens")).to_be_visible()

    admin.locator(".st-key-change_ada").get_by_role("button").click()
    admin.get_by_role("button", name="Disable").click()
    expect(admin.get_by_text("ada is disabled.")).to_be_visible()
    expect(at_work.get_by_text("Your session has ended")).to_be_visible()
    log_in(at_work, "ada", NEW_PASSWORD)
    expect(at_work.get_by_text("User name or password is wrong")).to_be_visible()
    for tab in (admin, at_home, at_work):
        tab.context.close()
