"""How many bytes of uploads each account has here, being sent or kept for a page."""

from __future__ import annotations

from collections import defaultdict
from threading import Lock


class UploadLedger:
    """Counts uploads by account in one process; an upload is held under a key until it is released."""

    def __init__(self) -> None:
        self._held: defaultdict[str, dict[str, int]] = defaultdict(dict)
        self._lock = Lock()

    def hold(self, account: str, key: str, size: int, most: int) -> bool:
        """Count an upload of `size` bytes; False, and nothing is counted, where `most` would be exceeded."""
        with self._lock:
            held = self._held[account]
            others = sum(held.values()) - held.get(key, 0)
            if others + size > most:
                return False
            held[key] = size
            return True

    def release(self, account: str, key: str) -> None:
        """Count an upload no more; twice is harmless."""
        with self._lock:
            self._held[account].pop(key, None)
            if not self._held[account]:
                del self._held[account]

    def list_keys(self, account: str) -> tuple[str, ...]:
        """The uploads of an account that are counted."""
        with self._lock:
            return tuple(self._held.get(account, ()))

    def measure(self, account: str) -> int:
        """The bytes that an account has here."""
        with self._lock:
            return sum(self._held.get(account, {}).values())
