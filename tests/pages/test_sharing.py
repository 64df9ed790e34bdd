"""Sharing on pages: the owner gives and withdraws, a grantee looks and is offered no change."""

from __future__ import annotations

import pytest

from pipeline.access.accounts import AccountRole
from pipeline.generation.orders import GenerateOrder
from pipeline.runs.shares import Grantee, GranteeKind
from pipeline.synthesizers.recipe import Recipe
from tests.pages.conftest import read_text
from tests.pages.generate_form import read_metrics

TABLE = GenerateOrder("staff", 1_000, Recipe(epochs=5), seed=3)
VIEWER = Grantee(GranteeKind.ACCOUNT, "viewer-user")


@pytest.fixture
def runs_page(enter, workbench):
    """The analyst's page with a table that is done."""
    page = enter("runs.py")
    return show_run(page, workbench.runs.submit(TABLE))


def show_run(page, run):
    """The page of runs, with one of them below the table."""
    page.query_params["run"] = run.id
    return page.run()


def list_grantees(workbench, run):
    return [str(share.grantee) for share in workbench.sharing.list(run.id)]


def open_linked(page, run):
    page.query_params["run"] = run.id
    return page.switch_page("generate.py").run()


def test_a_run_is_shared_with_an_account_and_a_role_and_withdrawn(runs_page, workbench):
    (run,) = workbench.runs.list()
    runs_page.text_input(key=f"share_account_{run.id}").input("viewer-user").run()
    runs_page.button(key=f"share_{run.id}").click().run()
    runs_page.radio(key=f"share_kind_{run.id}").set_value(GranteeKind.ROLE).run()
    runs_page.selectbox(key=f"share_role_{run.id}").set_value(AccountRole.ANALYST).run()
    runs_page.button(key=f"share_{run.id}").click().run()
    assert list_grantees(workbench, run) == ["viewer-user", "everybody with the role analyst or above"]
    assert "viewer-user · since" in read_text(runs_page)
    runs_page.button(key=f"withdraw_{run.id}_account_viewer-user").click().run()
    assert list_grantees(workbench, run) == ["everybody with the role analyst or above"]


def test_an_account_that_there_is_not_is_said_beside_the_form(runs_page, workbench):
    (run,) = workbench.runs.list()
    runs_page.text_input(key=f"share_account_{run.id}").input("nobody").run()
    runs_page.button(key=f"share_{run.id}").click().run()
    assert 'There is no account "nobody".' in runs_page.error[0].value
    assert not runs_page.run().error


def test_a_viewer_finds_a_shared_run_sees_its_evidence_and_changes_nothing(runs_page, workbench, open_tab):
    (run,) = workbench.runs.list()
    workbench.sharing.share(run.id, VIEWER)
    page = show_run(open_tab("runs.py", AccountRole.VIEWER), run)
    assert "analyst-user, shared with you" in read_text(page)
    assert not [button.key for button in page.button if run.id in (button.key or "")]
    opened = open_linked(page, run)
    assert read_metrics(opened)["Rows"] == "1,000"
    assert opened.get("download_button")
    assert not [button.key for button in opened.button if run.id in (button.key or "")]


def test_an_analyst_is_offered_no_change_of_a_run_that_is_shared(runs_page, workbench, users, open_tab):
    (run,) = workbench.runs.list()
    workbench.sharing.share(run.id, Grantee(GranteeKind.ROLE, "viewer"))
    users.set_role("viewer-user", AccountRole.ANALYST)
    page = show_run(open_tab("runs.py", AccountRole.VIEWER), run)
    assert "shared with you" in read_text(page)
    assert not [button.key for button in page.button if run.id in (button.key or "")]


def test_a_withdrawn_share_opens_nothing_by_its_link(runs_page, workbench, open_tab):
    (run,) = workbench.runs.list()
    workbench.sharing.share(run.id, VIEWER)
    workbench.sharing.withdraw(run.id, VIEWER)
    page = open_linked(open_tab("runs.py", AccountRole.VIEWER), run)
    assert f'There is no run "{run.id}"' in page.warning[0].value
