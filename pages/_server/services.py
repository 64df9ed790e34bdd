"""What pages and routes of one server process share: accounts, sessions and the workbench."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

import streamlit as st

from pipeline.access.accounts import AccountRole, Actor
from pipeline.api import ApiServices, open_rates
from pipeline.errors import AccessError
from pipeline.workbench.calls import Calls
from pipeline.workbench.entrance import AccessServices, open_access

if TYPE_CHECKING:
    from pipeline.workbench.workbench import Workbench

SESSION = "session_id"
"""Where a tab keeps the id of its session."""
COOKIE = "workbench_session"
SIGN_ON_PATH = "/auth/oidc/start"


@dataclass(frozen=True)
class Services(AccessServices):
    """The access services and the API; the workbench is opened later, for a known user.

    `calls` are those of every workbench: the app sends them to processes beside itself.
    """

    api: ApiServices
    calls: Calls = field(default_factory=Calls)


@cache
def open_services() -> Services:
    """The services of this process, opened once."""
    access = open_access(_announce_code)
    api = ApiServices(
        access.settings,
        access.tokens,
        access.audit,
        open_workbench=lambda: _share_workbench(),
        uploads=access.uploads,
        rates=open_rates(access.cache),
    )
    return Services(**vars(access), api=api)


def get_session_id() -> int | None:
    """The id of this tab's session, which may have ended."""
    found = st.session_state.get(SESSION)
    return found if isinstance(found, int) else None


def get_actor() -> Actor:
    """The user who is logged in, with the account's current role; AccessError where there is none.

    The database is asked each time: parts of a page run again without the page, and without its gate.
    """
    return _find_actor(get_session_id())


def may_order() -> bool:
    """Whether the user orders work and adds data, and does not only look."""
    return get_actor().role.includes(AccountRole.ANALYST)


def open_workbench(role: AccountRole = AccountRole.VIEWER) -> Workbench:
    """The workbench for the logged-in user; AccessError, recorded, below the role that a page needs."""
    return _open_for(get_session_id(), role)


def defer(make: Callable[[Workbench], bytes]) -> Callable[[], bytes]:
    """A file that is made at the click, by a workbench for the user of that moment: AccessError without one.

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
    return Workbench(services.settings, database=services.database, calls=services.calls)


def _announce_code(code: str) -> None:
    print(f"\n  No account exists yet. Set-up code for the first administrator: {code}\n", flush=True)
