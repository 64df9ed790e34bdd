"""Approvals on pages: required of a dataset, asked for, listed on Home, released and rejected."""

from __future__ import annotations

import pytest

from pipeline.access.accounts import AccountRole
from pipeline.generation.approvals import ApprovalState
from tests.pages.conftest import read_text
from tests.pages.generate_form import press_generate
from tests.pages.test_home import list_links


@pytest.fixture
def page(enter, workbench):
    """The analyst's table of a dataset that requires approval."""
    page = enter("generate.py")
    workbench.context.stores.approvals.require("staff", "admin-user")
    return press_generate(page)


@pytest.fixture
def asked(page, workbench):
    """The run of that table, for which the analyst has asked."""
    (run,) = workbench.runs.list()
    page.text_area(key=f"approval_comment_{run.id}").input("For *us*.").run()
    page.button(key=f"ask_approval_{run.id}").click().run()
    return run


def list_buttons(page, run):
    return {button.key for button in page.button if run.id in (button.key or "")}


def open_linked(page, run):
    page.query_params["run"] = run.id
    return page.switch_page("generate.py").run()


def decide(page, run, how, comment="Checked."):
    page.text_area(key=f"approval_comment_{run.id}").input(comment).run()
    return page.button(key=f"{how}_approval_{run.id}").click().run()


def test_a_table_that_waits_has_no_downloads_and_says_how_to_ask(page, workbench):
    (run,) = workbench.runs.list()
    assert not page.get("download_button")
    assert "staff requires approval." in page.error[0].value
    assert "Ask for it on" in page.success[0].value
    assert "Share it" not in read_text(page)
    assert "once someone other than their owner" in read_text(page)
    assert f"ask_approval_{run.id}" in list_buttons(page, run)


def test_a_question_without_a_comment_is_refused_beside_the_form(page, workbench):
    (run,) = workbench.runs.list()
    page.button(key=f"ask_approval_{run.id}").click().run()
    assert "The comment is empty." in "".join(error.value for error in page.error)
    assert workbench.approvals.get(run.id).state is None


def test_what_was_asked_is_shown_and_who_asked_is_offered_no_release(page, asked):
    assert "Asked for by analyst-user on" in read_text(page)
    assert "“For \\*us\\*.”. Not decided yet." in read_text(page)
    assert not {key for key in list_buttons(page, asked) if "approval" in key}


def test_a_reviewer_finds_it_on_home_releases_it_and_the_analyst_downloads(page, asked, users, open_tab):
    users.set_reviewer("viewer-user", True)
    home = open_tab("home.py", AccountRole.VIEWER)
    assert f"A table of staff, run {asked.id}, awaits your release." in read_text(home)
    links = {(link.proto.page, link.proto.query_string) for link in home.get("page_link")}
    assert ("generate", f"run={asked.id}") in links
    released = decide(open_linked(home, asked), asked, "release")
    assert "Released by viewer-user on" in read_text(released)
    decided = read_text(released.switch_page("home.py").run())
    assert "awaits your release" not in decided
    assert "**staff\\: released by you**" in decided
    assert "Asked for by analyst-user on" in decided
    assert ("See the evidence", "generate", f"run={asked.id}") in list_links(released)
    analyst = open_linked(open_tab("home.py"), asked)
    assert "“Checked.”." in read_text(analyst)
    answered = read_text(analyst.switch_page("home.py").run())
    assert "**staff\\: released**" in answered
    assert "“Checked.”." in answered
    open_linked(analyst, asked)
    assert analyst.get("download_button")


def test_a_rejected_table_has_no_downloads_and_may_be_asked_for_again(page, asked, open_tab, workbench):
    admin = open_linked(open_tab("home.py", AccountRole.ADMIN), asked)
    decide(admin, asked, "reject", "Too few rows.")
    assert workbench.approvals.get(asked.id).state is ApprovalState.REJECTED
    analyst = open_linked(open_tab("home.py"), asked)
    assert not analyst.get("download_button")
    assert "“Too few rows.”." in read_text(analyst)
    assert f"ask_approval_{asked.id}" in list_buttons(analyst, asked)


