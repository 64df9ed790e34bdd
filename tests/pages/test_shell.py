"""The gate: set-up, login, roles, the end of a session, and nothing for anybody else."""

from __future__ import annotations

import secrets
import subprocess
import sys
from pathlib import Path

import pytest
import streamlit as st
from sqlalchemy import text
from streamlit.runtime.context import ContextProxy

from pages._errors import escape
from pages._server import services as _services
from pages._server import session_gate as _gate
from pages._server import tab as _tab
from pages._server.tab import TabOwners
from pipeline.access.accounts import AccountRole
from pipeline.errors import DataError
from tests.pages.conftest import PASSWORD, log_in, read_text
from tests.pages.fake_workbench import FakeDatasets
from tests.passwords import make_password

ROOT = Path(__file__).parents[2]
PAGES = sorted(path.name for path in (ROOT / "pages").glob("[!_]*.py") if path.stem != "shell")
ROLES = {"admin.py": AccountRole.ADMIN}
NEW_PASSWORD = make_password()
REFUSAL = "User name or password is wrong"


def test_the_first_start_shows_the_set_up_form_and_nothing_else(shell, workbench):
    page = shell.run()
    assert not page.exception
    assert [button.label for button in page.button] == ["Make the administrator"]
    assert workbench.actor is None


def test_set_up_makes_the_administrator_and_lets_them_in(shell, workbench, services, capsys):
    services.first_start.prepare()
    code = capsys.readouterr().out.split()[-1]
    page = shell.run()
    for key, value in (
        ("code", code),
        ("name", "Root"),
        ("password", PASSWORD),
        ("password_again", PASSWORD),
    ):
        page.text_input(key=f"set_up_{key}").input(value)
    page.button(key="set_up_send").click().run()
    assert not page.exception
    assert page.title[0].value == "Synthetic Data Workbench"
    assert (workbench.actor.name, workbench.actor.role) == ("root", AccountRole.ADMIN)


@pytest.mark.parametrize(
    ("code", "again", "message"), [("", "", "not the set-up code"), ("", "x", "two passwords differ")]
)
def test_set_up_with_a_mistake_makes_nobody(shell, services, code, again, message):
    page = shell.run()
    page.text_input(key="set_up_code").input(code)
    page.text_input(key="set_up_password_again").input(again)
    page.button(key="set_up_send").click().run()
    assert message in page.error[0].value
    assert services.accounts.is_empty()


def test_login_opens_the_first_page(shell, users, workbench):
    page = log_in(shell.run(), "Analyst-User", PASSWORD)
    assert not page.exception
    assert workbench.actor.name == "analyst-user"
    assert "Staff" in read_text(page)


@pytest.mark.parametrize("name", ["analyst-user", "nobody", "x" * 300])
def test_every_refused_login_reads_alike(shell, users, workbench, name):
    page = log_in(shell.run(), name, secrets.token_urlsafe(100))
    assert not page.exception
    assert [error.value.startswith(REFUSAL) for error in page.error] == [True]
    assert workbench.actor is None


@pytest.mark.parametrize(("name", "password"), [("", "x"), ("analyst-user", ""), ("  ", " "), ("", "")])
def test_an_empty_field_is_said_and_counts_as_no_attempt(shell, users, workbench, name, password):
    page = shell.run()
    for _ in range(6):
        page = log_in(page, name, password)
        assert [warning.value for warning in page.warning] == ["Enter your user name and your password."]
        assert not page.error
    log_in(page, "analyst-user", PASSWORD)
    assert workbench.actor.name == "analyst-user"


def test_lock_out_holds_in_the_form(shell, users, workbench):
    page = shell.run()
    for _ in range(5):
        page = log_in(page, "analyst-user", "wrong")
    page = log_in(page, "analyst-user", PASSWORD)
    assert page.error[0].value.startswith(REFUSAL)
    assert workbench.actor is None


@pytest.mark.parametrize("name", PAGES)
def test_no_page_shows_anything_before_the_login(shell, users, workbench, name):
    page = shell.run().switch_page(name).run()
    assert [button.label for button in page.button] == ["Log in"]
    assert workbench.actor is None
    assert len(page.text_input) == 2


def test_a_page_cannot_be_left_out_of_this_test():
    assert PAGES == [
        "account.py",
        "admin.py",
        "datasets.py",
        "generate.py",
        "home.py",
        "models.py",
        "quality.py",
        "related.py",
        "rest_api.py",
        "runs.py",
        "train.py",
    ]


