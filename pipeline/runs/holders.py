"""Which process does a local run, so that others on its machine can check whether it is running."""

from __future__ import annotations

import hashlib
import os
import socket
import uuid
from contextlib import suppress
from functools import cache
from pathlib import Path

_DIGITS = 8


def name_holder() -> str:
    """This process among all that share a database: 8 hex digits for its machine and 8 for its number."""
    return f"{name_machine()}{os.getpid():0{_DIGITS}x}"


def is_gone(holder: str) -> bool:
    """Whether a process of this very machine has ended; of another machine's nothing is claimed.

    A number that another process has got since counts as running: the dispatcher finds such runs by their
    missing heartbeats.
    """
    machine, number = holder[:_DIGITS], holder[_DIGITS:]
    if machine != name_machine():
        return False
    try:
        os.kill(int(number, 16), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return _is_defunct(int(number, 16))


def _is_defunct(number: int) -> bool:
    """Whether a process has ended and nobody has asked how: containers may have no process that asks."""
    try:
        said = Path(f"/proc/{number}/stat").read_text()
    except OSError:
        return False
    # After the name, which may hold spaces and brackets, comes the state.
    return said.rpartition(")")[2].split()[0] == "Z"


@cache
def name_machine() -> str:
    """8 hex digits, equal for processes that see each other's numbers; containers on one machine do not."""
    namespace = 0
    with suppress(OSError):
        namespace = Path("/proc/self/ns/pid").stat().st_ino
    names = f"{socket.gethostname()} {uuid.getnode()} {namespace}"
    return hashlib.sha256(names.encode()).hexdigest()[:_DIGITS]
