"""The collection of garbage: what was imported is left out of it, since it lasts as long as the process."""

from __future__ import annotations

import gc
import sys

_OLDEST = 2


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
