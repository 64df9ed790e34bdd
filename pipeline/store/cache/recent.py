"""The most recently used objects of one process: opened models, parsed files, what tabs show."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

from cachetools import LRUCache

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Recent(Generic[Key, Value]):
    """The most recently used values by key, safe to use from several threads.

    Their sizes (by `measure`, else 1 each) add up to at most `most`. Values are live objects: they are never
    serialised, and whatever else wants them makes its own.
    """

    def __init__(self, most: int, measure: Callable[[Value], int] | None = None) -> None:
        self._values: LRUCache[Key, Value] = LRUCache(most, getsizeof=measure)
        self._lock = Lock()

    def get(self, key: Key) -> Value | None:
        """The value of a key; None where it is not kept, or no longer."""
        with self._lock:
            return self._values.get(key)

    def put(self, key: Key, value: Value) -> Value:
        """Keep a value, and give it back."""
        with self._lock:
            self._values[key] = value
        return value

    def take(self, key: Key) -> Value | None:
        """Forget a value, and give what it was."""
        with self._lock:
            return self._values.pop(key, None)
