"""A cache of the provider's documents: one login asks, the others share the answer or the failure."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from threading import Lock
from typing import Any

from pipeline.errors import StoreError, WorkbenchError
from pipeline.store.cache.notes import Notes

LIFETIME_S = 3_600
FAILURE_S = 30
_PATIENCE_S = 2


class DiscoveryCache:
    """Keeps an answer for an hour, and for half a minute that there was none.

    A provider that does not answer would otherwise block a thread for each login that anyone begins. Servers
    that share a cache share both.
    """

    def __init__(self, notes: Notes) -> None:
        self._asking = Lock()
        self._notes = notes

    def get(self, url: str, ask: Callable[[], dict[str, Any]], is_fresh: bool = False) -> dict[str, Any]:
        """The answer that is known for `url`, else what `ask` gives; a fresh one is not what is known.

        Raises what `ask` raises, and StoreError while a failure is remembered or another thread's request
        stays open for longer than two seconds.
        """
        stale = self._find_id(url) if is_fresh else None
        known = self._recall(url, stale)
        if known is not None:
            return known
        if not self._asking.acquire(timeout=_PATIENCE_S):
            raise StoreError("The provider of single sign-on is slow to answer.", "try again in a minute.")
        try:
            # The thread that asked before may have stored the answer, or the failure.
            known = self._recall(url, stale)
            return self._ask(url, ask) if known is None else known
        finally:
            self._asking.release()

    def _find_id(self, url: str) -> str | None:
        known = self._notes.find(f"answer {url}")
        return str(known["id"]) if known else None

    def _recall(self, url: str, stale: str | None) -> dict[str, Any] | None:
        known = self._notes.find(f"answer {url}")
        if known is not None and known["id"] != stale:
            return dict(known["answer"])
        if self._notes.find(f"failure {url}"):
            raise StoreError(
                "The provider of single sign-on returned no usable response.",
                f"try again in {FAILURE_S} seconds; if it persists, check sign_on.issuer.",
            )
        return None

    def _ask(self, url: str, ask: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        try:
            answer = ask()
        except WorkbenchError:
            self._notes.keep(f"failure {url}", True, FAILURE_S)
            raise
        # The id tells this answer from the one before it, on every server.
        self._notes.keep(f"answer {url}", {"id": secrets.token_hex(8), "answer": answer}, LIFETIME_S)
        return answer
