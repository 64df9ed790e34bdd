"""How often something may happen: a token bucket for each key, the same for servers that share a cache."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from cachetools import LRUCache

if TYPE_CHECKING:
    from pipeline.store.cache.place import Place

_MOST_BUCKETS = 10_000
_KEPT_S = 3_600
_TAKE = f"""
local most = tonumber(ARGV[1])
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local kept = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local past = now - (tonumber(kept[2]) or now)
local tokens = math.min(most, (tonumber(kept[1]) or most) + past * most / 60)
local wait = 0
if tokens < 1 then wait = (1 - tokens) * 60 / most else tokens = tokens - 1 end
redis.call('HSET', KEYS[1], 'tokens', string.format('%.9f', tokens), 'at', string.format('%.6f', now))
redis.call('EXPIRE', KEYS[1], {_KEPT_S})
return string.format('%.6f', wait)
"""


@dataclass
class _Bucket:
    tokens: float
    filled_at: float


class TokenBuckets:
    """A token bucket for each key of one purpose: a minute's worth at once, then one by one at that rate.

    Where Redis does not answer, this process counts by itself.
    """

    def __init__(
        self,
        purpose: str = "",
        place: Place | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._purpose = purpose
        self._place = place
        self._clock = clock
        # Made-up keys must not fill the memory.
        self._buckets: LRUCache[str, _Bucket] = LRUCache(_MOST_BUCKETS)
        self._lock = Lock()

    def take(self, key: str, per_minute: int) -> float:
        """Take one; 0 where it may go on, else the seconds until the next one may."""
        # Counted here as well, so that a Redis that fails lets nobody begin anew.
        own_wait_s = self._take_own(key, per_minute)
        return self._take_shared(self._place, key, per_minute, own_wait_s) if self._place else own_wait_s

    def __contains__(self, key: str) -> bool:
        """Whether this process keeps a bucket for this key."""
        with self._lock:
            return key in self._buckets

    def _take_shared(self, place: Place, key: str, per_minute: int, own_wait_s: float) -> float:
        # Loaded with the place: what has none, as each command's log, needs no more of the cache.
        from pipeline.store.cache.place import Unavailable

        try:
            return float(place.run(_TAKE, f"{self._purpose}/{key}", per_minute))
        except Unavailable:
            return own_wait_s

    def _take_own(self, key: str, per_minute: int) -> float:
        with self._lock:
            now = self._clock()
            bucket = self._buckets.setdefault(key, _Bucket(float(per_minute), now))
            refilled = bucket.tokens + (now - bucket.filled_at) * per_minute / 60
            bucket.tokens, bucket.filled_at = min(refilled, float(per_minute)), now
            if bucket.tokens < 1:
                return (1 - bucket.tokens) * 60 / per_minute
            bucket.tokens -= 1
            return 0.0
