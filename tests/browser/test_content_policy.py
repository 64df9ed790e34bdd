"""Every page in a real browser under the content policy, which refuses inline scripts and foreign servers."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import ROOT, Server, come_in, watch_console

PAGES = {
    "": "How it goes",
    "generate": "Generate a table",
    "train": "Train a model",
    "runs": "Runs",
    "quality": "Quality",
    "datasets": "Datasets",
    "related": "Several tables",
    "models": "Models",
    "rest_api": "REST API",
    "account": "Account",
    "admin": "Administration",
}


@pytest.fixture(scope="module")
def server(shared_server: Server) -> Server:
    """The server of the module."""
    return shared_server


def test_no_page_meets_the_content_policy(server, page):
    found = {path.stem for path in (ROOT / "pages").glob("[a-z]*.py")} - {"shell", "home"}
    assert set(PAGES) - {""} == found
    complaints = watch_console(page)
    come_in(page, server)
    for path, heading in PAGES.items():
        page.goto(f"{server.url}/{path}")
        expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible()
    with page.expect_download() as started:
        page.get_by_role("tab", name="Audit log").click()
        page.get_by_role("button", name="Download as CSV").click()
    assert started.value.suggested_filename == "audit-log.csv"
    assert complaints == []


def test_the_policy_refuses_what_markup_in_a_page_would_run(server, page):
    page.goto(server.url)
    form = page.get_by_role("button", name="Make the administrator").or_(
        page.get_by_role("button", name="Log in")
    )
    expect(form).to_be_visible()
    with page.expect_console_message(lambda message: "Content Security Policy" in message.text):
        # Ends when the image has failed, and with it its handler would have run.
        page.evaluate(
            """() => new Promise((resolve) => {
                const script = document.createElement("script");
                script.textContent = "window.injected = 1";
                document.body.append(script);
                document.body.insertAdjacentHTML("beforeend", "<img src=x onerror='window.injected = 2'>");
                document.body.lastElementChild.addEventListener("error", resolve, { once: true });
            }).then(() => null)"""
        )
    assert page.evaluate("window.injected") is None
