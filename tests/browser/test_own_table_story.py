"""A fresh user's own table: a messy upload, a changed column, and a download in the source's form."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

from tests.browser.accessibility import SIZES, find_faults_in_themes, resize
from tests.browser.conftest import Server, come_in, watch_console
from tests.browser.test_generate_story import TRAINING_TIMEOUT_MS, download

ROWS = 400
HEADER = "Buchung;Filiale;Betrag;Gebühr;Verwendungszweck"
GUESSES = {"Separator": "Semicolon", "Encoding": "Western European (cp1252)", "Header row": "Row 4"}
LEAST_AMOUNT = "-10000"
AMOUNT = re.compile(r"-?(\d{1,3}(\.\d{3})*|\d+),\d{2}")
# The grid of Streamlit's editor is a canvas: its cells are reached by place and by keys.
CELL_HEIGHT, LEFT = 35, 60
OPEN_MS, TRIES = 3_000, 30
MINIMUM = 3
"""How many columns the minimum stands right of the name."""


@pytest.fixture(scope="module")
def configuration() -> dict[str, str]:
    """A server with its workers."""
    return {}


@pytest.fixture(scope="module")
def server(shared_server: Server) -> Server:
    """The server of the module, with its workers."""
    return shared_server


@pytest.fixture
def messy_file(tmp_path: Path, size: str) -> Path:
    """Postings as a German bank exports them: Latin-1, semicolons, a preamble, commas for decimals."""
    draw = random.Random(11)
    lines = ["Musterbank AG;;;;", "Umsätze vom 01.01.2025 bis 31.12.2025;;;;", "", HEADER]
    lines += [_write_posting(draw) for _ in range(ROWS)]
    path = tmp_path / f"Umsätze {size}.csv"
    path.write_bytes("\r\n".join(lines).encode("latin-1"))
    return path


def upload(page: Page, server: Server, file: Path) -> None:
    """Choose the file on the Datasets page; its preview stands there when this returns."""
    page.goto(f"{server.url}/datasets")
    expect(page.get_by_text("You see how the file is read")).to_be_visible()
    page.locator("input[type=file]").first.set_input_files(file)
    expect(page.get_by_text(f"{ROWS} rows, 5 columns")).to_be_visible()


def change_minimum(page: Page, row: int, text: str) -> None:
    """Write the minimum of a column into the table of columns."""
    grid = page.get_by_test_id("stDataFrame").first
    expect(grid.locator("canvas").first).to_be_visible()

    def open_cell() -> None:
        page.keyboard.press("Escape")
        grid.click(position={"x": LEFT, "y": CELL_HEIGHT * (row + 1) + CELL_HEIGHT // 2})
        for _ in range(MINIMUM):
            page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")

    open_until(open_cell, page.locator("#portal textarea"))
    page.locator("#portal textarea").fill(text)
    page.keyboard.press("Enter")


def open_until(open_it: Callable[[], None], inner: Locator) -> None:
    """Open a list or a cell until it stays open: it closes again while the page still moves."""
    for _ in range(TRIES):
        open_it()
        try:
            inner.wait_for(timeout=OPEN_MS)
        except PlaywrightTimeoutError:
            continue
        return
    pytest.fail(f"It did not open in {TRIES} tries.")


def order_rows(page: Page, server: Server, dataset: str) -> None:
    """Order 1,000 rows from a model of few epochs."""
    page.goto(f"{server.url}/generate?dataset={dataset}")
    form = page.get_by_role("tabpanel", name="One table")
    form.get_by_text("Training", exact=True).click()
    chosen = page.get_by_role("option", name="autoregressive")
    open_until(form.get_by_role("combobox", name="Synthesizer", exact=True).click, chosen)
    chosen.click()
    form.get_by_role("spinbutton", name="Epochs").fill("3")
    form.get_by_role("spinbutton", name="Epochs").press("Tab")
    form.get_by_role("button", name="Generate", exact=True).click()
    expect(page.get_by_role("heading", name="How this was judged")).to_be_visible(timeout=TRAINING_TIMEOUT_MS)


@pytest.mark.parametrize("size", SIZES)
def test_a_messy_table_is_uploaded_changed_generated_and_downloaded_in_its_own_form(
    server: Server, page: Page, messy_file: Path, tmp_path: Path, size: str
) -> None:
    complaints = watch_console(page)
    come_in(page, server)
    resize(page, size)
    upload(page, server, messy_file)
    for field, guess in GUESSES.items():
        expect(page.get_by_role("combobox", name=field)).to_have_value(guess)
    expect(page.get_by_text("2 lines were skipped above the header.")).to_be_visible()
    expect(page.get_by_role("textbox", name="Name of the dataset")).to_have_value(f"umsatze_{size}")
    assert find_faults_in_themes(page) == []
    page.get_by_role("button", name="Add dataset").click()
    expect(page.get_by_text(f"Umsatze {size} is ready: 5 columns.")).to_be_visible()
    expect(page.get_by_text("replaced by invented text: Verwendungszweck")).to_be_visible()
    # The form of the upload goes after the answer stands there, and the table moves up.
    expect(page.get_by_text(f"{ROWS} rows, 5 columns")).to_have_count(0)
    change_minimum(page, HEADER.split(";").index("Betrag"), LEAST_AMOUNT)
    expect(page.get_by_text("1 change agrees with the sample")).to_be_visible()
    page.get_by_role("button", name="Preview ten rows").click()
    expect(page.get_by_text("Ten synthetic rows as they would come out")).to_be_visible()
    assert find_faults_in_themes(page) == []
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_text("Saved as a new version of the dataset.")).to_be_visible()
    order_rows(page, server, f"umsatze_{size}")
    assert find_faults_in_themes(page) == []
    _check_form(download(page, "Download CSV", tmp_path).read_bytes(), messy_file)
    assert complaints == []
    assert "Traceback" not in server.log.read_text(encoding="utf-8")


def _write_posting(draw: random.Random) -> str:
    day = date(2025, 1, 1) + timedelta(days=draw.randrange(365))
    branch = draw.choice(["München", "Köln", "Lübeck"])
    amount = (
        f"{draw.choice(['-', ''])}{draw.randrange(1, 9)}.{draw.randrange(100, 999)},{draw.randrange(10, 99)}"
    )
    fee = f"{draw.randrange(9)},{draw.choice(['00', '50', '75'])}"
    return f"{day:%d.%m.%Y};{branch};{amount};{fee};Überweisung {draw.randrange(10**6)} an Familie Müller"


def _check_form(content: bytes, source: Path) -> None:
    """What reads the original reads the copy: semicolons, decimal commas, days first; no purpose is real."""
    header, *lines = content.decode("cp1252").splitlines()
    assert header == HEADER
    rows = [line.split(";") for line in lines]
    assert len(rows) == 1_000
    assert all(AMOUNT.fullmatch(row[2]) and AMOUNT.fullmatch(row[3]) for row in rows)
    assert all(float(row[2].replace(".", "").replace(",", ".")) >= float(LEAST_AMOUNT) for row in rows)
    assert {datetime.strptime(row[0], "%d.%m.%Y").year for row in rows} <= {2024, 2025, 2026}
    assert {row[1] for row in rows} == {"München", "Köln", "Lübeck"}
    real = {line.split(";")[-1] for line in source.read_text(encoding="latin-1").splitlines()[4:]}
    assert real.isdisjoint(row[4] for row in rows)
