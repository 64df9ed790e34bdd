"""From a fresh state folder to a downloaded file that an outsider's check accepts."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import SIZES, find_faults_in_themes, resize
from tests.browser.conftest import Server, select_row, set_up, watch_console
from tests.outside_check import find_pci_faults, read_rows

TRAINING_TIMEOUT_MS = 300_000
DOWNLOAD_TRIES = 3
JUDGED = "How this was judged"
BUTTONS = {"Download CSV": ".csv", "Excel": ".xlsx", "JSON": ".json", "Word": ".docx", "Parquet": ".parquet"}


@pytest.fixture(scope="module")
def configuration() -> dict[str, str]:
    """A server with its workers."""
    return {}


def order_cards(page: Page, server: Server, epochs: int) -> None:
    """Order 1,000 PCI rows from the form; the run has begun when this returns."""
    page.goto(f"{server.url}/generate?dataset=pci")
    expect(page.get_by_text("Press Generate")).to_be_visible()
    form = page.get_by_role("tabpanel", name="One table")
    form.get_by_text("Training", exact=True).click()
    form.get_by_role("spinbutton", name="Epochs").fill(str(epochs))
    form.get_by_role("spinbutton", name="Epochs").press("Tab")
    form.get_by_role("button", name="Generate", exact=True).click()
    begun = page.locator(".st-key-followed_run").or_(page.get_by_role("heading", name=JUDGED))
    expect(begun.first).to_be_visible()


def read_manifest(page: Page, label: str, folder: Path) -> dict[str, object]:
    """The manifest that the page offers beside a format."""
    page.get_by_role("button", name="Manifest (JSON)").click()
    file = download(page, f"Manifest of the {label} file", folder)
    return json.loads(file.read_text(encoding="utf-8"))


def download(page: Page, button: str, folder: Path) -> Path:
    """The file behind a download button, pressed again where the browser gives up on a busy machine."""
    for _ in range(DOWNLOAD_TRIES):
        with page.expect_download() as started:
            page.get_by_role("button", name=button, exact=True).click()
        if started.value.failure() is None:
            break
    file = folder / started.value.suggested_filename
    started.value.save_as(file)
    return file


@pytest.mark.parametrize("size", SIZES)
def test_a_thousand_cards_are_ordered_evaluated_and_downloaded(server, page, tmp_path, size):
    complaints = watch_console(page)
    set_up(page, server)
    resize(page, size)
    order_cards(page, server, epochs=2)
    expect(page.get_by_role("heading", name=JUDGED)).to_be_visible(timeout=TRAINING_TIMEOUT_MS)
    for wanted in ("Download CSV", "Excel", "Table and evidence (ZIP)"):
        box = page.get_by_role("button", name=wanted).bounding_box()
        assert box["y"] + box["height"] <= SIZES[size][1], f"{wanted} is below the fold"
    for evidence in ("Preview", "Evidence"):
        expect(page.get_by_role("heading", name=evidence)).to_be_visible()
    for tab in ("card_provider", "months_to_expiry", "Quality", "Validity", "Privacy"):
        expect(page.get_by_role("tab", name=tab, exact=True)).to_be_visible()
    expect(page.locator(".js-plotly-plot").first).to_be_visible()
    assert find_faults_in_themes(page) == []
    files = {name: download(page, name, tmp_path) for name in BUTTONS}
    assert {name: file.suffix for name, file in files.items()} == BUTTONS
    rows = read_rows(files["Download CSV"])
    assert len(rows) == 1_000
    assert all(read_rows(file) == rows for file in files.values())
    manifest = read_manifest(page, "CSV", tmp_path)
    assert find_pci_faults(rows, date.fromisoformat(manifest["as_of"])) == []
    assert manifest["file"] == files["Download CSV"].name
    assert manifest["sha256"] == hashlib.sha256(files["Download CSV"].read_bytes()).hexdigest()
    page.keyboard.press("Escape")
    page.reload()
    expect(page.get_by_role("heading", name=JUDGED)).to_be_visible()
    page.goto(f"{server.url}/models")
    expect(page.get_by_text("1 model. Select a row to open it")).to_be_visible()
    select_row(page, 0)
    expect(page.get_by_text("pci · ctgan after HMA, 2 epochs")).to_have_count(1)
    assert find_faults_in_themes(page) == []
    assert complaints == []
    assert "Traceback" not in server.log.read_text(encoding="utf-8")


@pytest.mark.parametrize("epochs", [5_000])
def test_a_run_shows_its_epoch_survives_switch_and_reload_and_can_be_cancelled(server, page, epochs):
    set_up(page, server)
    order_cards(page, server, epochs)
    expect(page.get_by_text(f"of {epochs:,}")).to_be_visible(timeout=TRAINING_TIMEOUT_MS)
    page.reload()
    expect(page.get_by_text(f"of {epochs:,}")).to_be_visible()
    page.get_by_role("link", name="Home").click()
    expect(page.get_by_role("heading", name="How it goes")).to_be_visible()
    page.get_by_test_id("stSidebarNavItems").get_by_role("link", name="Generate").click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("The run was cancelled")).to_be_visible()
    expect(page.get_by_role("button", name="Resume")).to_be_visible()
