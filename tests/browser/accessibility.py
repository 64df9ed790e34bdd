"""Serious faults of an open page: those axe-core knows, low contrast in charts, a page that is too wide."""

from __future__ import annotations

from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import ROOT

SIZES = {"desk": (1280, 900), "phone": (390, 844)}
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
SERIOUS = {"serious", "critical"}

_CHART_TEXT = (ROOT / "tests" / "browser" / "accessibility.js").read_text(encoding="utf-8")
_FADED_MS = 300


def resize(page: Page, size: str) -> None:
    """Give the page the window of a desk or of a phone."""
    width, height = SIZES[size]
    page.set_viewport_size({"width": width, "height": height})


def switch_theme(page: Page, theme: Literal["light", "dark"]) -> None:
    """Have the reader's system ask for a theme, and wait for it."""
    page.emulate_media(color_scheme=theme)
    expect(page.get_by_test_id("stApp")).to_have_css("color-scheme", theme)
    # Colours fade from one theme into the other.
    page.wait_for_timeout(_FADED_MS)


def find_faults(page: Page) -> list[str]:
    """What is wrong with the page as it is shown now, each with the element where it is."""
    found = Axe().run(page).response["violations"]
    faults = [_describe(one) for one in found if one["impact"] in SERIOUS]
    width = page.evaluate("document.documentElement.scrollWidth")
    if width > page.viewport_size["width"]:
        faults.append(f"the page is {width} px wide")
    return faults + page.evaluate(_CHART_TEXT)


def find_faults_in_themes(page: Page) -> list[str]:
    """The same in both themes, for one step of a story; the page is left in the light one."""
    faults = []
    for theme in reversed(THEMES):
        switch_theme(page, theme)
        faults += [f"{theme}: {fault}" for fault in find_faults(page)]
    return faults


def _describe(violation: dict[str, object]) -> str:
    nodes = violation["nodes"]
    assert isinstance(nodes, list)
    return f"{violation['id']}: {violation['help']}: {nodes[0]['html'][:200]}"
