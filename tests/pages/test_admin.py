"""The Administration page: for administrators alone, and every change recorded."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta

import pytest
from sqlalchemy import text

from pages._accounts import audit as _audit
from pipeline.access.accounts import AccountRole
from pipeline.access.audit import AuditEvent
from tests.pages.conftest import PASSWORD, read_text
from tests.passwords import make_password

NEW_PASSWORD = make_password()


@pytest.fixture
def page(enter):
    return enter("admin.py", AccountRole.ADMIN)


def read_rows(page):
    """The audit entries on the page."""
    frame = page.dataframe[0].value
    return list(zip(frame["actor"], frame["event"], frame["subject"], strict=True))


@pytest.mark.parametrize("role", [AccountRole.VIEWER, AccountRole.ANALYST])
def test_a_user_who_is_no_administrator_is_refused_and_recorded(enter, services, role):
    page = enter("admin.py", role)
    article = "a" if role is AccountRole.VIEWER else "an"
    assert f"{role}-user is {article} {role}; this needs the role admin" in page.error[0].value
    assert not page.tabs
    newest = services.audit.list()[0]
    assert (newest.actor, newest.event, newest.subject) == (f"{role}-user", AuditEvent.REFUSED, "open_page")


def test_disable_ends_the_users_tab_and_enable_lets_them_in(open_tab, page, services):
    tab = open_tab("home.py")
    page.button(key="disable_analyst-user").click().run()
    assert "analyst-user is disabled." in page.success[0].value
    assert "Your session has ended" in read_text(tab.run())
    assert services.accounts.verify("analyst-user", PASSWORD) is None
    page.button(key="enable_analyst-user").click().run()
    assert services.accounts.verify("analyst-user", PASSWORD) is not None


def test_the_last_administrator_stays(page, services):
    page.button(key="disable_admin-user").click().run()
    assert "last active administrator" in page.error[0].value
    assert services.accounts.get("admin-user").is_active


def test_a_role_is_set_only_where_it_changes(page, services):
    assert page.button(key="set_role_viewer-user").disabled
    page.selectbox(key="role_viewer-user").select(AccountRole.ANALYST).run()
    page.button(key="set_role_viewer-user").click().run()
    assert services.accounts.get("viewer-user").role is AccountRole.ANALYST
    assert "**viewer-user** · analyst · active" in read_text(page)


def test_a_reset_password_replaces_the_old_one(page, services):
    page.text_input(key="reset_password_viewer-user").input(NEW_PASSWORD)
    page.button(key="reset_send_viewer-user").click().run()
    assert services.accounts.verify("viewer-user", PASSWORD) is None
    assert services.accounts.verify("viewer-user", NEW_PASSWORD) is not None
    assert services.audit.list()[0].event is AuditEvent.PASSWORD_CHANGED


def test_a_new_user_may_log_in(page, services):
    page.text_input(key="new_user_name").input("Grace")
    page.text_input(key="new_user_password").input(NEW_PASSWORD)
    page.button(key="new_user_send").click().run()
    assert "grace may log in as viewer" in page.success[0].value
    assert services.accounts.verify("grace", NEW_PASSWORD).role is AccountRole.VIEWER


def test_a_locked_account_says_until_when_and_the_lock_can_be_lifted(page, services):
    for _ in range(6):
        services.accounts.verify("viewer-user", "wrong")
    assert "viewer-user** · viewer · locked after failed logins until" in read_text(page.run())
    page.button(key="enable_viewer-user").click().run()
    assert "**viewer-user** · viewer · active" in read_text(page)


def test_an_account_for_tokens_alone_says_so(page, services):
    services.accounts.create_without_password("robot", AccountRole.ANALYST)
    assert "**robot** · analyst · no password, tokens only" in read_text(page.run())


def test_anybodys_session_and_token_can_be_ended(open_tab, page, services):
    tab = open_tab("home.py", AccountRole.VIEWER)
    token, secret = services.tokens.create("viewer-user", "job", AccountRole.VIEWER)
    ended = services.sessions.list("viewer-user")[0].id
    page.run().button(key=f"end_session_{ended}").click().run()
    assert "Your session has ended" in read_text(tab.run())
    page.button(key=f"revoke_{token.id}").click().run()
    assert services.tokens.find(secret) is None


def test_the_log_shows_logins_and_filters_by_actor_and_event(open_tab, page):
    open_tab("home.py", AccountRole.VIEWER)
    page.run()
    assert ("viewer-user", "login", "viewer-user") in read_rows(page)
    page.text_input(key="audit_actor").input("Admin-User")
    page.selectbox(key="audit_event").select(AuditEvent.LOGIN).run()
    assert read_rows(page) == [("admin-user", "login", "admin-user")]


def test_dates_filter_the_log_and_nothing_found_says_what_to_do(page):
    last_month = date.today() - timedelta(days=30)
    page.date_input(key="audit_until").set_value(last_month).run()
    assert "No entry matches" in read_text(page)
    page.date_input(key="audit_until").set_value(None).run()
    page.date_input(key="audit_since").set_value(last_month).run()
    assert ("admin-user", "login", "admin-user") in read_rows(page)


def test_a_long_log_has_pages(page, monkeypatch, services):
    monkeypatch.setattr(_audit, "PAGE_ROWS", 1)
    services.audit.append("cli", AuditEvent.REFUSED, "newest")
    assert read_rows(page.run()) == [("", "refused", "newest")]
    page.number_input(key="audit_page_of_2").set_value(2).run()
    assert read_rows(page) == [("admin-user", "login", "admin-user")]


def test_the_csv_holds_what_the_filters_leave_and_is_recorded(page, monkeypatch, services):
    files = []
    monkeypatch.setattr(
        _audit.st, "download_button", lambda label, data, *rest, **options: files.append(data())
    )
    page.selectbox(key="audit_event").select(AuditEvent.LOGIN).run()
    rows = list(csv.DictReader(io.StringIO(files[-1].decode())))
    assert [(row["actor"], row["event"]) for row in rows] == [("admin-user", "login")]
    newest = services.audit.list()[0]
    assert (newest.actor, newest.event, newest.subject) == ("admin-user", AuditEvent.DOWNLOADED, "audit log")


def test_the_chain_is_verified_on_request(page, services):
    page.button(key="audit_verify").click().run()
    assert "entries is intact" in read_text(page)
    with services.audit._database.begin() as connection:
        connection.execute(text("drop trigger audit_no_update"))
        connection.execute(text("update audit set subject = 'nobody' where number = 1"))
    page.button(key="audit_verify").click().run()
    assert "entry 1 is missing, changed or out of place" in page.error[0].value
