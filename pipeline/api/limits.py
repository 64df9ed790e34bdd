"""What keeps one caller from taking everything: rates of requests, sizes of bodies."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from starlette.types import Message, Receive

from pipeline.api.problems import Refusal

JSON_BYTES = 2**20
UPLOAD_EXTRA_BYTES = 2**20
"""What a form may hold beside its table: other fields, metadata, and the marks between the parts."""

_MOST_BUCKETS = 10_000


@dataclass
class _Bucket:
    tokens: float
    filled_at: float


class TokenBuckets:
    """A token bucket for each key: a minute's worth of requests at once, then a steady trickle.

    Used from the event loop only, hence without a lock.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._buckets: dict[str, _Bucket] = {}

    def take(self, key: str, per_minute: int) -> float:
        """Take one request; 0 where it may go on, else the seconds until the next one may."""
        now = self._clock()
        bucket = self._touch(key, per_minute, now)
        refilled = bucket.tokens + (now - bucket.filled_at) * per_minute / 60
        bucket.tokens, bucket.filled_at = min(refilled, float(per_minute)), now
        if bucket.tokens < 1:
            return (1 - bucket.tokens) * 60 / per_minute
        bucket.tokens -= 1
        return 0.0

    def __contains__(self, key: str) -> bool:
        """Whether a bucket for this key is kept."""
        return key in self._buckets

    def _touch(self, key: str, per_minute: int, now: float) -> _Bucket:
        # What was not touched for longest goes first: made-up tokens must not fill the memory.
        bucket = self._buckets.pop(key, None) or _Bucket(float(per_minute), now)
        self._buckets[key] = bucket
        if len(self._buckets) > _MOST_BUCKETS:
            del self._buckets[next(iter(self._buckets))]
        return bucket


def check_rate(wait_s: float, per_minute: int, who: str = "This token has") -> None:
    """Raise a 429 with Retry-After unless the wait is over; `who` begins the sentence that says so."""
    if wait_s > 0:
        raise Refusal(
            429,
            "rate_limit",
            f"{who} used up {per_minute} requests a minute.",
            "wait for the seconds in Retry-After, or ask for a higher api.requests_per_minute.",
            {"Retry-After": str(math.ceil(wait_s))},
        )


def limit_body(receive: Receive, declared_bytes: int, most_bytes: int) -> Receive:
    """A `receive` that raises a 413 as soon as a body is known to be too large."""
    seen_bytes = 0

    async def receive_within() -> Message:
        nonlocal seen_bytes
        if declared_bytes > most_bytes:
            raise _too_large(most_bytes)
        message = await receive()
        seen_bytes += len(message.get("body", b""))
        if seen_bytes > most_bytes:
            raise _too_large(most_bytes)
        return message

    return receive_within


def _too_large(most_bytes: int) -> Refusal:
    return Refusal(
        413,
        "too_large",
        f"The body of this request is above {most_bytes // 2**20} MB.",
        "send less, or ask for a higher uploads.size_mb where this is a table.",
    )
