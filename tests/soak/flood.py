"""Strangers who open sockets and send slow headers, and a logged-in user beside them."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import Sequence

import httpx
import psutil
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from tests.running_app import RunningApp
from tests.soak.lines import Line, at_most
from tests.soak.tab import open_tab

SOCKETS, SILENT = 400, 400
_LOOKS, _MOST_S, _MOST_LOG_MB = 6, 10.0, 1.0
_PAGE = "account"


def flood(app: RunningApp, cookie: str, sockets: int = SOCKETS, silent: int = SILENT) -> list[Line]:
    """Flood the app, and have a user load a page again and again meanwhile."""
    process, size = psutil.Process(app.process.pid), app.log.stat().st_size
    began, seconds = time.monotonic(), asyncio.run(_flood(app, cookie, sockets, silent))
    descriptors, (allowed, _) = process.num_fds(), process.rlimit(psutil.RLIMIT_NOFILE)
    written_mb = (app.log.stat().st_size - size) / 1e6
    late = sum(one is None for one in seconds)
    what = f"{sockets} sockets, {silent} slow headers in {time.monotonic() - began:.0f} s"
    return [
        at_most("flood", f"{what}: pages that a user did not get", late, 0),
        at_most("flood", "slowest page of the user", max(one or 60.0 for one in seconds), _MOST_S, " s"),
        at_most("flood", "descriptors", descriptors, allowed),
        at_most("flood", "log", round(written_mb, 3), _MOST_LOG_MB, " MB"),
    ]  # fmt: skip


async def _flood(app: RunningApp, cookie: str, sockets: int, silent: int) -> Sequence[float | None]:
    quiet = [socket.create_connection(("127.0.0.1", app.port)) for _ in range(silent)]
    try:
        for one in quiet:
            with contextlib.suppress(OSError):
                one.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        async with contextlib.AsyncExitStack() as opened:
            flooding = asyncio.create_task(_open_sockets(app, opened, sockets))
            seconds = [await _look(app, cookie) for _ in range(_LOOKS)]
            await flooding
            return seconds
    finally:
        for one in quiet:
            one.close()


async def _open_sockets(app: RunningApp, opened: contextlib.AsyncExitStack, count: int) -> None:
    """Sockets from many addresses and as many from one, as a proxy passes them on."""
    for place in range(count):
        address = f"198.51.{place // 200}.{place % 200}" if place % 2 else "203.0.113.7"
        # Refused ones are what the limits are for.
        with contextlib.suppress(Exception):
            await opened.enter_async_context(
                connect(
                    app.stream_url,
                    origin=app.url,  # type: ignore[arg-type]
                    subprotocols=["streamlit"],  # type: ignore[list-item]
                    additional_headers={"X-Forwarded-For": address},
                    proxy=None,
                    open_timeout=20,
                )
            )


async def _look(app: RunningApp, cookie: str) -> float | None:
    """Seconds until a user has a page; None where there is none within a minute."""
    began = time.monotonic()
    try:
        async with (
            asyncio.timeout(60),
            httpx.AsyncClient(base_url=app.url, timeout=60) as http,
            open_tab(http, app.stream_url, _PAGE, cookie) as tab,
        ):
            await tab.run(_PAGE)
    except (OSError, httpx.HTTPError, WebSocketException):
        return None
    return time.monotonic() - began
