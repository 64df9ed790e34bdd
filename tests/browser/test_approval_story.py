"""Four eyes in a browser: an analyst asks, a reviewer releases, the analyst downloads, a viewer reads."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from pipeline.access.accounts import AccountRole, Accounts
from pipeline.settings import Settings
from pipeline.store.database import open_database
from tests.browser.accessibility import SIZES, find_faults_in_themes, resize
from tests.browser.conftest import PASSWORD, Server, enter, open_context, watch_console
from tests.browser.test_generate_story import JUDGED, TRAINING_TIMEOUT_MS, download, order_cards
from tests.outside_check import read_rows

USERS = {
    "boss": AccountRole.ADMIN,
    "ana": AccountRole.ANALYST,
    "rea": AccountRole.VIEWER,
    "vic": AccountRole.VIEWER,
}


@pytest.fixture(scope="module")
def configuration() -> dict[str, str]:
    """A server with its workers, and a synthesizer that is trained at once."""
    return {"WORKBENCH_TRAINING__SYNTHESIZER": "autoregressive"}


@pytest.fixture
def desks(server: Server, browser: Browser) -> Iterator[dict[str, Page]]:
    """A page of each user, logged in at a desk of their own; rea is a reviewer."""
    database = open_database(Settings(home=server.home))
    accounts = Accounts(database, hash_rounds=4)
    for name, role in USERS.items():
        accounts.create(name, PASSWORD, role)
    accounts.set_reviewer("rea", True)
    database.close()
    contexts = {name: open_context(browser) for name in USERS}
    pages = {name: context.new_page() for name, context in contexts.items()}
    for name, page in pages.items():
        page.goto(server.url)
        enter(page, name)
    yield pages
    for context in contexts.values():
        context.close()


def fill_comment(page: Page, text: str) -> None:
    """Write a comment, and leave the field so that the page takes it."""
    comment = page.get_by_role("textbox", name="What")
    comment.fill(text)
    comment.press("Control+Enter")


def require_approval(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/datasets")
    page.get_by_text("pci · 5 columns, built in").click()
    page.get_by_role("button", name="Require approval").click()
    page.get_by_role("button", name="Yes, require approval").click()
    expect(page.get_by_text("Tables of this dataset require approval")).to_be_visible()


@pytest.mark.parametrize("size", SIZES)
def test_a_table_leaves_after_another_person_has_released_it_and_a_viewer_reads_along(
    server, desks, tmp_path, size
):
    boss, ana, rea, vic = desks.values()
    for page in desks.values():
        resize(page, size)
    complaints = [watch_console(page) for page in desks.values()]
    require_approval(boss, server)
    order_cards(ana, server, epochs=1)
    expect(ana.get_by_role("heading", name=JUDGED)).to_be_visible(timeout=TRAINING_TIMEOUT_MS)
    expect(ana.get_by_text("This table cannot be downloaded.")).to_be_visible()
    expect(ana.get_by_role("button", name="Download CSV")).to_have_count(0)
    rows = ana.locator(".st-key-first_rows_kept")
    rows.get_by_test_id("stDataFrame").hover()
    expect(rows.get_by_test_id("stElementToolbar").first).to_be_hidden()
    fill_comment(ana, "For the test system of the call centre.")
    ana.get_by_role("button", name="Ask for approval").click()
    expect(ana.get_by_text("Not decided yet.")).to_be_visible()
    assert find_faults_in_themes(ana) == []
    link = ana.url

    vic.goto(link)
    expect(vic.get_by_text("There is no run")).to_be_visible()
    ana.get_by_role("button", name="Share", exact=True).click()
    ana.get_by_role("textbox", name="User name").fill("vic")
    ana.get_by_role("textbox", name="User name").press("Enter")
    ana.get_by_test_id("stPopoverBody").get_by_role("button", name="Share", exact=True).click()
    expect(ana.get_by_text("vic · since")).to_be_visible()
    vic.reload()
    expect(vic.get_by_role("heading", name="Evidence")).to_be_visible()
    expect(vic.get_by_text("For the test system of the call centre.")).to_be_visible()
    expect(vic.get_by_role("button", name="Release")).to_have_count(0)
    assert find_faults_in_themes(vic) == []

    rea.goto(server.url)
    assert find_faults_in_themes(rea) == []
    rea.get_by_role("link", name="See the evidence and decide").click()
    expect(rea.get_by_role("heading", name="Evidence")).to_be_visible()
    fill_comment(rea, "Card numbers and shares checked.")
    rea.get_by_role("button", name="Release").click()
    expect(rea.get_by_text("Released by rea")).to_be_visible()
    assert find_faults_in_themes(rea) == []

    ana.reload()
    expect(ana.get_by_text("Card numbers and shares checked.")).to_be_visible()
    assert len(read_rows(download(ana, "Download CSV", tmp_path))) == 1_000
    assert complaints == [[], [], [], []]
    assert "Traceback" not in server.log.read_text(encoding="utf-8")