@pytest.mark.parametrize("name", PAGES)
def test_every_page_opens_loaded(enter, name):
    page = enter(name, ROLES.get(name, AccountRole.ANALYST))
    assert not page.exception
    assert not page.error
    assert page.title


@pytest.mark.parametrize("name", PAGES)
def test_every_page_opens_empty_and_says_what_to_do(enter, workbench, name):
    workbench.given_datasets = ()
    page = enter(name, ROLES.get(name, AccountRole.ANALYST))
    assert not page.exception
    assert not page.error


def test_log_out_ends_the_session_and_forgets_the_tab(enter, services):
    page = enter()
    page.session_state["left_behind"] = "a table"
    page.button(key="log_out").click().run()
    assert "You are logged out." in read_text(page)
    assert services.sessions.list("analyst-user") == ()
    assert "left_behind" not in page.session_state


def test_a_session_that_ended_elsewhere_returns_to_the_login_form(enter, services):
    page = enter()
    services.sessions.end_all("analyst-user")
    page.run()
    assert "Your session has ended" in read_text(page)
    assert [button.label for button in page.button] == ["Log in"]


def test_a_disabled_account_is_out_at_the_next_click(enter, users, workbench):
    page = enter()
    users.disable("analyst-user")
    page.run()
    assert [button.label for button in page.button] == ["Log in"]


def test_inactivity_is_warned_of_and_then_ends_the_session(enter, services, tmp_path):
    page = enter()
    services.sessions._inactivity = _gate.timedelta(seconds=_gate.WARNING_S)
    page.run()
    assert "Your session ends in about" in page.warning[0].value
    with services.sessions._database.begin() as connection:
        connection.execute(text("update sessions set last_seen = '2020-01-01 00:00:00'"))
    page.run()
    assert "Your session has ended" in read_text(page)


def test_the_cookie_of_an_active_session_lets_a_new_tab_in(shell, users, workbench, services, monkeypatch):
    session_id = services.sessions.start("viewer-user")
    token = services.sessions.redeem(services.sessions.offer(session_id))
    monkeypatch.setattr(ContextProxy, "cookies", {_services.COOKIE: token})
    assert not shell.run().exception
    assert workbench.actor.name == "viewer-user"


def test_a_tab_whose_session_died_goes_on_with_the_cookie_of_an_active_one(enter, services, monkeypatch):
    page = enter()
    page.session_state["left_behind"] = "a table"
    session_id = services.sessions.start("viewer-user")
    token = services.sessions.redeem(services.sessions.offer(session_id))
    services.sessions.end_all("analyst-user")
    monkeypatch.setattr(ContextProxy, "cookies", {_services.COOKIE: token})
    page.run()
    assert "Logged in as **viewer-user**" in read_text(page)
    assert "left_behind" not in page.session_state


def test_a_connection_shows_the_session_of_its_cookie_whatever_its_tab_showed(enter, services, monkeypatch):
    page = enter()
    page.session_state["left_behind"] = "a table"
    token = services.sessions.redeem(services.sessions.offer(services.sessions.start("viewer-user")))
    monkeypatch.setattr(ContextProxy, "cookies", {_services.COOKIE: token})
    before = services.sessions.list("analyst-user")[0].last_seen
    page.run()
    assert "Logged in as **viewer-user**" in read_text(page)
    assert "left_behind" not in page.session_state
    assert services.sessions.list("analyst-user")[0].last_seen == before


def test_a_login_holds_on_a_connection_that_brought_the_cookie_of_an_ended_session(
    shell, users, services, monkeypatch
):
    ended = services.sessions.start("viewer-user")
    token = services.sessions.redeem(services.sessions.offer(ended))
    services.sessions.end(ended)
    monkeypatch.setattr(ContextProxy, "cookies", {_services.COOKIE: token})
    page = log_in(shell.run(), "analyst-user", PASSWORD)
    assert "Logged in as **analyst-user**" in read_text(page.run())


def test_a_tab_is_noted_for_the_session_that_it_shows(enter, services, monkeypatch):
    owners, noted = TabOwners(), {}
    monkeypatch.setattr(_tab, "TAB_OWNERS", owners)
    monkeypatch.setattr(owners, "note", noted.__setitem__)
    enter()
    assert list(noted.values()) == [services.sessions.list("analyst-user")[0].id]


