"""A browser's tab without a browser: the page, its WebSocket, and what runs again by itself."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

_SEARCH = ("/_stcore/health", "/_stcore/host-config")


class Tab:
    """A tab that is open: it runs pages, and fragments at their intervals while somebody looks at it."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._repeated: dict[str, float] = {}
        self.texts: list[str] = []

    async def run(self, page: str, fragment: str = "") -> None:
        """Have a page, or a fragment of it, run to its end; what it drew is in `texts`."""
        message = BackMsg()
        message.rerun_script.page_name = page
        message.rerun_script.query_string = ""
        if fragment:
            message.rerun_script.fragment_id = fragment
            message.rerun_script.is_auto_rerun = True
        else:
            self._repeated.clear()
            self.texts.clear()
        await self._socket.send(message.SerializeToString())
        while True:
            said = ForwardMsg.FromString(await self._socket.recv())  # type: ignore[arg-type]
            kind = said.WhichOneof("type")
            if kind == "auto_rerun":
                self._repeated[said.auto_rerun.fragment_id] = said.auto_rerun.interval
            elif kind == "delta" and said.delta.new_element.WhichOneof("type") in ("markdown", "heading"):
                element = said.delta.new_element
                self.texts.append(element.heading.body or element.markdown.body)
            elif kind == "script_finished":
                return

    async def look(self, page: str, seconds: float) -> None:
        """Leave the tab open for a while: its fragments run at their intervals, as a browser has them run."""
        end = time.monotonic() + seconds
        due = {one: time.monotonic() + interval for one, interval in self._repeated.items()}
        while due and min(due.values()) < end:
            first = min(due, key=due.__getitem__)
            await asyncio.sleep(max(0.0, due[first] - time.monotonic()))
            await self.run(page, first)
            due[first] = time.monotonic() + self._repeated.get(first, seconds)
        await asyncio.sleep(max(0.0, end - time.monotonic()))


@asynccontextmanager
async def open_tab(client: httpx.AsyncClient, stream_url: str, page: str, cookie: str) -> AsyncIterator[Tab]:
    """Load a page as a browser does that has its scripts: document, search for the server, socket."""
    headers = {"Cookie": cookie}
    for path in (f"/{page}", *_SEARCH):
        (await client.get(path, headers=headers)).raise_for_status()
    async with connect(
        stream_url,
        origin=str(client.base_url).rstrip("/"),  # type: ignore[arg-type]
        subprotocols=["streamlit"],  # type: ignore[list-item]
        additional_headers=headers,
        proxy=None,
        max_size=None,
        open_timeout=60,
        compression=None,
    ) as socket:
        yield Tab(socket)
