"""What each account holds on all servers together, such as bytes of uploads."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from threading import Event, Lock, Thread

from pipeline.store.cache.place import Place, Unavailable

_BEAT_S = 30.0
_KEPT_S = 90
_CLAIM = f"""
local amount, most = tonumber(ARGV[2]), tonumber(ARGV[3])
local now = tonumber(redis.call('TIME')[1])
local others = 0
local kept = redis.call('HGETALL', KEYS[1])
for i = 1, #kept, 2 do
  local held, at = string.match(kept[i + 1], '(%d+):(%d+)')
  if now - tonumber(at) >= {_KEPT_S} then
    redis.call('HDEL', KEYS[1], kept[i])
  elseif kept[i] ~= ARGV[1] then
    others = others + tonumber(held)
  end
end
if most >= 0 and others + amount > most then return 0 end
if amount == 0 then
  redis.call('HDEL', KEYS[1], ARGV[1])
else
  redis.call('HSET', KEYS[1], ARGV[1], string.format('%d:%d', amount, now))
  redis.call('EXPIRE', KEYS[1], {_KEPT_S})
end
return 1
"""
_ANY = -1


class Totals:
    """Tells the other servers what this one holds for each name, and learns what they hold.

    `measure` gives what is held here. A thread tells it anew every half a minute as long as it is anything;
    what a server that was killed has told is forgotten after one and a half.
    """

    def __init__(self, purpose: str, place: Place, measure: Callable[[str], int]) -> None:
        self._purpose = purpose
        self._place = place
        self._measure = measure
        self._server = secrets.token_hex(8)
        self._told: set[str] = set()
        self._lock = Lock()
        self._is_changed = Event()
        self._thread: Thread | None = None

    def claim(self, name: str, amount: int, most: int) -> bool:
        """Tell that `amount` is held here now; False, and nothing is told, where all hold more than `most`.

        True where the other servers cannot be asked.
        """
        try:
            if not self._tell(name, amount, most):
                return False
        except Unavailable:
            return True
        finally:
            self._repeat_later(name)
        return True

    def renew(self) -> None:
        """Have the others learn in a moment what is held here; the caller waits for nobody."""
        self._is_changed.set()

    def _repeat_later(self, name: str) -> None:
        with self._lock:
            self._told.add(name)
            if self._thread is None:
                self._thread = Thread(target=self._repeat, name=f"totals of {self._purpose}", daemon=True)
                self._thread.start()

    def _repeat(self) -> None:
        while True:
            self._is_changed.wait(_BEAT_S)
            self._is_changed.clear()
            with self._lock:
                names = tuple(self._told)
            for name in names:
                self._tell_anew(name)

    def _tell_anew(self, name: str) -> None:
        amount = self._measure(name)
        try:
            self._tell(name, amount, _ANY)
        except Unavailable:
            return
        with self._lock:
            if not amount and not self._measure(name):
                self._told.discard(name)

    def _tell(self, name: str, amount: int, most: int) -> bool:
        return bool(self._place.run(_CLAIM, f"{self._purpose}/{name}", self._server, amount, most))
