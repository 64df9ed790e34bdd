"""The Account page: password, sessions and tokens of the user who is logged in, and of nobody else."""

from __future__ import annotations

import pytest

from pages._accounts.sessions import describe_browser
from pipeline.access.accounts import AccountRole
from pipeline.access.audit import AuditEvent
from tests.pages.conftest import PASSWORD, read_text
from tests.passwords import make_password

NEW_PASSWORD = make_password()
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"


def change_password(page, current, new, again):
    """Fill the form and send it."""
    for key, value in (("current", current), ("new", new), ("again", again)):
        page.text_input(key=f"password_{key}").input(value)
    return page.button(key="password_send").click().run()


def create_token(page, name="nightly job", role=AccountRole.VIEWER, days=7):
    """Fill the form and send it."""
    page.text_input(key="token_name").input(name)
    page.selectbox(key="token_role").select(role)
    page.number_input(key="token_days").set_value(days)
    return page.button(key="token_create").click().run()


@pytest.mark.parametrize("role", list(AccountRole))
def test_a_new_token_has_ones_own_role_unless_another_is_chosen(enter, role):
    page = enter("account.py", role)
    assert page.selectbox(key="token_role").value is role


def test_a_new_password_ends_every_other_session_and_keeps_this_tab(enter, open_tab, services):
    other = open_tab("home.py")
    page = change_password(enter("account.py"), PASSWORD, NEW_PASSWORD, NEW_PASSWORD)
    assert not page.exception
    assert "every other session has ended" in page.success[0].value
    assert len(services.sessions.list("analyst-user")) == 1
    assert "Your session has ended" in read_text(other.run())
    assert services.accounts.verify("analyst-user", PASSWORD) is None
    assert services.accounts.verify("analyst-user", NEW_PASSWORD) is not None


@pytest.mark.parametrize(
    ("current", "again", "message"),
    [
        ("not-the-password", NEW_PASSWORD, "current password is wrong"),
        (PASSWORD, "something-else-1", "two new passwords differ"),
    ],
    ids=["wrong present password", "new passwords differ"],
)
def test_a_mistake_leaves_password_and_sessions_alone(enter, open_tab, services, current, again, message):
    open_tab("home.py")
    page = change_password(enter("account.py"), current, NEW_PASSWORD, again)
    assert message in page.error[0].value
    assert len(services.sessions.list("analyst-user")) == 2
    assert services.accounts.verify("analyst-user", PASSWORD) is not None


def test_a_weak_password_is_refused_with_the_rule(enter):
    page = change_password(enter("account.py"), PASSWORD, "short", "short")
    assert "fewer than 12 characters" in page.error[0].value


def test_another_session_can_be_ended_but_not_ones_own(enter, open_tab, services):
    other = open_tab("home.py")
    page = enter("account.py")
    own, ended = (session.id for session in services.sessions.list("analyst-user"))
    assert "This session" in read_text(page)
    assert f"end_session_{own}" not in [button.key for button in page.button]
    page.button(key=f"end_session_{ended}").click().run()
    assert [session.id for session in services.sessions.list("analyst-user")] == [own]
    assert "Your session has ended" in read_text(other.run())


def test_nobody_elses_session_is_listed(enter, open_tab):
    open_tab("home.py", AccountRole.VIEWER)
    assert "viewer-user" not in read_text(enter("account.py"))


def test_a_tokens_secret_is_shown_once_and_opens_the_api(enter, services):
    page = create_token(enter("account.py"))
    secret = page.code[0].value
    token = services.tokens.find(secret)
    assert (token.name, token.account, token.role) == ("nightly job", "analyst-user", AccountRole.VIEWER)
    assert (token.expires_at - token.created_at).days == 7
    page.run()
    assert not page.code
    assert secret not in str(page.session_state._state.filtered_state)
    assert "last used" in read_text(page)


def test_a_role_above_ones_own_is_not_offered(enter):
    page = enter("account.py", AccountRole.VIEWER)
    assert page.selectbox(key="token_role").options == ["viewer"]


def test_a_token_without_a_name_is_refused(enter, services):
    page = create_token(enter("account.py"), name=" ")
    assert "is not a valid token name" in page.error[0].value
    assert services.tokens.list() == ()


def test_revoke_kills_the_token_and_folds_it_away(enter, services):
    page = create_token(enter("account.py"))
    secret = page.code[0].value
    token = services.tokens.list("analyst-user")[0]
    page.button(key=f"revoke_{token.id}").click().run()
    assert services.tokens.find(secret) is None
    assert "No active tokens" in read_text(page)
    assert page.expander[0].label == "Revoked and expired tokens (1)"
    assert services.audit.list()[0].event is AuditEvent.TOKEN_REVOKED


def test_a_name_in_markdown_is_shown_as_it_is(enter):
    page = create_token(enter("account.py"), name="**bold** [x](y)")
    assert r"\*\*bold\*\* \[x\](y)" in page.success[0].value


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (CHROME, "Chrome on Linux"),
        (f"{CHROME} Edg/140.0", "Edge on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Windows"),
        ("curl/8", "Unknown browser"),
        ("", "Unknown browser"),
    ],
)
def test_browsers_are_told_by_their_claim(agent, words):
    assert describe_browser(agent) == words
