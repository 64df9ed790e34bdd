"""Three trainings are compared, the recommended one is taken, and a table comes from it."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import SIZES, find_faults_in_themes, resize
from tests.browser.conftest import ROOT, Server, come_in, watch_console
from tests.browser.test_generate_story import JUDGED, TRAINING_TIMEOUT_MS, download
from tests.outside_check import read_rows

EPOCHS = "1,2,4"


@pytest.fixture(scope="module")
def configuration() -> dict[str, str]:
    """A server with its workers."""
    return {}


@pytest.fixture(scope="module")
def server(shared_server: Server) -> Server:
    """The server of the module, with its workers."""
    return shared_server


@pytest.fixture(scope="module")
def trainings(server: Server) -> None:
    """Three trainings of PCI in the server's state folder."""
    command = ["sweep", "pci", "--epochs", EPOCHS, "--synthesizer", "autoregressive"]
    environment = {**os.environ, "WORKBENCH_HOME": str(server.home)}
    subprocess.run([sys.executable, "-m", "pipeline", *command], cwd=ROOT, env=environment, check=True)


@pytest.mark.parametrize("size", SIZES)
def test_the_recommended_of_three_trainings_is_taken(
    server: Server, page: Page, trainings: None, tmp_path, size: str
) -> None:
    complaints = watch_console(page)
    come_in(page, server)
    resize(page, size)
    page.goto(f"{server.url}/train?dataset=pci")
    expect(page.get_by_text(re.compile(r"^Take autoregressive, \d epochs?"))).to_be_visible()
    expect(page.get_by_role("heading", name="All trainings of this dataset")).to_be_visible()
    expect(page.locator(".js-plotly-plot")).to_have_count(2)
    assert find_faults_in_themes(page) == []
    taken = page.get_by_role("link", name=re.compile("Generate with autoregressive"))
    epochs = re.search(r"(\d) epochs?", taken.inner_text())
    taken.click()
    expect(page.get_by_role("heading", name="Generate a table")).to_be_visible()
    form = page.get_by_role("tabpanel", name="One table")
    expect(form.get_by_role("combobox", name="Model")).to_have_value(
        re.compile(f"autoregressive, {epochs[0]}")
    )
    form.get_by_role("button", name="Generate", exact=True).click()
    expect(page.get_by_role("heading", name=JUDGED)).to_be_visible(timeout=TRAINING_TIMEOUT_MS)
    assert find_faults_in_themes(page) == []
    assert len(read_rows(download(page, "Download CSV", tmp_path))) == 1_000
    assert complaints == []
    assert "Traceback" not in server.log.read_text(encoding="utf-8")
