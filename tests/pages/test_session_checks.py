"""Parts of a page that run without it, and files that are made later: both ask who is there by then."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import streamlit as st
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData
from streamlit.testing.v1 import AppTest, local_script_runner

from pages._server import services as _services
from pipeline.access.accounts import AccountRole
from pipeline.errors import AccessError
from pipeline.generation.orders import GenerateOrder
from pipeline.runs.orders import TrainOrder
from pipeline.runs.states import RunStatus
from pipeline.synthesizers.recipe import Recipe
from tests.pages.conftest import read_text
from tests.pages.fake_workbench import make_model

TABLE = GenerateOrder("staff", 1_000, Recipe(epochs=5), seed=3)
TRAINING = TrainOrder("staff", Recipe(epochs=3))
_ENDINGS = {
    "disabled": lambda services: services.accounts.disable("analyst-user"),
    "demoted": lambda services: services.accounts.set_role("analyst-user", AccountRole.VIEWER),
    "logged out": lambda services: services.sessions.end_all("analyst-user"),
}


@pytest.fixture
def run_fragment(monkeypatch):
    """Run the newest fragment of a page again, as a click in it does: without the page and its gate."""

    def run_fragment(page: AppTest) -> AppTest:
        newest = list(page._fragment_storage._fragments)[-1]
        with monkeypatch.context() as patched:
            patched.setattr(local_script_runner, "RerunData", partial(RerunData, fragment_id=newest))
            return page.run()

    return run_fragment


@pytest.fixture
def files(monkeypatch):
    """What each download button of the pages makes when it is clicked."""
    found: dict[str, Callable[[], bytes]] = {}

    def keep(label: str, data: Callable[[], bytes], *_: Any, key: str, **__: Any) -> None:
        found[key] = data

    monkeypatch.setattr(st, "download_button", keep)
    return found


def test_a_fragment_runs_for_the_user_who_is_logged_in(enter, workbench, run_fragment):
    page = enter("runs.py")
    workbench.is_held = True
    run = workbench.runs.submit(TABLE)
    page.run().button(key=f"cancel_{run.id}").click()
    run_fragment(page)
    assert not page.exception
    assert workbench.runs.get(run.id).status is RunStatus.CANCELLED


@pytest.mark.parametrize("ending", _ENDINGS)
def test_a_fragment_does_nothing_for_whose_session_has_ended(
    enter, workbench, services, run_fragment, ending
):
    page = enter("runs.py")
    workbench.is_held = True
    run = workbench.runs.submit(TABLE)
    page.run().button(key=f"cancel_{run.id}").click()
    _ENDINGS[ending](services)
    run_fragment(page)
    assert len(page.exception) == 1
    assert not workbench.runs.get(run.id).status.is_final


def test_a_new_role_holds_in_the_next_fragment(enter, workbench, services, run_fragment):
    page = enter("runs.py")
    workbench.is_held = True
    workbench.runs.submit(TABLE)
    page.run()
    with services.database.begin() as connection:
        connection.exec_driver_sql("update users set role = 'viewer' where name = 'analyst-user'")
    run_fragment(page)
    assert not page.exception
    assert workbench.actor.role is AccountRole.VIEWER
    assert not [button for button in page.button if button.key.startswith("cancel_")]


def test_a_fragment_does_not_prolong_the_session(enter, workbench, services, run_fragment):
    page = enter("runs.py")
    workbench.is_held = True
    workbench.runs.submit(TABLE)
    page.run()
    before = services.sessions.list("analyst-user")[0].last_seen
    run_fragment(page)
    assert "staff" in read_text(page)
    assert services.sessions.list("analyst-user")[0].last_seen == before


@pytest.mark.parametrize(
    ("name", "order"), [("runs.py", TABLE), ("generate.py", TABLE), ("train.py", TRAINING)]
)
def test_a_page_drawn_again_because_a_run_ended_does_not_prolong_the_session(
    enter, workbench, services, run_fragment, monkeypatch, name, order
):
    # Each use counts, however soon after the one before.
    monkeypatch.setattr("pipeline.access.sessions._SEEN_PARTS", 10**9)
    page = enter(name)
    workbench.is_held = True
    workbench.runs.submit(order)
    page.run()
    before = services.sessions.list("analyst-user")[0].last_seen
    workbench.runs.begin()
    workbench.runs.work()
    drawn = page.main
    run_fragment(page)
    assert not page.exception
    assert page.main is not drawn
    assert services.sessions.list("analyst-user")[0].last_seen == before
    page.run()
    assert services.sessions.list("analyst-user")[0].last_seen > before


@pytest.mark.parametrize(
    ("key", "content"),
    [
        ("download_csv", b"csv"),
        ("bundle_csv", b"zip of csv"),
        ("manifest_csv", b'"file": "csv"'),
    ],
)
@pytest.mark.parametrize("ending", _ENDINGS)
def test_the_files_of_a_table_end_with_the_session(enter, workbench, services, files, key, content, ending):
    page = enter("generate.py")
    workbench.runs.submit(TABLE)
    page.run()
    assert content in files[key]()
    _ENDINGS[ending](services)
    with pytest.raises(AccessError, match="Your session has ended"):
        files[key]()


@pytest.mark.parametrize("ending", _ENDINGS)
def test_the_files_of_a_report_end_with_the_session(enter, workbench, services, files, ending):
    workbench.given_models = (make_model("m1"),)
    page = enter("home.py")
    page.query_params.update({"dataset": "staff", "table": "model:m1"})
    page.switch_page("quality.py").run()
    assert files["side0_report_html"]() == b"html"
    _ENDINGS[ending](services)
    with pytest.raises(AccessError, match="Your session has ended"):
        files["side0_report_html"]()


def test_the_file_of_the_audit_log_is_for_administrators_of_the_moment(enter, services, files):
    enter("admin.py", AccountRole.ADMIN)
    assert files["audit_download"]().startswith(b"number,at,actor")
    with services.database.begin() as connection:
        connection.exec_driver_sql("update users set role = 'viewer' where name = 'admin-user'")
    with pytest.raises(AccessError, match="needs the role admin"):
        files["audit_download"]()
    services.sessions.end_all("admin-user")
    with pytest.raises(AccessError, match="Your session has ended"):
        files["audit_download"]()


def test_pages_and_workbench_share_one_database(services):
    _services._share_workbench.cache_clear()
    workbench = _services._share_workbench()
    _services._share_workbench.cache_clear()
    assert workbench.context.stores.database is services.database
