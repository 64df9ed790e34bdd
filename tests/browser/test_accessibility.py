"""Every page on a desk and on a phone, in both themes: contrast, names of controls, focus, titles, the menu.

Where AXE_CORE names the script of axe-core, that looks for serious faults as well.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import ROOT, TIMEOUT_MS, Server, set_up
from tests.browser.test_content_policy import PAGES

CHECK = (ROOT / "tests" / "browser" / "accessibility.js").read_text(encoding="utf-8")
SIZES = {"desk": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}
TITLES = {"": "Home", "generate": "Generate", "train": "Train"}
LEAST_FOCUS_PX = 2


@pytest.fixture
def pages(server: Server, browser: Browser) -> Iterator[dict[str, Page]]:
    """A page for each size, all with the session of one administrator."""
    context = browser.new_context()
    context.set_default_timeout(TIMEOUT_MS)
    set_up(context.new_page(), server)
    state = context.storage_state()
    # axe-core is put into the page by the test, which the policy would refuse.
    contexts = {
        size: browser.new_context(viewport=box, storage_state=state, bypass_csp=True)
        for size, box in SIZES.items()
    }
    yield {size: one.new_page() for size, one in contexts.items()}
    for one in (context, *contexts.values()):
        one.close()


def switch_theme(page: Page, theme: Literal["light", "dark"]) -> None:
    """Have the reader's system ask for a theme, and wait for it."""
    page.emulate_media(color_scheme=theme)
    expect(page.get_by_test_id("stApp")).to_have_css("color-scheme", theme)
    page.wait_for_timeout(300)


def open_page(page: Page, server: Server, path: str) -> None:
    """Open a page and wait until all of it is there."""
    page.goto(f"{server.url}/{path}")
    expect(page.get_by_role("heading", name=PAGES[path], exact=True)).to_be_visible()
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def find_faults(page: Page) -> list[str]:
    """What is wrong with the page that is open."""
    faults: list[str] = page.evaluate(CHECK)
    if script := os.environ.get("AXE_CORE"):
        page.evaluate(Path(script).read_text(encoding="utf-8"))
        found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")["violations"]
        faults += [str(one["id"]) for one in found if one["impact"] in ("serious", "critical")]
    return faults


def test_no_page_has_a_serious_fault_and_each_has_a_title_of_its_own(server, pages):
    faults: dict[tuple[str, str, str], list[str]] = {}
    titles: dict[str, str] = {}
    for size, page in pages.items():
        for path in PAGES:
            open_page(page, server, path)
            titles[path] = page.title()
            for theme in ("light", "dark"):
                switch_theme(page, theme)
                if found := find_faults(page):
                    faults[size, theme, path] = found
            width = page.evaluate("document.documentElement.scrollWidth")
            assert width <= SIZES[size]["width"], (size, path)
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
        expect(page).to_have_url(f"{server.url}/{path}")
        expect(page.get_by_test_id("stExpandSidebarButton")).to_be_visible()
        expect(page.get_by_role("heading", name=name, exact=True)).to_be_in_viewport()


def test_an_unknown_page_says_so_and_leads_home(server, pages):
    page = pages["phone"]
    page.emulate_media(color_scheme="dark")
    assert page.goto(f"{server.url}/nonsense").status == 404
    expect(page.get_by_role("heading", name="Page not found")).to_be_visible()
    assert find_faults(page) == []
    page.get_by_role("link", name="home page").click()
    expect(page.get_by_role("heading", name=PAGES[""], exact=True)).to_be_visible()
    assert page.goto(f"{server.url}/api/v1/docs").status == 200
    assert find_faults(page) == []
