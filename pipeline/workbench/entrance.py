"""Access: what pages and API need before the caller is known, and hence before any use case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pipeline.access.accounts import Accounts
from pipeline.access.audit import AuditLog
from pipeline.access.first_start import FirstStart
from pipeline.access.login import Entrance
from pipeline.access.rate_limits import AddressLimit, find_network, is_shared
from pipeline.access.sessions import Sessions
from pipeline.access.sign_on import Arrival, SignOn, read_deep_link, write_deep_link
from pipeline.access.sign_on.accounts import SignOnAccounts
from pipeline.access.sign_on.login import SignOnEntrance
from pipeline.access.tokens import Tokens
from pipeline.access.upload_ledger import UploadLedger
from pipeline.datasets.leftovers import sweep_all
from pipeline.settings import Settings, load_settings
from pipeline.store.cache.cache import Cache, open_cache
from pipeline.store.cache.notes import Notes
from pipeline.store.cache.passing import PassedFile, PassedFiles
from pipeline.store.cache.recent import Recent
from pipeline.store.cache.turns import TokenBuckets
from pipeline.store.database import Database, open_database

__all__ = [
    "AccessServices",
    "Arrival",
    "AuditLog",
    "Cache",
    "Database",
    "Entrance",
    "Notes",
    "PassedFile",
    "PassedFiles",
    "Recent",
    "SignOn",
    "TokenBuckets",
    "Tokens",
    "UploadLedger",
    "find_network",
    "is_shared",
    "open_access",
    "read_deep_link",
    "write_deep_link",
]


@dataclass(frozen=True)
class AccessServices:
    """Accounts, sessions, tokens and logins of one server process."""

    settings: Settings
    cache: Cache
    database: Database
    accounts: Accounts
    sessions: Sessions
    first_start: FirstStart
    tokens: Tokens
    audit: AuditLog
    entrance: Entrance
    sign_on: SignOn | None
    sign_on_entrance: SignOnEntrance
    uploads: UploadLedger


def open_access(announce_code: Callable[[str], None]) -> AccessServices:
    """Open the database and the access services; the set-up code, if any, is announced.

    What processes that were killed left half made in the state folder is removed.
    """
    settings = load_settings()
    sweep_all(settings.state_folder)
    database, cache = open_database(settings), open_cache(settings)
    accounts = Accounts(database)
    audit = AuditLog(database, settings.state_folder, strangers=cache.open_buckets("audit"))
    sessions = Sessions(database, settings.session)
    first_start = FirstStart(settings.state_folder, accounts, announce_code)
    limit = AddressLimit(database, settings.login.failures_per_address)
    return AccessServices(
        settings=settings,
        cache=cache,
        database=database,
        accounts=accounts,
        sessions=sessions,
        first_start=first_start,
        tokens=Tokens(database),
        audit=audit,
        entrance=Entrance(accounts, sessions, first_start, audit, limit),
        sign_on=SignOn(settings, cache) if settings.sign_on.issuer else None,
        sign_on_entrance=SignOnEntrance(
            SignOnAccounts(database), sessions, audit, cache.open_buckets("sign-on")
        ),
        uploads=UploadLedger(cache),
    )
