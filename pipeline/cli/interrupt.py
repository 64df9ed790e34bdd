"""Ctrl-C: the first asks for a clean end, the second aborts."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def catch_interrupt() -> Iterator[Callable[[], bool]]:
    """Give the question whether Ctrl-C was pressed in the block; a second one raises KeyboardInterrupt."""
    before = signal.getsignal(signal.SIGINT)
    was_pressed = False

    def note(_number: int, _frame: FrameType | None) -> None:
        nonlocal was_pressed
        was_pressed = True
        signal.signal(signal.SIGINT, before)
        print("Stopping after this epoch or stage; Ctrl-C again aborts at once.", file=sys.stderr, flush=True)

    signal.signal(signal.SIGINT, note)
    try:
        yield lambda: was_pressed
    finally:
        signal.signal(signal.SIGINT, before)
