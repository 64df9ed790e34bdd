"""What keeps one caller from taking everything: rates of requests, sizes of bodies."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from starlette.types import Message, Receive

from pipeline.api.problems import Refusal
from pipeline.workbench.entrance import Cache, TokenBuckets, find_network

JSON_BYTES = 2**20
UPLOAD_EXTRA_BYTES = 2**20
"""What a form may hold beside its table: other fields, metadata, and the marks between the parts."""


ACCOUNT_WORTH = 4
"""All tokens of an account together may ask as often as so many of them."""


@dataclass(frozen=True)
class Rates:
    """How often tokens, accounts and the unknown tokens of an address may ask; none pushes out another.

    Each count may wait for the cache for a moment: not for the event loop.
    """

    _tokens: TokenBuckets = field(default_factory=TokenBuckets)
    _accounts: TokenBuckets = field(default_factory=TokenBuckets)
    _strangers: TokenBuckets = field(default_factory=TokenBuckets)

    def count_secret(self, digest: str, address: str, per_minute: int) -> None:
        """Count a request before its token is looked up, so that a flood does not reach the database.

        A token that has never been right here counts for its address: made-up ones are many, and must not
        push the others out. Raises a 429.
        """
        if digest in self._tokens:
            check_rate(self._tokens.take(digest, per_minute), per_minute)
            return
        wait_s = self._strangers.take(find_network(address), per_minute)
        check_rate(wait_s, per_minute, "Unknown tokens from this address have")

    def count_found(self, digest: str, account: str, per_minute: int) -> None:
        """Count a request whose token was right, for the token and its account; raises a 429."""
        if digest not in self._tokens:
            check_rate(self._tokens.take(digest, per_minute), per_minute)
        of_account = ACCOUNT_WORTH * per_minute
        wait_s = self._accounts.take(account, of_account)
        check_rate(wait_s, of_account, "All tokens of this account together have")


def open_rates(cache: Cache) -> Rates:
    """The rates that app servers share where they share a cache."""
    return Rates(*(cache.open_buckets(f"api {one}") for one in ("tokens", "accounts", "strangers")))


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
