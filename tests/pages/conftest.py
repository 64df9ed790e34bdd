"""Pages run through the real shell, real accounts and sessions, and a fake workbench."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages._server import services as _services
from pipeline.access.accounts import AccountRole, Accounts
from tests.databases import give_database
from tests.pages.fake_workbench import FakeWorkbench
from tests.passwords import make_password

SHELL = str(Path(__file__).parents[2] / "pages" / "shell.py")
PASSWORD = make_password()


@pytest.fixture
def services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[_services.Services]:
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "state"))
    give_database(tmp_path / "state")
    _services.open_services.cache_clear()
    services = _services.open_services()
    services.accounts._hash_rounds = 4
    yield services
    _services.open_services.cache_clear()


@pytest.fixture
def workbench(services: _services.Services, monkeypatch: pytest.MonkeyPatch) -> FakeWorkbench:
    fake = FakeWorkbench(services.settings)
    monkeypatch.setattr(_services, "_share_workbench", lambda: fake)
    return fake


@pytest.fixture
def users(services: _services.Services) -> Accounts:
    for role in AccountRole:
        services.accounts.create(f"{role.value}-user", PASSWORD, role)
    return services.accounts


@pytest.fixture
def open_tab(users: Accounts, workbench: FakeWorkbench) -> Callable[..., AppTest]:
    """A further tab of a logged-in user, or the first one after a reload."""

    def open_tab(page: str, role: AccountRole = AccountRole.ANALYST) -> AppTest:
        tab = log_in(AppTest.from_file(SHELL, default_timeout=120).run(), f"{role.value}-user", PASSWORD)
        return tab.switch_page(page).run()

    return open_tab


@pytest.fixture
def shell(services: _services.Services) -> AppTest:
    return AppTest.from_file(SHELL, default_timeout=120)


@pytest.fixture
def enter(shell: AppTest, users: Accounts, workbench: FakeWorkbench) -> Callable[..., AppTest]:
    def open_page(page: str = "home.py", role: AccountRole = AccountRole.ANALYST) -> AppTest:
        log_in(shell.run(), f"{role.value}-user", PASSWORD)
        return shell.switch_page(page).run()

    return open_page


def log_in(page: AppTest, name: str, password: str) -> AppTest:
    """Fill streamlit-authenticator's form and send it."""
    page.text_input[0].input(name)
    page.text_input[1].input(password)
    return page.button[0].click().run()


def read_text(page: AppTest) -> str:
    """Everything that a page says in words."""
    elements = [*page.title, *page.subheader, *page.markdown, *page.caption]
    elements += [*page.info, *page.error, *page.warning, *page.success]
    return "\n".join(str(element.value) for element in elements)
