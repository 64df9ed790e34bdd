"""How far what computes gives way to what answers."""

from __future__ import annotations

import os

CALL_PRIORITY = 5
"""The nice value, at most, of the processes that do calls, whose answers somebody waits for."""


def lower_priority(wanted: int) -> None:
    """Let this process and those that it starts give way to pages and the API; it is never raised."""
    os.setpriority(os.PRIO_PROCESS, 0, max(wanted, os.getpriority(os.PRIO_PROCESS, 0)))
