"""Logins redirected to the provider and not yet completed: each completes once, in the same browser."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

from cachetools import TTLCache

from pipeline.errors import AccessError

LIFETIME_S = 600
_MOST = 10_000


@dataclass(frozen=True)
class Pending:
    """What the provider must return, or what is needed then; never shown in a `repr`."""

    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    browser: str = field(repr=False)
    target: str


class PendingLogins:
    """The logins under way, by state; in memory, because a restart only means to click once more."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._lock = Lock()
        # Bounded: clients that begin logins by the thousand must not fill the memory.
        self._pending: TTLCache[str, Pending] = TTLCache(_MOST, LIFETIME_S, clock)

    def add(self, target: str) -> tuple[str, str, Pending]:
        """The state of a new login, the key for its browser's cookie, and what is kept of it."""
        state, browser = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        pending = Pending(
            nonce=secrets.token_urlsafe(32),
            verifier=secrets.token_urlsafe(48),
            browser=_hash(browser),
            target=target,
        )
        with self._lock:
            self._pending[state] = pending
        return state, browser, pending

    def take(self, state: str, browser: str) -> Pending:
        """What belongs to a state, given once; AccessError for another browser, a replay or a late return."""
        with self._lock:
            pending = self._pending.pop(state, None)
        if pending is None or not hmac.compare_digest(pending.browser, _hash(browser)):
            raise AccessError("This login has expired or was already used.", "log in again.")
        return pending


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
