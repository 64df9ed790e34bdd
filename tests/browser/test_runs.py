"""Runs in a real server with its engine: they outlive a page, and no table waits behind a training."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Server, log_in, set_up
from tests.outside_check import read_rows

WORKER_TIMEOUT_MS = 240_000
LONG, SHORT = 9_000, 2


@pytest.fixture(autouse=True)
def quick_synthesizer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_TRAINING__SYNTHESIZER", "autoregressive")


@pytest.fixture
def second_page(browser: Browser) -> Iterator[Page]:
    """A page of another browser, as of somebody at another desk."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    yield context.new_page()
    context.close()


def train(page: Page, epochs: int) -> None:
    """Start a training that no lack of progress ends."""
    fields = {page.get_by_role("textbox", name="Epochs"): str(epochs)}
    fields[page.get_by_role("spinbutton", name="Stop early")] = "10000"
    for field, text in fields.items():
        field.fill(text)
        field.press("Tab")
        expect(field).to_have_value(text)
    page.get_by_role("button", name="Train", exact=True).click()


def test_runs_go_on_without_their_page_while_somebody_else_generates(
    server: Server, page: Page, second_page: Page, tmp_path
):
    with page.expect_response("**/session/start"):
        set_up(page, server)
    page.goto(f"{server.url}/train?dataset=pci")
    expect(page.get_by_text("No training of this dataset yet")).to_be_visible()
    train(page, SHORT)
    expect(page.get_by_text("The best quality so far is")).to_be_visible(timeout=WORKER_TIMEOUT_MS)
    train(page, LONG)
    expect(page.get_by_text(f"of {LONG:,}")).to_be_visible(timeout=WORKER_TIMEOUT_MS)
    page.reload()
    expect(page.get_by_text(f"of {LONG:,}")).to_be_visible()

    second_page.goto(server.url)
    with second_page.expect_response("**/session/start"):
        log_in(second_page)
    expect(second_page.get_by_role("button", name="Log out")).to_be_visible()
    second_page.goto(f"{server.url}/generate?dataset=pci")
    form = second_page.get_by_role("tabpanel", name="One table")
    form.get_by_role("combobox", name="Model").click()
    second_page.get_by_role("option", name=f"autoregressive, {SHORT} epochs").click()
    form.get_by_role("button", name="Generate", exact=True).click()
    expect(second_page.get_by_role("heading", name="Download")).to_be_visible(timeout=WORKER_TIMEOUT_MS)
    with second_page.expect_download() as started:
        second_page.get_by_role("button", name="CSV", exact=True).click()
    started.value.save_as(tmp_path / "cards.csv")
    assert len(read_rows(tmp_path / "cards.csv")) == 1_000

    expect(page.get_by_text(f"of {LONG:,}")).to_be_visible()
    train(page, LONG - 1)
    page.get_by_role("link", name="Runs", exact=True).click()
    waiting = page.locator(".st-key-run_list > *").filter(has_text=f"{LONG - 1:,} epochs")
    waiting.get_by_role("button", name="Cancel").click()
    expect(waiting.get_by_text("The run was cancelled.")).to_be_visible()
    running = page.locator(".st-key-run_list > *").filter(has_text=f"of {LONG:,}")
    running.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Its best state so far is model")).to_be_visible(timeout=WORKER_TIMEOUT_MS)
    assert "Traceback" not in server.log.read_text(encoding="utf-8")
