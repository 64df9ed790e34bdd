"""How far what computes gives way to what answers."""

from __future__ import annotations

import os

PRIORITY = 10
"""The nice value of the job server and of all that it starts."""
CALL_PRIORITY = 5
"""That of the processes that do calls, whose answers somebody waits for."""


def lower_priority(wanted: int = PRIORITY) -> None:
    """Let this process and those that it starts give way to pages and the API; it is never raised."""
    os.setpriority(os.PRIO_PROCESS, 0, max(wanted, os.getpriority(os.PRIO_PROCESS, 0)))
