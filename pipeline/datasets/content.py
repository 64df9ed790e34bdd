"""What was computed from a file, remembered until the file changes.

One order asks many times for the fingerprint and the cells of the same dataset, through services that share
nothing but the file.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Generic, TypeVar

from cachetools import LRUCache

Value = TypeVar("Value")
_SETTLED_NS = 2_000_000_000
"""A file that was written less than this ago may change again within one tick of its file system's clock."""


@dataclass(frozen=True)
class FileState:
    """What a file system says of a file; any write or replacement changes it."""

    path: str
    device: int
    inode: int
    size: int
    modified_ns: int
    changed_ns: int

    @property
    def is_settled(self) -> bool:
        """Whether a later write would surely change the state."""
        return time.time_ns() - self.modified_ns > _SETTLED_NS


class FileMemory(Generic[Value]):
    """The values computed from the most recently used files, as long as the files stay as they were.

    Their sizes add up to at most `most`. The size of a file is 1, or its bytes where values grow with the
    file; a value larger than `most` by itself takes the place of all others, until another one is computed.
    """

    def __init__(self, most: int, is_counted_in_bytes: bool = False) -> None:
        self._is_counted_in_bytes = is_counted_in_bytes
        # Beside each value its size.
        self._kept: LRUCache[FileState, tuple[int, Value]] = LRUCache(most, getsizeof=lambda kept: kept[0])
        self._lock = Lock()

    def obtain(self, path: Path, compute: Callable[[Path], Value]) -> Value:
        """The remembered value of an unchanged file, else what `compute` makes of it now."""
        before = _observe(path)
        if before is None:
            return compute(path)
        with self._lock:
            if before in self._kept:
                return self._kept[before][1]
        value = compute(path)
        if before.is_settled and _observe(path) == before:
            self._keep(before, value)
        return value

    def _keep(self, state: FileState, value: Value) -> None:
        size = state.size if self._is_counted_in_bytes else 1
        with self._lock:
            # The cache would refuse what is larger, and each use of a large table would parse it.
            self._kept[state] = min(size, int(self._kept.maxsize)), value


def settle(files: Iterable[Path]) -> None:
    """Date files that were just written back, so that they are remembered at once.

    Any later write gives them the time of that write, which differs by more than a tick.
    """
    for file in files:
        written_ns = time.time_ns() - 2 * _SETTLED_NS
        os.utime(file, ns=(written_ns, written_ns))


def _observe(path: Path) -> FileState | None:
    """The state of a file; None where it cannot be read, so that the reader raises the error."""
    try:
        found = path.stat()
    except OSError:
        return None
    return FileState(
        os.fspath(path), found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
    )
