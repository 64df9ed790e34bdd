"""Short values that one server leaves for itself and the others: logins on their way, what tabs show."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Any

from cachetools import TLRUCache

from pipeline.store.cache.place import Place, Unavailable


@dataclass(frozen=True)
class _Note:
    value: Any
    ends_at: float
    is_shared: bool


class Notes:
    """JSON values of one purpose by name, each kept for a time: in Redis, or else in this process.

    Each is kept here as well. The copy counts while Redis does not answer or does not know it; it is taken
    only where Redis was not told of it, or cannot be asked.
    """

    def __init__(
        self,
        purpose: str,
        place: Place | None = None,
        most: int = 4_096,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._purpose = purpose
        self._place = place
        self._clock = clock
        # Bounded: clients that begin logins by the thousand must not fill the memory.
        self._own: TLRUCache[str, _Note] = TLRUCache(most, lambda _name, note, _now: note.ends_at, clock)
        self._lock = Lock()

    def keep(self, name: str, value: Any, lifetime_s: float) -> None:
        """Keep a value, in place of an earlier one."""
        is_shared = self._tell(name, value, lifetime_s)
        with self._lock:
            self._own[name] = _Note(value, self._clock() + lifetime_s, is_shared)

    def find(self, name: str) -> Any:
        """A value; None where there is none, or it has expired."""
        with self._lock:
            note = self._own.get(name)
        try:
            found = self._ask(Place.get, name)
        except Unavailable:
            found = None
        # A Redis that was started anew knows nothing of what this process still does.
        return json.loads(found) if found is not None else note.value if note else None

    def take(self, name: str) -> Any:
        """A value, which is given once, whichever server is asked; None where there is none."""
        with self._lock:
            note = self._own.pop(name, None)
        try:
            found = self._ask(Place.take, name)
        except Unavailable:
            return note.value if note else None
        if found is not None:
            return json.loads(found)
        # What Redis was told and no longer has was taken, on another server perhaps.
        return note.value if note and not note.is_shared else None

    def _ask(self, ask: Callable[[Place, str], bytes | None], name: str) -> bytes | None:
        if self._place is None:
            raise Unavailable
        return ask(self._place, f"{self._purpose}/{name}")

    def _tell(self, name: str, value: Any, lifetime_s: float) -> bool:
        if self._place is None:
            return False
        try:
            self._place.put(f"{self._purpose}/{name}", json.dumps(value).encode(), lifetime_s)
        except Unavailable:
            return False
        return True
