"""A fresh user's three files become a set of tables, and a workbook in which every key has its parent."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import SIZES, find_faults_in_themes, resize
from tests.browser.conftest import Server, set_up, watch_console
from tests.browser.test_generate_story import JUDGED, TRAINING_TIMEOUT_MS, download

CUSTOMERS, ACCOUNTS, BOOKINGS = 60, 80, 300
KEYS = {"accounts": ("customer_id", "customers"), "bookings": ("account_id", "accounts")}


@pytest.fixture(scope="module")
def configuration() -> dict[str, str]:
    """A server with its workers."""
    return {}


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Customers, their accounts, and bookings with a running balance."""
    draw = random.Random(5)
    cities = ["Köln", "München", "Lübeck"]
    customers = [(1_000 + one, draw.choice(cities), draw.randrange(18, 90)) for one in range(CUSTOMERS)]
    accounts = [
        (5_000 + one, 1_000 + (one if one < CUSTOMERS else draw.randrange(CUSTOMERS)), draw.choice("AB"))
        for one in range(ACCOUNTS)
    ]
    return [
        _write(tmp_path / "customers.csv", ("customer_id", "city", "age"), customers),
        _write(tmp_path / "accounts.csv", ("account_id", "customer_id", "type"), accounts),
        _write(
            tmp_path / "bookings.csv",
            ("booking_id", "account_id", "date", "amount", "balance"),
            _book(draw),
        ),
    ]


@pytest.mark.parametrize("size", SIZES)
def test_three_files_become_a_workbook_in_which_every_key_has_its_parent(
    server: Server, page: Page, files: Sequence[Path], tmp_path: Path, size: str
) -> None:
    complaints = watch_console(page)
    set_up(page, server)
    resize(page, size)
    page.goto(f"{server.url}/related")
    page.get_by_text("Add several tables", exact=True).click()
    page.locator("input[type=file]").first.set_input_files(files)
    expect(page.get_by_role("textbox", name="Name of the set").first).to_have_value("customers")
    page.get_by_role("button", name="Show what was found").click()
    expect(page.get_by_text("What was found", exact=True)).to_be_visible()
    assert find_faults_in_themes(page) == []
    page.get_by_role("button", name="Register", exact=True).click()
    expect(page.get_by_text("Customers is ready: 3 tables, 2 foreign keys.")).to_be_visible()
    page.goto(f"{server.url}/related?dataset=customers")
    page.get_by_text("Training", exact=True).click()
    page.get_by_role("spinbutton", name="Epochs").fill("2")
    page.get_by_role("spinbutton", name="Epochs").press("Tab")
    page.get_by_role("button", name="Generate", exact=True).click()
    begun = page.locator(".st-key-followed_run").or_(page.get_by_role("heading", name=JUDGED))
    expect(begun.first).to_be_in_viewport()
    expect(page.get_by_role("heading", name=JUDGED)).to_be_visible(timeout=TRAINING_TIMEOUT_MS)
    answer = page.get_by_text("I have read the findings").or_(page.locator(".st-key-related_download"))
    expect(answer.first).to_be_in_viewport(ratio=1)
    expect(page.get_by_text("all hold")).to_be_visible()
    assert find_faults_in_themes(page) == []
    accept = page.get_by_text("I have read the findings")
    if accept.count():
        accept.click()
    _check(download(page, "Download", tmp_path))
    assert complaints == []
    assert "Traceback" not in server.log.read_text(encoding="utf-8")


def _book(draw: random.Random) -> list[tuple[object, ...]]:
    """Bookings of each account in the order of their dates."""
    balances: dict[int, int] = {}
    days = {5_000 + one: date(2025, 1, 1) + timedelta(days=draw.randrange(60)) for one in range(ACCOUNTS)}
    found: list[tuple[object, ...]] = []
    for number in range(BOOKINGS):
        account = 5_000 + (number if number < ACCOUNTS else draw.randrange(ACCOUNTS))
        days[account] += timedelta(days=draw.randrange(1, 20))
        cents = draw.randrange(-20_000, 40_000)
        balances[account] = balances.get(account, 0) + cents
        amount, balance = f"{cents / 100:.2f}", f"{balances[account] / 100:.2f}"
        found.append((90_000 + number, account, days[account].isoformat(), amount, balance))
    return found


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def _check(path: Path) -> None:
    """A sheet for each table; keys do not repeat, and every foreign key has its parent."""
    book = openpyxl.load_workbook(path, read_only=True)
    tables = {name: _read(book[name]) for name in ("customers", "accounts", "bookings")}
    assert all(tables.values())
    for child, (column, parent) in KEYS.items():
        known = [row[column] for row in tables[parent]]
        assert len(set(known)) == len(known)
        assert {row[column] for row in tables[child]} <= set(known)


def _read(sheet: openpyxl.worksheet.worksheet.Worksheet) -> list[dict[str, object]]:
    header, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(map(str, header), row, strict=True)) for row in rows]
