"""Middleware for the bodies of requests: framed in one way, and sent in reasonable time."""

from __future__ import annotations

import asyncio

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pages._server.services import open_services

SLOWEST_BYTES_S = 1_024
"""Bytes a second below which a body counts as held back."""


class BodyMiddleware:
    """Refuses a request whose length two headers tell, and ends one whose body does not come."""

    def __init__(self, inner: ASGIApp) -> None:
        self._inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or pass on with a `receive` that waits only so long."""
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if "content-length" in headers and "transfer-encoding" in headers:
            # A proxy may go by the other one, and take a part of the body for the next request.
            refusal = "Content-Length and Transfer-Encoding must not be sent together.\n"
            await Response(refusal, 400, {"Connection": "close"})(scope, receive, send)
            return
        if "content-length" in headers or "transfer-encoding" in headers:
            receive = limit_time(receive, open_services().settings.server.body_s)
        await self._inner(scope, receive, send)


def limit_time(receive: Receive, patience_s: float) -> Receive:
    """A `receive` that raises a 408 for a body that takes above `patience_s` and a second for each KB."""
    received, is_complete, began = 0, False, None

    async def receive_in_time() -> Message:
        nonlocal received, is_complete, began
        if is_complete:
            return await receive()
        now = asyncio.get_running_loop().time()
        began = now if began is None else began
        try:
            async with asyncio.timeout_at(began + patience_s + received / SLOWEST_BYTES_S):
                message = await receive()
        except TimeoutError as error:
            raise HTTPException(408, "The body of this request did not come in time.") from error
        received += len(message.get("body", b""))
        is_complete = not message.get("more_body", False)
        return message

    return receive_in_time
