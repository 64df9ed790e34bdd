"""Token buckets: how often something may happen, for each key of its own."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from cachetools import LRUCache

_MOST_BUCKETS = 10_000


@dataclass
class _Bucket:
    tokens: float
    filled_at: float


class TokenBuckets:
    """A token bucket for each key: a minute's worth at once, then a steady trickle; kept in this process."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        # Made-up keys must not fill the memory.
        self._buckets: LRUCache[str, _Bucket] = LRUCache(_MOST_BUCKETS)
        self._lock = Lock()

    def take(self, key: str, per_minute: int) -> float:
        """Take one; 0 where it may go on, else the seconds until the next one may."""
        with self._lock:
            now = self._clock()
            bucket = self._buckets.setdefault(key, _Bucket(float(per_minute), now))
            refilled = bucket.tokens + (now - bucket.filled_at) * per_minute / 60
            bucket.tokens, bucket.filled_at = min(refilled, float(per_minute)), now
            if bucket.tokens < 1:
                return (1 - bucket.tokens) * 60 / per_minute
            bucket.tokens -= 1
            return 0.0

    def __contains__(self, key: str) -> bool:
        """Whether a bucket for this key is kept."""
        return key in self._buckets
