"""Garbage: what was imported is left out of its collection, and what is free goes back to the system."""

from __future__ import annotations

import ctypes
import gc
import sys
import time
from collections.abc import Callable

_OLDEST = 2
_TRIM_S = 20.0


class Freezer:
    """Takes what is alive out of later collections whenever modules were imported since it last did.

    With pandas and plotly loaded a full collection looks at 400,000 objects, which takes a third of a second
    in which no other thread runs. What is frozen is freed as before once nothing refers to it; only circles
    among it stay.
    """

    def __init__(self) -> None:
        self._modules = 0

    def install(self) -> None:
        """Look after each full collection from now on."""
        gc.callbacks.append(self.look)

    def remove(self) -> None:
        """Look no more; what is frozen stays so."""
        gc.callbacks.remove(self.look)

    def look(self, phase: str, info: dict[str, int]) -> None:
        """What the collector calls when it begins and when it ends."""
        if phase != "stop" or info["generation"] != _OLDEST or len(sys.modules) == self._modules:
            return
        self._modules = len(sys.modules)
        gc.freeze()


class Trimmer:
    """Gives memory that is free back to the system after full collections, every 20 seconds at most.

    Pages are drawn by threads that come and go. What they free lies between what is kept, so that the C
    library's heaps grow with the pages that were drawn, while as much is in use as before.
    """

    def __init__(self) -> None:
        self._trim = _find_trim()
        self._last = time.monotonic()

    def install(self) -> None:
        """Look after each full collection from now on, where the C library has a way to give memory back."""
        if self._trim is not None:
            gc.callbacks.append(self.look)

    def remove(self) -> None:
        """Look no more."""
        if self._trim is not None:
            gc.callbacks.remove(self.look)

    def look(self, phase: str, info: dict[str, int]) -> None:
        """What the collector calls when it begins and when it ends."""
        now = time.monotonic()
        if phase != "stop" or info["generation"] != _OLDEST or now < self._last + _TRIM_S or not self._trim:
            return
        self._last = now
        self._trim(0)


def _find_trim() -> Callable[[int], int] | None:
    """`malloc_trim` of the GNU C library, None elsewhere."""
    found = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    return found if callable(found) else None
