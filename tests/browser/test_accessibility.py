"""Every page on a desk and on a phone, in both themes: contrast, names of controls, focus, titles, menu."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.accessibility import SIZES, THEMES, find_faults, resize, switch_theme
from tests.browser.conftest import TIMEOUT_MS, Server, come_in
from tests.browser.test_content_policy import PAGES

TITLES = {"": "Home", "generate": "Generate", "train": "Train"}
LEAST_FOCUS_PX = 2


@pytest.fixture(scope="module")
def server(shared_server: Server) -> Server:
    """The server of the module."""
    return shared_server


@pytest.fixture
def pages(server: Server, browser: Browser) -> Iterator[dict[str, Page]]:
    """A page for each size, all with the session of one administrator."""
    context = browser.new_context()
    context.set_default_timeout(TIMEOUT_MS)
    come_in(context.new_page(), server)
    state = context.storage_state()
    contexts = {size: browser.new_context(storage_state=state) for size in SIZES}
    pages = {size: one.new_page() for size, one in contexts.items()}
    for size, page in pages.items():
        page.set_default_timeout(TIMEOUT_MS)
        resize(page, size)
    yield pages
    for one in (context, *contexts.values()):
        one.close()


def open_page(page: Page, server: Server, path: str) -> None:
    """Open a page and wait until all of it is there."""
    page.goto(f"{server.url}/{path}")
    expect(page.get_by_role("heading", name=PAGES[path], exact=True)).to_be_visible()
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def test_no_page_has_a_serious_fault_and_each_has_a_title_of_its_own(server, pages):
    faults: dict[tuple[str, str, str], list[str]] = {}
    titles: dict[str, str] = {}
    for size, page in pages.items():
        for path in PAGES:
            open_page(page, server, path)
            titles[path] = page.title()
            for theme in THEMES:
                switch_theme(page, theme)
                if found := find_faults(page):
                    faults[size, theme, path] = found
    assert faults == {}
    assert len(set(titles.values())) == len(PAGES)
    assert {path: titles[path] for path in TITLES} == {
        path: f"{title} · Synthetic Data Workbench" for path, title in TITLES.items()
    }


def test_the_keyboard_shows_where_it_is(server, pages):
    page = pages["desk"]
    open_page(page, server, "account")
    # Fields are drawn when their scripts have come, which may be after the page is done.
    stops = [
        page.get_by_role("button", name="Help for Role"),
        page.get_by_role("combobox", name="Role"),
        page.get_by_role("spinbutton", name="Days until it expires"),
        page.get_by_role("button", name="Create token"),
    ]
    for stop in stops:
        expect(stop).to_be_visible()
    page.get_by_role("textbox", name="Name of the token").focus()
    for stop in stops:
        page.keyboard.press("Tab")
        expect(stop).to_be_focused()
        # The outline may fade in, and a busy machine draws it late.
        page.wait_for_function(
            "least => { const style = getComputedStyle(document.activeElement);"
            " return style.outlineStyle === 'solid' && parseFloat(style.outlineWidth) >= least }",
            arg=LEAST_FOCUS_PX,
        )


def test_the_menu_of_a_phone_closes_after_a_choice_and_opens_again(server, pages):
    page = pages["phone"]
    open_page(page, server, "")
    menu = page.get_by_test_id("stSidebar")
    for path, name in (("models", "Models"), ("quality", "Quality")):
        page.get_by_test_id("stExpandSidebarButton").click()
        menu.get_by_role("link", name=name).click()
        # A page adds what is chosen on it to its address.
        expect(page).to_have_url(re.compile(rf"^{re.escape(server.url)}/{path}(\?|$)"))
        expect(page.get_by_test_id("stExpandSidebarButton")).to_be_visible()
        expect(page.get_by_role("heading", name=name, exact=True)).to_be_in_viewport()


def test_an_unknown_page_says_so_and_leads_home(server, pages):
    page = pages["phone"]
    page.emulate_media(color_scheme="dark")
    assert page.goto(f"{server.url}/nonsense/deep").status == 404
    assert page.goto(f"{server.url}/nonsense").status == 404
    expect(page.get_by_role("heading", name="Page not found")).to_be_visible()
    assert find_faults(page) == []
    page.get_by_role("link", name="home page").click()
    expect(page.get_by_role("heading", name=PAGES[""], exact=True)).to_be_visible()
    assert page.goto(f"{server.url}/api/v1/docs").status == 200
    assert find_faults(page) == []