def test_a_card_says_how_its_approval_stands_and_lets_an_administrator_decide(asked, open_tab, workbench):
    runs = open_tab("runs.py", AccountRole.ADMIN)
    runs.query_params["run"] = asked.id
    runs.run()
    assert {f"release_approval_{asked.id}", f"reject_approval_{asked.id}"} <= list_buttons(runs, asked)
    decide(runs, asked, "release")
    assert workbench.approvals.get(asked.id).state is ApprovalState.RELEASED


def test_who_asked_finds_the_question_on_home_until_it_is_answered(page, asked, open_tab):
    shown = read_text(page.switch_page("home.py").run())
    assert "Your table of staff waits for another person's release. Asked for by analyst-user on" in shown
    assert ("See how it stands", "generate", f"run={asked.id}") in list_links(page)
    admin = open_linked(open_tab("home.py", AccountRole.ADMIN), asked)
    decide(admin, asked, "reject", "Too few rows.")
    shown = read_text(open_tab("home.py"))
    assert "waits for another person" not in shown
    assert "**staff\\: rejected**" in shown


def test_a_viewer_who_is_no_reviewer_sees_no_question(asked, open_tab):
    shown = read_text(open_tab("home.py", AccountRole.VIEWER))
    assert "For \\*us" not in shown
    assert "Decided" not in shown
    page = open_linked(open_tab("home.py", AccountRole.VIEWER), asked)
    assert f'There is no run "{asked.id}"' in page.warning[0].value


@pytest.mark.parametrize(
    ("role", "may_require", "may_lift"),
    [
        (AccountRole.VIEWER, False, False),
        (AccountRole.ANALYST, True, False),
        (AccountRole.ADMIN, True, True),
    ],
)
def test_analysts_switch_the_requirement_on_and_administrators_off(
    enter, workbench, monkeypatch, role, may_require, may_lift
):
    monkeypatch.setattr(workbench._stores.catalog, "get", lambda _: None)
    page = enter("datasets.py", role)
    page.session_state["dataset_staff"] = True
    page.run()
    assert ("require_staff_approval" in {button.key for button in page.button}) is may_require
    if may_require:
        page.button(key="require_staff_approval").click().run()
    else:
        workbench.context.stores.approvals.require("staff", "admin-user")
        page.run()
    assert "Tables of this dataset require approval" in read_text(page)
    assert ("lift_staff_approval" in {button.key for button in page.button}) is may_lift
    if may_lift:
        page.button(key="lift_staff_approval").click().run()
        assert not workbench.approvals.is_required("staff")


def test_an_administrator_names_a_reviewer_and_takes_that_back(enter, services):
    page = enter("admin.py", AccountRole.ADMIN)
    page.button(key="reviewer_viewer-user").click().run()
    assert services.accounts.get("viewer-user").is_reviewer
    assert "**viewer-user** · viewer, reviewer · active" in read_text(page)
    page.button(key="reviewer_viewer-user").click().run()
    assert not services.accounts.get("viewer-user").is_reviewer


def test_several_tables_of_such_a_dataset_are_asked_for_where_they_are_shown(enter, workbench):
    page = enter("related.py")
    workbench.context.stores.approvals.require("bank", "admin-user")
    page.button(key="related_generate").click().run()
    (run,) = workbench.runs.list()
    assert f"ask_approval_{run.id}" in list_buttons(page, run)
    page.text_area(key=f"approval_comment_{run.id}").input("For the test system.").run()
    page.button(key=f"ask_approval_{run.id}").click().run()
    assert "“For the test system.”. Not decided yet." in read_text(page)


@pytest.mark.parametrize(
    ("name", "dataset", "button"),
    [("generate.py", "staff", "bulk_generate"), ("related.py", "bank", "related_bulk_generate")],
)
def test_the_form_of_bulk_tables_says_that_they_cannot_wait_for_an_approval(
    enter, workbench, name, dataset, button
):
    page = enter(name)
    assert not page.button(key=button).disabled
    workbench.context.stores.approvals.require(dataset, "admin-user")
    page.run()
    assert page.button(key=button).disabled
    said = f"The dataset {dataset} requires approval, which cannot be asked for bulk tables."
    assert [said in one.value for one in page.info].count(True) == 1
