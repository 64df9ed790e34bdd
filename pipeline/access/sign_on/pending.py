"""Logins redirected to the provider and not yet completed: each completes once, in the same browser."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import asdict, dataclass, field

from pipeline.errors import AccessError
from pipeline.store.cache.notes import Notes

LIFETIME_S = 600
MOST_LOGINS = 10_000
"""So many logins on their way are kept in one process; the oldest of more are forgotten."""


@dataclass(frozen=True)
class Pending:
    """What the provider must return, or what is needed then; never shown in a `repr`."""

    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    browser: str = field(repr=False)
    target: str


class PendingLogins:
    """The logins under way, by state; in memory, because a restart only means to click once more.

    Where app servers share a cache, a login may come back to another one than it left from.
    """

    def __init__(self, notes: Notes) -> None:
        self._notes = notes

    def add(self, target: str) -> tuple[str, str, Pending]:
        """The state of a new login, the key for its browser's cookie, and what is kept of it."""
        state, browser = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        pending = Pending(
            nonce=secrets.token_urlsafe(32),
            verifier=secrets.token_urlsafe(48),
            browser=_hash(browser),
            target=target,
        )
        self._notes.keep(state, asdict(pending), LIFETIME_S)
        return state, browser, pending

    def take(self, state: str, browser: str) -> Pending:
        """What belongs to a state, given once; AccessError for another browser, a replay or a late return."""
        found = self._notes.take(state)
        pending = Pending(**found) if found else None
        if pending is None or not hmac.compare_digest(pending.browser, _hash(browser)):
            raise AccessError("This login has expired or was already used.", "log in again.")
        return pending


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
