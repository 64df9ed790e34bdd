"""How many bytes of uploads each account has, being sent or kept for a page, on all servers together."""

from __future__ import annotations

from collections import defaultdict
from threading import Lock

from pipeline.store.cache.cache import Cache


class UploadLedger:
    """Counts uploads by account; one is held under a key until this process releases it.

    Where app servers share a cache, `most` is for all of them.
    """

    def __init__(self, cache: Cache | None = None) -> None:
        self._held: defaultdict[str, dict[str, int]] = defaultdict(dict)
        self._lock = Lock()
        self._totals = cache.open_totals("uploads", self.measure) if cache else None

    def hold(self, account: str, key: str, size: int, most: int) -> bool:
        """Count an upload of `size` bytes; False, and nothing is counted, where `most` would be exceeded.

        It may wait for the cache for a moment: not for the event loop.
        """
        with self._lock:
            held = self._held[account]
            before = held.get(key, 0)
            total = sum(held.values()) - before + size
            if total > most:
                return False
            held[key] = size
        if self._totals is None or self._totals.claim(account, total, most):
            return True
        with self._lock:
            # What was sent before under this key is still there.
            self._set(account, key, before)
        return False

    def release(self, account: str, key: str) -> None:
        """Count an upload no more; twice is harmless."""
        with self._lock:
            self._set(account, key, 0)
        if self._totals is not None:
            self._totals.renew()

    def _set(self, account: str, key: str, size: int) -> None:
        held = self._held[account]
        held.pop(key, None)
        if size:
            held[key] = size
        if not held:
            del self._held[account]

    def list_keys(self, account: str) -> tuple[str, ...]:
        """The uploads of an account that are counted."""
        with self._lock:
            return tuple(self._held.get(account, ()))

    def measure(self, account: str) -> int:
        """The bytes that an account has here."""
        with self._lock:
            return sum(self._held.get(account, {}).values())
