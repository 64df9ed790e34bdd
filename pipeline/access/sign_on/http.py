"""One request to the provider and its answer in JSON: bounded in time and size, and following no redirect."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

from pipeline.errors import AccessError, StoreError

if TYPE_CHECKING:
    import httpx
    from authlib.oauth2.auth import ClientAuth

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


@dataclass(frozen=True)
class TokenAnswer:
    """An answer to a token request, as Authlib reads it."""

    content: Any
    status_code: int = 200

    def json(self) -> Any:
        """The content, which is parsed already."""
        return self.content

    def raise_for_status(self) -> None:
        """Do nothing: `TokenSession` has refused any status but 200."""


@dataclass(frozen=True)
class TokenSession:
    """The session that Authlib sends a token request with: `fetch_json`, for its limits."""

    transport: httpx.AsyncBaseTransport | None = None

    def post(
        self, url: str, data: Mapping[str, str], headers: Mapping[str, str], auth: ClientAuth
    ) -> TokenAnswer:
        """The answer to a form; AccessError where the provider refuses it."""
        # Authlib adds the client's id and secret to the encoded form.
        _, _, form = auth.prepare("POST", url, dict(headers), urlencode(data))
        status, content = fetch_json("POST", url, dict(parse_qsl(form)), self.transport)
        # Authlib alone would take a token from an answer of any status below 500.
        if status != 200:
            raise AccessError("The provider of single sign-on refused this login.", "log in again.")
        return TokenAnswer(content)


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
                raise StoreError("The provider of single sign-on sent a response that is too large.", _HINT)
    return answer.status_code, bytes(body)
