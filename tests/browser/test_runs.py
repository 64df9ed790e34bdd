"""Runs in a real server with its engine: they outlive a page, and no table waits behind a training."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import Server, enter, open_context, select_row, set_up
from tests.browser.test_generate_story import download
from tests.outside_check import read_rows

WORKER_TIMEOUT_MS = 300_000
LONG, SHORT = 9_000, 2
PHONE_PX = 390


@pytest.fixture(autouse=True)
def quick_synthesizer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_TRAINING__SYNTHESIZER", "autoregressive")


@pytest.fixture(scope="module")
def configuration() -> dict[str, str]:
    """A server with its workers."""
    return {}


@pytest.fixture
def second_page(browser: Browser) -> Iterator[Page]:
    """A page of another browser, as of somebody at another desk."""
    context = open_context(browser)
    yield context.new_page()
    context.close()


def train(page: Page, epochs: int) -> None:
    """Start a training that no lack of progress ends; the page knows of its run when this returns."""
    form = page.locator("details").filter(has_text="Settings of a new training")
    expect(form).to_be_visible()
    if form.get_attribute("open") is None:
        # It folds while a training is followed.
        form.locator("summary").first.click()
    fields = {page.get_by_role("textbox", name="Epochs"): str(epochs)}
    fields[page.get_by_role("spinbutton", name="Stop early")] = "10000"
    for field, text in fields.items():
        field.fill(text)
        field.press("Tab")
        expect(field).to_have_value(text)
    page.get_by_role("button", name="Train", exact=True).click()
    # Leaving sooner would end the script that orders the run. A short one may be over by now.
    expect(page.get_by_text(f"{epochs:,} epochs").first).to_be_visible()


def read_epoch(page: Page) -> int:
    """The epoch that the long training has reached, as the page tells it."""
    found = re.search(r"epoch ([\d,]+) of", page.get_by_text(f"of {LONG:,}").inner_text())
    assert found is not None
    return int(found[1].replace(",", ""))


def generate(page: Page, server: Server, folder: Path) -> Path:
    """A table from the model of the short training, ordered and downloaded at another desk."""
    page.goto(server.url)
    enter(page)
    page.goto(f"{server.url}/generate?dataset=pci")
    form = page.get_by_role("tabpanel", name="One table")
    form.get_by_role("combobox", name="Model").click()
    page.get_by_role("option", name=f"autoregressive, {SHORT} epochs").click()
    form.get_by_role("button", name="Generate", exact=True).click()
    expect(page.get_by_role("heading", name="How this was judged")).to_be_visible(timeout=WORKER_TIMEOUT_MS)
    return download(page, "Download CSV", folder)


def cancel(page: Page, words: str) -> Locator:
    """Cancel the run on the Runs page whose card holds these words, and give the card."""
    card = page.locator(".st-key-live_runs > *").filter(has_text=words)
    card.get_by_role("button", name="Cancel").click()
    return card


def test_runs_go_on_without_their_page_while_somebody_else_generates(
    server: Server, page: Page, second_page: Page, tmp_path: Path
):
    set_up(page, server)
    page.goto(f"{server.url}/train?dataset=pci")
    expect(page.get_by_text("No training of this dataset yet")).to_be_visible()
    train(page, SHORT)
    expect(page.get_by_text("Take autoregressive")).to_be_visible(timeout=WORKER_TIMEOUT_MS)
    train(page, LONG)
    expect(page.get_by_text(f"of {LONG:,}")).to_be_visible(timeout=WORKER_TIMEOUT_MS)
    reached = read_epoch(page)
    page.reload()
    expect(page.get_by_text(f"of {LONG:,}")).to_be_visible()
    found = read_epoch(page)
    assert found >= reached
    expect(page.get_by_text(f"epoch {found:,} of {LONG:,}")).to_be_hidden(timeout=WORKER_TIMEOUT_MS)
    assert read_epoch(page) > found
    assert len(read_rows(generate(second_page, server, tmp_path))) == 1_000
    expect(page.get_by_text(f"of {LONG:,}")).to_be_visible()
    train(page, LONG - 1)
    expect(page.get_by_text("place 1 in the queue")).to_be_visible()
    page.get_by_role("link", name="Runs", exact=True).click()
    waiting = cancel(page, f"{LONG - 1:,} epochs")
    expect(waiting.get_by_text("The run was cancelled.")).to_be_visible()
    cancel(page, f"of {LONG:,}")
    expect(page.get_by_text("Its best state so far is model")).to_be_visible(timeout=WORKER_TIMEOUT_MS)
    # The two long trainings; the table was ordered between them.
    for row in (0, 2):
        select_row(page, row)
    expect(page.get_by_role("heading", name="2 runs side by side")).to_be_visible()
    expect(page.get_by_role("link", name="Compare their curves")).to_be_visible()
    page.set_viewport_size({"width": PHONE_PX, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE_PX
    assert "Traceback" not in server.log.read_text(encoding="utf-8")
