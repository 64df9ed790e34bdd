"""The Quality page in a browser: a table of one's own and a model's sample, on a desk and on a phone."""

from __future__ import annotations

import os
import re
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from pipeline.settings import Settings
from pipeline.workbench.workbench import Workbench
from tests.browser.accessibility import find_faults_in_themes
from tests.browser.conftest import ROOT, Server, come_in

MEASURING_TIMEOUT_MS = 300_000


@pytest.fixture(scope="module")
def configuration() -> dict[str, str]:
    """A server with its workers."""
    return {}


@pytest.fixture(scope="module")
def server(shared_server: Server) -> Server:
    """The server of the module, with its workers."""
    return shared_server


@pytest.fixture(scope="module")
def model(server: Server) -> str:
    """A model of Employee in the server's state folder."""
    workbench = Workbench(Settings(home=server.home))
    return workbench.train(
        "employee", workbench.models.default_recipe(synthesizer="autoregressive", epochs=2)
    ).model


@pytest.fixture
def real_rows(tmp_path: Path) -> Path:
    """Real rows as a table from elsewhere."""
    lines = (ROOT / "content" / "employee.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    path = tmp_path / "copied.csv"
    path.write_text("".join(lines[:1001]), encoding="utf-8")
    return path


def look(page: Page, name: str) -> None:
    """Keep a picture of the whole page where SCREENSHOTS names a folder."""
    if folder := os.environ.get("SCREENSHOTS"):
        expect(page.get_by_text("Running...")).to_have_count(0)
        page.wait_for_timeout(1_500)
        height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
        size = page.viewport_size
        page.set_viewport_size({"width": size["width"], "height": min(height + 50, 9_000)})
        page.wait_for_timeout(1_000)
        page.screenshot(path=f"{folder}/{name}.png")
        page.set_viewport_size(size)


@pytest.mark.parametrize("width", [1280, 390])
def test_two_tables_are_measured_and_the_link_opens_the_same(
    server: Server, page: Page, model: str, real_rows: Path, width: int
) -> None:
    began = date.today()
    page.set_viewport_size({"width": 1280, "height": 900})
    come_in(page, server)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{server.url}/quality?dataset=employee&table=model:{model}&measure=full")
    expect(page.get_by_role("heading", name="Quality", exact=True).nth(1)).to_be_visible(
        timeout=MEASURING_TIMEOUT_MS
    )
    expect(page.locator(".js-plotly-plot").first).to_be_visible()
    look(page, f"overview-{width}")
    for part in ("Columns", "Pairs", "Privacy", "Validity", "Method"):
        page.get_by_role("radio", name=part, exact=True).click()
        expect(page.get_by_role("heading", name=part).first).to_be_visible()
        look(page, f"{part.lower()}-{width}")
        assert find_faults_in_themes(page) == []
    expect(page).to_have_url(re.compile("view=method"))
    page.goto(f"{server.url}/quality?dataset=employee&table=upload&beside=model:{model}&view=overview")
    page.locator("input[type=file]").first.set_input_files(real_rows)
    expect(page.get_by_text("Do not use this table").first).to_be_visible(timeout=MEASURING_TIMEOUT_MS)
    expect(page.get_by_role("heading", name="Side by side")).to_be_visible()
    look(page, f"beside-{width}")
    assert find_faults_in_themes(page) == []
    page.wait_for_function("width => document.documentElement.scrollWidth <= width", arg=width)
    is_drawn = "days => days.some(day => document.documentElement.innerHTML.includes(day))"
    # Midnight may have passed since the report was made.
    page.wait_for_function(is_drawn, arg=[day.isoformat() for day in (began, date.today())])
    assert "Traceback" not in server.log.read_text(encoding="utf-8")
