"""A cache of the provider's documents: one login asks, the others share the answer or the failure."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock
from typing import Any

from cachetools import TTLCache

from pipeline.errors import StoreError, WorkbenchError

LIFETIME_S = 3_600
FAILURE_S = 30
_PATIENCE_S = 2
_MOST = 64


class DiscoveryCache:
    """Keeps an answer for an hour, and for half a minute that there was none.

    A provider that does not answer would otherwise block a thread for each login that anyone begins.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._asking = Lock()
        self._lock = Lock()
        # Beside each answer the time at which it came.
        self._known: TTLCache[str, tuple[float, dict[str, Any]]] = TTLCache(_MOST, LIFETIME_S, clock)
        self._failed: TTLCache[str, bool] = TTLCache(_MOST, FAILURE_S, clock)

    def get(self, url: str, ask: Callable[[], dict[str, Any]], is_fresh: bool = False) -> dict[str, Any]:
        """The answer that is known for `url`, else what `ask` gives; a fresh one is no older than this call.

        Raises what `ask` raises, and StoreError while a failure is remembered or another thread's request
        stays open for longer than two seconds.
        """
        since = self._clock() if is_fresh else None
        known = self._recall(url, since)
        if known is not None:
            return known
        if not self._asking.acquire(timeout=_PATIENCE_S):
            raise StoreError("The provider of single sign-on is slow to answer.", "try again in a minute.")
        try:
            # The thread that asked before may have stored the answer, or the failure.
            known = self._recall(url, since)
            return self._ask(url, ask) if known is None else known
        finally:
            self._asking.release()

    def _recall(self, url: str, since: float | None) -> dict[str, Any] | None:
        with self._lock:
            known, has_failed = self._known.get(url), url in self._failed
        if known is not None and (since is None or known[0] > since):
            return known[1]
        if has_failed:
            raise StoreError(
                "The provider of single sign-on returned no usable response.",
                f"try again in {FAILURE_S} seconds; if it persists, check sign_on.issuer.",
            )
        return None

    def _ask(self, url: str, ask: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        try:
            answer = ask()
        except WorkbenchError:
            with self._lock:
                self._failed[url] = True
            raise
        with self._lock:
            self._known[url] = self._clock(), answer
        return answer
