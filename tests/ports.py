"""Ports of this machine for servers that tests start."""

from __future__ import annotations

import random
import socket

# Below the ports of outgoing connections on Linux and macOS: none takes such a port before the server does.
_LOWEST, _HIGHEST = 15_000, 32_000
_CHOICE = random.SystemRandom()


def find_port() -> int:
    """A free port, another one in each of the processes that run tests."""
    while True:
        port = _CHOICE.randrange(_LOWEST, _HIGHEST)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
