"""What pages and routes of one server process share: accounts, sessions and the workbench."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import streamlit as st

from pipeline.access.accounts import AccountRole, Accounts, Actor
from pipeline.access.audit import AuditLog
from pipeline.access.first_start import FirstStart
from pipeline.access.login import Entrance
from pipeline.access.rate_limits import AddressLimit
from pipeline.access.sessions import Sessions
from pipeline.access.sign_on import SignOn
from pipeline.access.sign_on.accounts import SignOnAccounts
from pipeline.access.sign_on.login import SignOnEntrance
from pipeline.access.tokens import Tokens
from pipeline.api import ApiServices
from pipeline.errors import AccessError
from pipeline.settings import Settings, load_settings
from pipeline.store.database import Database, open_database

if TYPE_CHECKING:
    from pipeline.workbench.workbench import Workbench

SESSION = "session_id"
"""Where a tab keeps the id of its session."""
COOKIE = "workbench_session"
SIGN_ON_PATH = "/auth/oidc/start"
GENERATORS = (AccountRole.ANALYST, AccountRole.ADMIN)
"""The roles that may train, generate, and change datasets and models."""


@dataclass(frozen=True)
class Services:
    """Everything that decides who comes in; it lies before the workbench, which wants to know who asks."""

    settings: Settings
    database: Database
    accounts: Accounts
    sessions: Sessions
    first_start: FirstStart
    tokens: Tokens
    audit: AuditLog
    entrance: Entrance
    sign_on: SignOn | None
    sign_on_entrance: SignOnEntrance
    api: ApiServices


@cache
def open_services() -> Services:
    """The services of this process, opened once."""
    settings = load_settings()
    database = open_database(settings)
    accounts, tokens = Accounts(database), Tokens(database)
    audit = AuditLog(database, settings.state_folder)
    sessions = Sessions(database, settings.session)
    first_start = FirstStart(settings.state_folder, accounts, _announce_code)
    limit = AddressLimit(database, settings.login.failures_per_address)
    return Services(
        settings=settings,
        database=database,
        accounts=accounts,
        sessions=sessions,
        first_start=first_start,
        tokens=tokens,
        audit=audit,
        entrance=Entrance(accounts, sessions, first_start, audit, limit),
        sign_on=SignOn(settings) if settings.sign_on.issuer else None,
        sign_on_entrance=SignOnEntrance(SignOnAccounts(database), sessions, audit),
        api=ApiServices(settings, tokens, audit, open_workbench=lambda: _share_workbench()),
    )


def get_session_id() -> int | None:
    """The id of this tab's session, which may have ended."""
    found = st.session_state.get(SESSION)
    return found if isinstance(found, int) else None


def get_actor() -> Actor:
    """Whoever is logged in, with the role that the account has now; AccessError for nobody.

    The database is asked each time: parts of a page run again without the page, and without its gate.
    """
    return _find_actor(get_session_id())


def open_workbench(role: AccountRole = AccountRole.VIEWER) -> Workbench:
    """The workbench for whoever is logged in; AccessError, recorded, below the role that a page needs."""
    return _open_for(get_session_id(), role)


def defer(make: Callable[[Workbench], bytes]) -> Callable[[], bytes]:
    """A file that is made at the click, by a workbench for whoever is then logged in: AccessError for nobody.

    A click on a deferred download runs no page, and may come long after the page was drawn.
    """
    session_id = get_session_id()
    return lambda: make(_open_for(session_id, AccountRole.VIEWER))


def _open_for(session_id: int | None, role: AccountRole) -> Workbench:
    workbench = _share_workbench().act_as(_find_actor(session_id))
    workbench.require(role, "open_page")
    return workbench


def _find_actor(session_id: int | None) -> Actor:
    session = None if session_id is None else open_services().sessions.get(session_id)
    if session is None:
        raise AccessError("Your session has ended.", "reload the page and log in.")
    return session.actor


@cache
def _share_workbench() -> Workbench:
    # Imported late, so that the login form does not wait for pandas.
    from pipeline.workbench.workbench import Workbench

    services = open_services()
    return Workbench(services.settings, database=services.database)


def _announce_code(code: str) -> None:
    print(f"\n  No account exists yet. Set-up code for the first administrator: {code}\n", flush=True)
