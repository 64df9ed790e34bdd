"""Random orders of tests, the same ones in every process for the same seed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Protocol, TypeVar

UNITS = ("file", "test")


class _InFile(Protocol):
    @property
    def path(self) -> object: ...


Item = TypeVar("Item", bound=_InFile)


def shuffle(items: Sequence[Item], seed: int, unit: str) -> list[Item]:
    """All items in an order drawn from the seed: files with the tests of each shuffled, or single tests."""
    draw = random.Random(seed)
    shuffled = list(items)
    draw.shuffle(shuffled)
    if unit == "test":
        return shuffled
    # Files come in the order of their first tests: sorting is stable and keeps the order inside each.
    files = list(dict.fromkeys(item.path for item in shuffled))
    return sorted(shuffled, key=lambda item: files.index(item.path))
