"""The HTML report in a real browser: charts drawn, no request, no error, nothing too wide, fit for paper."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from pipeline.reports import ReportFormat, compute_report, render_report
from tests.browser.conftest import TIMEOUT_MS
from tests.unit.reports.report_case import make_subject


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_bytes(render_report(compute_report(make_subject()), ReportFormat.HTML))
    return path


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_chart_is_drawn_without_a_request_or_an_error(
    browser: Browser, report: Path, width: int, scheme: str
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    found: list[str] = []
    page.on("console", lambda message: found.append(message.text))
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("dialog", lambda dialog: (found.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda request: found.append(request.url) if request.url.startswith("http") else None)
    page.goto(report.as_uri())
    page.wait_for_selector("html[data-drawn=all]", timeout=TIMEOUT_MS)
    assert found == []
    assert page.locator(".plot .main-svg").count() >= page.locator(".plot").count() > 10
    assert page.evaluate("document.documentElement.scrollWidth") == width
    ink = page.locator(".gtitle").first.evaluate("title => getComputedStyle(title).fill")
    assert ink == ("rgb(27, 36, 48)" if scheme == "light" else "rgb(230, 234, 240)")
    context.close()


def test_paper_is_light_and_no_chart_is_wider_than_it(browser: Browser, report: Path) -> None:
    context = browser.new_context(viewport={"width": 696, "height": 1000}, color_scheme="dark")
    page = context.new_page()
    page.goto(report.as_uri())
    page.wait_for_selector("html[data-drawn=all]", timeout=TIMEOUT_MS)
    page.emulate_media(media="print", color_scheme="light")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.wait_for_function("document.querySelector('.gtitle').getBoundingClientRect().width > 0")
    assert page.locator("nav").is_hidden()
    widths = page.locator(".plot .main-svg").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect().right)"
    )
    assert max(widths) <= 696
    assert page.locator(".gtitle").first.evaluate("title => getComputedStyle(title).fill") == "rgb(0, 0, 0)"
    context.close()
