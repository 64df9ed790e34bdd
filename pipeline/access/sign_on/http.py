"""One request to the provider and its answer in JSON: bounded in time and size, and following no redirect."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pipeline.errors import StoreError

if TYPE_CHECKING:
    import httpx

TIMEOUT_S = 10
MOST_BYTES = 2**20
# A packed answer could be small on its way and huge in memory.
_HEADERS = {"Accept": "application/json", "Accept-Encoding": "identity"}
_HINT = "check sign_on.issuer, and whether this machine reaches it."


def fetch_json(
    method: str,
    url: str,
    form: Mapping[str, str] | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
) -> tuple[int, Any]:
    """Status and content of the answer; StoreError where there is none that is whole, small and in time.

    Not to be called on a thread that runs an event loop.
    """
    # Loaded late: most installations have no provider.
    import asyncio

    import httpx

    try:
        # httpx itself bounds each wait for a byte, and a provider that drips them would never end.
        status, body = asyncio.run(asyncio.wait_for(_fetch(method, url, form, transport), TIMEOUT_S))
        return status, json.loads(body)
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValueError, RecursionError) as error:
        raise StoreError(
            f"The provider of single sign-on cannot be used: {type(error).__name__}.", _HINT
        ) from error


async def _fetch(
    method: str, url: str, form: Mapping[str, str] | None, transport: httpx.AsyncBaseTransport | None
) -> tuple[int, bytes]:
    import httpx

    body = bytearray()
    async with (
        httpx.AsyncClient(timeout=TIMEOUT_S, transport=transport, trust_env=False) as client,
        client.stream(method, url, data=form, headers=_HEADERS, follow_redirects=False) as answer,
    ):
        async for part in answer.aiter_raw():
            body += part
            if len(body) > MOST_BYTES:
                raise StoreError("The provider of single sign-on sent more than can be its answer.", _HINT)
    return answer.status_code, bytes(body)
