"""A real server on a free port with a fresh state folder, and a headless Chromium to look at it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from tests.passwords import make_password
from tests.ports import find_port

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = Path("/usr/bin/chromium")
LOG_END = 20_000
START_TIMEOUT_S = STOP_TIMEOUT_S = 300
# Ample on purpose: only a test that fails waits so long, and others may want the processor too.
TIMEOUT_MS = 180_000
PASSWORD = make_password()
ROW_PX = 35
"""The height of a row of Streamlit's tables."""
WITHOUT_WORKERS = {"WORKBENCH_RUNS__DISPATCH": "false"}

expect.set_options(timeout=TIMEOUT_MS)


@dataclass(frozen=True)
class Server:
    """A running workbench."""

    url: str
    home: Path
    log: Path

    def read_set_up_code(self) -> str:
        """The code that the server has printed last."""
        return re.findall(r"administrator: ([A-Z0-9-]{19})", self.log.read_text(encoding="utf-8"))[-1]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip the browser tests, with the reason, where there is no browser."""
    if CHROMIUM.exists():
        return
    skip = pytest.mark.skip(reason=f"{CHROMIUM} is missing; install Debian's chromium package")
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(skip)


@pytest.fixture
def port() -> int:
    return find_port()


@pytest.fixture(scope="module")
def configuration() -> dict[str, str]:
    """What a test's server finds in its environment besides; its workers start where runs are to be done."""
    return WITHOUT_WORKERS


@pytest.fixture
def server(tmp_path: Path, port: int, configuration: dict[str, str]) -> Iterator[Server]:
    with running_server(tmp_path, port, configuration) as server:
        yield server


@pytest.fixture(scope="module")
def shared_server(
    tmp_path_factory: pytest.TempPathFactory, configuration: dict[str, str]
) -> Iterator[Server]:
    """One server for the tests of a module: those of a story at two sizes find the models of the first."""
    with running_server(tmp_path_factory.mktemp("server"), find_port(), configuration) as server:
        yield server


@contextmanager
def running_server(folder: Path, port: int, configuration: Mapping[str, str]) -> Iterator[Server]:
    """A workbench with its state and its log in `folder`, until the end of the block."""
    log = folder / "server.log"
    environment = {
        **os.environ,
        "WORKBENCH_HOME": str(folder / "state"),
        "STREAMLIT_SERVER_PORT": str(port),
        # What is looked for in the log has then been written there.
        "PYTHONUNBUFFERED": "1",
        "WORKBENCH_RUNS__NICE": "0",
        **configuration,
    }
    command = [sys.executable, "-m", "streamlit", "run", "app.py"]
    with log.open("a") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
        try:
            server = Server(f"http://127.0.0.1:{port}", folder / "state", log)
            _wait_until_up(server, process)
            yield server
        finally:
            process.terminate()
            process.wait(timeout=STOP_TIMEOUT_S)
            # Shown with a test that fails, alone.
            print(log.read_text(encoding="utf-8")[-LOG_END:])


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser for the tests of a module: its event loop would keep those of others from running one."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM))
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = open_context(browser)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


def open_context(browser: Browser) -> BrowserContext:
    """A browser of somebody's own, with the window of a desk."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    context.set_default_timeout(TIMEOUT_MS)
    return context


def set_up(page: Page, server: Server, name: str = "root") -> None:
    """Make the first administrator with the code from the server's output; ends on the first page.

    The browser then holds the session's cookie, as after `enter`.
    """
    page.goto(server.url)
    page.get_by_role("textbox", name="Set-up code").fill(server.read_set_up_code())
    page.get_by_role("textbox", name="User name").fill(name)
    page.get_by_role("textbox", name="Password, at least 12 characters", exact=True).fill(PASSWORD)
    page.get_by_role("textbox", name="Password again", exact=True).fill(PASSWORD)
    with _cookie_handed_over(page):
        page.get_by_role("button", name="Make the administrator").click()


def come_in(page: Page, server: Server) -> None:
    """Make the administrator, or log in as the one whom an earlier test has made."""
    page.goto(server.url)
    code, password = page.get_by_label("Set-up code"), page.get_by_label("Password", exact=True)
    expect(code.or_(password).first).to_be_visible()
    if code.count():
        set_up(page, server)
    else:
        enter(page)


def watch_console(page: Page) -> list[str]:
    """What the browser complains of from now on: the content policy's refusals are among it."""
    found: list[str] = []

    def note(message: ConsoleMessage) -> None:
        # Streamlit's page asks for `_stcore` below each part of a deep link to find its server.
        is_search = "404" in message.text and "/_stcore/" in message.location["url"]
        if message.type in ("error", "warning") and not is_search:
            found.append(f"{message.text} {message.location['url']}")

    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("console", note)
    return found


def log_in(page: Page, name: str = "root", password: str = PASSWORD) -> None:
    """Fill the login form and send it."""
    page.get_by_role("textbox", name="User name").fill(name)
    page.get_by_role("textbox", name="Password", exact=True).fill(password)
    page.get_by_role("button", name="Log in").click()


def enter(page: Page, name: str = "root", password: str = PASSWORD) -> None:
    """Log in with a form that lets the account in; the browser then holds the session's cookie."""
    with _cookie_handed_over(page):
        log_in(page, name, password)


def select_row(page: Page, row: int) -> None:
    """Select a row of the table, counted from 0; the grid is a drawing, whose rows have one height."""
    grid = page.get_by_test_id("stDataFrame").first.locator("canvas").first
    grid.scroll_into_view_if_needed()
    # What scrolls lies over the drawing and takes the click.
    grid.click(position={"x": ROW_PX / 2, "y": ROW_PX * (row + 1.5)}, force=True)
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


@contextmanager
def _cookie_handed_over(page: Page) -> Iterator[None]:
    # A browser that reloads or leaves the page before has lost the session.
    with page.expect_response("**/session/start") as answer:
        yield
    assert answer.value.status == 204
    expect(page.get_by_role("button", name="Log out")).to_be_visible()


def _wait_until_up(server: Server, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{server.url}/_stcore/health", timeout=10) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"The server did not start:\n{server.log.read_text(encoding='utf-8')}")
