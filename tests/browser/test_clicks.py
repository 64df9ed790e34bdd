"""How far it is from the login to a downloaded file: clicks, without scrolling, on a desk of 1280 × 900."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, Page, expect

from pipeline.access.accounts import AccountRole, Accounts
from pipeline.settings import Settings
from pipeline.store.database import open_database
from tests.browser.conftest import PASSWORD, Server
from tests.browser.test_generate_story import JUDGED, TRAINING_TIMEOUT_MS
from tests.outside_check import read_rows

MOST_CLICKS = 4


@pytest.fixture(scope="module")
def configuration() -> dict[str, str]:
    """A server with its workers, and a synthesizer that is trained at once."""
    return {"WORKBENCH_TRAINING__SYNTHESIZER": "autoregressive"}


@pytest.fixture
def analyst(server: Server) -> str:
    """An account that has never logged in."""
    database = open_database(Settings(home=server.home))
    Accounts(database, hash_rounds=4).create("ana", PASSWORD, AccountRole.ANALYST)
    database.close()
    return "ana"


@dataclass
class Hand:
    """Clicks what stands in the window of a page, and counts."""

    page: Page
    clicks: int = 0

    def click(self, found: Locator) -> None:
        """Click what is wholly in the window, which was not scrolled."""
        expect(found).to_be_in_viewport(ratio=1)
        main = self.page.get_by_test_id("stMain")
        assert main.count() == 0 or main.evaluate("found => found.scrollTop") == 0
        found.click()
        self.clicks += 1


def test_an_analyst_has_a_file_after_four_clicks_from_the_login(server, page, analyst, tmp_path):
    hand = Hand(page)
    page.goto(server.url)
    page.get_by_role("textbox", name="User name").fill(analyst)
    page.get_by_role("textbox", name="Password", exact=True).fill(PASSWORD)
    hand.click(page.get_by_role("button", name="Log in"))
    hand.click(page.get_by_test_id("stSidebarNavItems").get_by_role("link", name="Generate"))
    form = page.get_by_role("tabpanel", name="One table")
    hand.click(form.get_by_role("button", name="Generate", exact=True))
    expect(page.get_by_role("heading", name=JUDGED)).to_be_visible(timeout=TRAINING_TIMEOUT_MS)
    with page.expect_download() as started:
        hand.click(page.get_by_role("button", name="Download CSV"))
    file = tmp_path / started.value.suggested_filename
    started.value.save_as(file)
    assert len(read_rows(file)) == 1_000
    assert hand.clicks <= MOST_CLICKS
