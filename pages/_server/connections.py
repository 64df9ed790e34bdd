"""Connections of strangers, who are not logged in: few, quiet and short, so that they cost little."""

from __future__ import annotations

import asyncio
import logging
import resource
import secrets
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from pipeline.settings import ServerLimits
from pipeline.workbench.entrance import find_network, is_shared

STRANGER_BYTES = 64 * 1024
"""The largest message before login: the forms there need a few hundred."""

_LOG = logging.getLogger(__name__)
_MOST_DESCRIPTORS = 65_536
_TICK_S = 1.0
_STALLED_S = 60.0
_NO_DESCRIPTORS = "socket.accept() out of system resource"


@dataclass(eq=False)
class Socket:
    """A WebSocket: its network, whether its tab has a session, the event that ends it, and its tab."""

    network: str
    is_known: bool
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    tab_id: str = ""


class SocketRegistry:
    """The open WebSockets of this process; those of strangers are limited by address and in all."""

    def __init__(self) -> None:
        self._sockets: dict[str, Socket] = {}
        self._lock = Lock()

    def open(self, address: str, is_known: bool, limits: ServerLimits) -> Socket | None:
        """Count a WebSocket; None for a stranger whose address has too many.

        One above all that strangers may have takes the place of their oldest, and so does one of an address
        that many share, as behind a proxy that hides it. Call it in the event loop.
        """
        network = find_network(address)
        with self._lock:
            strangers = [one for one in self._sockets.values() if not one.is_known]
            mine = sum(one.network == network for one in strangers)
            if not is_known and not is_shared(network) and mine >= limits.strangers_per_address:
                return None
            if not is_known and len(strangers) >= compute_most(limits):
                self._end(strangers[0])
            socket = Socket(network, is_known)
            self._sockets[socket.id] = socket
            return socket

    def settle(self, socket_id: object, is_known: bool, tab_id: str = "") -> None:
        """Say whether the tab behind a WebSocket has a session now; harmless for one that has gone."""
        with self._lock:
            if isinstance(socket_id, str) and (socket := self._sockets.get(socket_id)):
                socket.is_known, socket.tab_id = is_known, tab_id

    def close(self, socket: Socket) -> None:
        """Count a WebSocket no more."""
        with self._lock:
            self._sockets.pop(socket.id, None)

    def count_strangers(self) -> int:
        """How many WebSockets of strangers are open."""
        with self._lock:
            return sum(not one.is_known for one in self._sockets.values())

    def _end(self, socket: Socket) -> None:
        del self._sockets[socket.id]
        socket.ended.set()


SOCKETS = SocketRegistry()
"""The WebSockets of this process."""


def compute_most(limits: ServerLimits) -> int:
    """How many connections strangers may have in all: few enough for the descriptors that there are.

    Each takes four (Streamlit 1.67 gives every tab an event loop), beside 384 of tabs that have just gone.
    """
    return max(1, min(limits.strangers, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 12))


def raise_descriptor_limit() -> None:
    """Let this process have as many files and connections as the system allows it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, _MOST_DESCRIPTORS)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def calm_accept_errors(loop: asyncio.AbstractEventLoop) -> None:
    """Log at most once a second that no connection can be accepted: Python 3.11 does so 2,000 times."""
    logged_at = float("-inf")

    def handle(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        nonlocal logged_at
        if context.get("message") != _NO_DESCRIPTORS:
            loop.default_exception_handler(context)
        elif time.monotonic() - logged_at >= 1:
            logged_at = time.monotonic()
            _LOG.error("No connection can be accepted: %s.", context.get("exception"))

    loop.set_exception_handler(handle)


class ConnectionWatch:
    """Ends connections on which no request comes, or whose answer nobody reads.

    uvicorn 0.54 ends idle connections after an answer, but waits forever for the first request, for the rest
    of a request's headers, and after a request that no WebSocket can begin with. It calls `create_server`
    after the lifespan has begun.
    """

    def __init__(self, limits: ServerLimits) -> None:
        self._limits = limits
        self._since: dict[Any, float] = {}
        self._answered: dict[Any, Any] = {}
        self._stalled: dict[Any, float] = {}

    def install(self, loop: asyncio.AbstractEventLoop) -> asyncio.Task[None]:
        """Watch the connections of all servers that are begun on a loop from now on."""
        create_server = loop.create_server

        def create_watched(factory: Callable[[], Any], *args: Any, **options: Any) -> Any:
            return create_server(lambda: self._note(factory()), *args, **options)

        loop.create_server = create_watched  # type: ignore[assignment, method-assign]
        return loop.create_task(self._watch())

    def _note(self, protocol: Any) -> Any:
        waiting = [one for one in self._since if _is_waiting(one)]
        if len(waiting) >= compute_most(self._limits):
            _abort(_choose_oldest(waiting))
        self._since[protocol] = time.monotonic()
        return protocol

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_TICK_S)
            now = time.monotonic()
            for protocol in tuple(self._since):
                self._look(protocol, now)

    def _look(self, protocol: Any, now: float) -> None:
        if _has_gone(protocol):
            for known in (self._since, self._answered, self._stalled):
                known.pop(protocol, None)
        elif not _is_waiting(protocol):
            self._since[protocol] = now
            is_stalled = getattr(getattr(protocol, "flow", None), "write_paused", False)
            if not is_stalled:
                self._stalled.pop(protocol, None)
            elif now - self._stalled.setdefault(protocol, now) > _STALLED_S:
                _abort(protocol)
        elif self._has_answered(protocol):
            self._since[protocol] = now
        elif now - self._since[protocol] > self._limits.header_s:
            _abort(protocol)

    def _has_answered(self, protocol: Any) -> bool:
        """Whether a request was answered since the last look, as quick ones are between two looks."""
        cycle = getattr(protocol, "cycle", None)
        is_new = cycle is not self._answered.get(protocol)
        self._answered[protocol] = cycle
        return is_new


def _has_gone(protocol: Any) -> bool:
    """Whether a connection is closed, or belongs to a WebSocket now."""
    transport = getattr(protocol, "transport", None)
    if transport is None:
        return False
    current = transport.get_protocol()
    # A WebSocket never takes a request with a body or with headers that are too long, nor answers it.
    is_taken = current is not protocol and getattr(current, "handshake_initiated", True)
    return bool(transport.is_closing() or is_taken)


def _is_waiting(protocol: Any) -> bool:
    """Whether no request, or not all of its headers, has come, or none that a WebSocket can begin with."""
    cycle = getattr(protocol, "cycle", None)
    return not _has_gone(protocol) and (cycle is None or bool(cycle.response_complete))


def _choose_oldest(waiting: list[Any]) -> Any:
    """The oldest connection of the network that has most of those that wait."""
    networks = [find_network(one.client[0]) if getattr(one, "client", None) else "" for one in waiting]
    (most, _), *_ = Counter(networks).most_common(1)
    return waiting[networks.index(most)]


def _abort(protocol: Any) -> None:
    if (transport := getattr(protocol, "transport", None)) is not None:
        transport.abort()
