"""Work for a client, which ends when the client disconnects."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from threading import Event
from typing import TYPE_CHECKING, TypeVar

from fastapi import Request

from pipeline.api.gate import Caller
from pipeline.errors import JobCancelled
from pipeline.progress import Signal
from pipeline.workbench.uploads import attended

if TYPE_CHECKING:
    from pipeline.progress import OnProgress, Progress

Result = TypeVar("Result")


async def attend(caller: Caller, request: Request, work: Callable[[OnProgress], Result]) -> Result:
    """Do the work until the client disconnects: it stops at the next step, what is being read at once."""
    gone = Event()

    def report(_progress: Progress) -> Signal:
        return Signal.STOP if gone.is_set() else Signal.CONTINUE

    def begin() -> Result:
        if gone.is_set():
            # A client that disconnected while it waited for a thread gets none.
            raise JobCancelled("Client disconnected.", "send the request again.")
        with attended(gone.is_set):
            return work(report)

    watcher = asyncio.create_task(_watch(request, gone))
    try:
        return await caller.threads.run_slow(caller.token.account, begin)
    finally:
        watcher.cancel()


async def attend_reading(caller: Caller, request: Request, work: Callable[[], Result]) -> Result:
    """The same for work whose only long step is to read what was uploaded."""
    return await attend(caller, request, lambda _report: work())


async def _watch(request: Request, gone: Event) -> None:
    # The body has been read, so that all that can still come is the end of the connection.
    while (await request.receive())["type"] != "http.disconnect":
        continue
    gone.set()
