"""What keeps one caller from taking everything: rates of requests, sizes of bodies."""

from __future__ import annotations

import math

from starlette.types import Message, Receive

from pipeline.api.problems import Refusal

JSON_BYTES = 2**20
UPLOAD_EXTRA_BYTES = 2**20
"""What a form may hold beside its table: other fields, metadata, and the marks between the parts."""


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
