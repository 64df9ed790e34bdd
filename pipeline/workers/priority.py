"""How far what works for minutes gives way to what answers."""

from __future__ import annotations

import os

PRIORITY = 10
"""The nice value of the job server, of all that it starts, and of the processes that answer calls."""


def lower_priority() -> None:
    """Let this process and those that it starts, which work for minutes, give way to pages and the API."""
    os.setpriority(os.PRIO_PROCESS, 0, max(PRIORITY, os.getpriority(os.PRIO_PROCESS, 0)))