@pytest.mark.parametrize(
    ("leave", "is_adoptable"),
    [
        (lambda page, services: services.sessions.end_all("analyst-user"), True),
        (lambda page, services: page.button(key="log_out").click(), False),
    ],
)
def test_only_an_unwanted_end_looks_for_a_newer_session(enter, services, leave, is_adoptable):
    page = enter()
    leave(page, services)
    scripts = list_scripts(page.run())
    assert ['data-path="/session/end"' in script for script in scripts] == [True]
    assert ("data-rejoin" in scripts[0]) is is_adoptable
    assert not list_scripts(page.run())


def list_scripts(page):
    """The scripts that a page sends, without its style."""
    return [html.proto.body for html in page.get("html") if "<script" in html.proto.body]


@pytest.mark.parametrize("token", ["", "forged", "eyJhbGciOiJub25lIn0.eyJ1c2VybmFtZSI6InJvb3QifQ."])
def test_a_forged_cookie_meets_the_login_form(shell, users, workbench, monkeypatch, token):
    monkeypatch.setattr(ContextProxy, "cookies", {_services.COOKIE: token})
    page = shell.run()
    assert not page.exception
    assert [button.label for button in page.button] == ["Log in"]


def test_a_viewer_may_not_generate(enter):
    page = enter("generate.py", AccountRole.VIEWER)
    assert "viewer-user is a viewer; this needs the role analyst" in page.error[0].value
    assert page.title[0].value == "Generate a table"
    assert "generate" not in [button.key for button in page.button]


@pytest.mark.parametrize(
    ("role", "hidden"),
    [
        (AccountRole.VIEWER, {"Generate", "Train", "Administration"}),
        (AccountRole.ANALYST, {"Administration"}),
        (AccountRole.ADMIN, set()),
    ],
)
def test_the_menu_offers_what_the_role_may_do(enter, monkeypatch, role, hidden):
    offered = {}
    navigate = st.navigation

    def note(pages, **options):
        offered.update({page.title: page.visibility for page in pages})
        return navigate(pages, **options)

    monkeypatch.setattr(st, "navigation", note)
    enter(role=role)
    assert len(offered) == len(PAGES)
    assert {title for title, visibility in offered.items() if visibility == "hidden"} == hidden


def test_an_error_of_ours_shows_message_and_hint(enter, monkeypatch):
    def fail(_self):
        raise DataError("Column x_1 is *bad*.", "clean it.")

    monkeypatch.setattr(FakeDatasets, "list", fail)
    page = enter()
    assert page.error[0].value == "Column x\\_1 is \\*bad\\*.  \nClean it."


def test_markup_in_data_stays_text():
    assert escape("[a](b) $x$ :red[y] <b>") == r"\[a\](b) \$x\$ \:red\[y\] \<b>"


def test_the_login_form_needs_no_heavy_library(tmp_path):
    code = (
        "import sys\n"
        "import app\n"
        "from streamlit.testing.v1 import AppTest\n"
        "page = AppTest.from_file(app.app.script_path, default_timeout=120).run()\n"
        "assert [button.label for button in page.button] == ['Make the administrator'], page\n"
        "print(sorted({'torch', 'sdv', 'sdmetrics', 'sklearn'} & set(sys.modules)))"
    )
    environment = {"WORKBENCH_HOME": str(tmp_path), "PATH": "", "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "[]\n", done.stderr


@pytest.mark.parametrize("page_name", ["home.py", "generate.py", "account.py", "admin.py"])
def test_a_password_that_an_administrator_set_must_be_changed_before_anything_else(
    shell, users, workbench, page_name
):
    users.reset_password("admin-user", PASSWORD, is_temporary=True)
    page = log_in(shell.run(), "admin-user", PASSWORD).switch_page(page_name).run()
    assert [title.value for title in page.title] == ["Choose your own password"]
    assert not page.tabs
    for key, value in (("current", PASSWORD), ("new", PASSWORD), ("again", PASSWORD)):
        page.text_input(key=f"password_{key}").input(value)
    assert "equals the current one" in page.button(key="password_send").click().run().error[0].value
    for key, value in (("current", PASSWORD), ("new", NEW_PASSWORD), ("again", NEW_PASSWORD)):
        page.text_input(key=f"password_{key}").input(value)
    page.button(key="password_send").click().run()
    assert "Your password is changed" in read_text(page)
    assert "Choose your own password" not in read_text(page)
    assert not users.get("admin-user").must_change_password
