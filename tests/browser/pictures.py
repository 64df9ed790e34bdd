"""The pictures of the README, taken from a running app: `make pictures` writes them to docs/pictures."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import ROOT, Server, set_up

PICTURES = ROOT / "docs" / "pictures"
TIMEOUT_MS = 300_000
SETTLED_MS = 2_500
SIZE = {"width": 1280, "height": 860}


@pytest.fixture(scope="module")
def configuration() -> dict[str, str]:
    """A server with its workers."""
    return {}


@pytest.fixture
def trained(server: Server) -> None:
    """Trainings of PCI in the server's state folder, to choose from."""
    # In one process: the first training of each loads the libraries.
    _run(server.home, "train", "pci", "--epochs", "70")
    _run(server.home, "sweep", "pci", "--epochs", "10,20,40,70", "--synthesizer", "ctgan,autoregressive")


def test_the_pictures_are_taken(server: Server, page: Page, trained: None) -> None:
    page.set_viewport_size(SIZE)
    set_up(page, server)
    page.goto(f"{server.url}/generate?dataset=pci")
    form = page.get_by_role("tabpanel", name="One table")
    form.get_by_role("button", name="Generate", exact=True).click()
    expect(page.get_by_role("heading", name="How this was judged")).to_be_visible(timeout=TIMEOUT_MS)
    _take(page, "generate")
    page.goto(f"{server.url}/train?dataset=pci")
    expect(page.locator(".js-plotly-plot").first).to_be_visible()
    _take(page, "train", page.get_by_role("heading", name="Which training to take"), block="start")
    page.goto(f"{server.url}/quality?dataset=pci")
    expect(page.locator(".js-plotly-plot").first).to_be_visible(timeout=TIMEOUT_MS)
    page.get_by_role("radio", name="Columns", exact=True).click()
    _take(page, "quality", page.locator(".js-plotly-plot").first)


def _take(page: Page, name: str, shown: Locator | None = None, block: str = "center") -> None:
    """One window of the page, in which `shown` stands in the middle or at the start, as `block` says."""
    page.wait_for_timeout(SETTLED_MS)
    if shown is not None:
        shown.evaluate("(found, block) => found.scrollIntoView({block})", block)
        page.wait_for_timeout(SETTLED_MS)
    path = PICTURES / f"{name}.png"
    page.screenshot(path=path)
    _shrink(path)


def _shrink(path: Path) -> None:
    """A palette of 256 colours is enough for a page, and a third of the bytes."""
    from PIL import Image

    with Image.open(path) as picture:
        smaller = picture.convert("RGB").quantize(256)
    smaller.save(path, optimize=True)


def _run(home: Path, *arguments: str) -> None:
    environment = {**os.environ, "WORKBENCH_HOME": str(home)}
    subprocess.run([sys.executable, "-m", "pipeline", *arguments], cwd=ROOT, env=environment, check=True)
