"""The Redis that several app servers share. One that does not answer costs speed, and nothing else."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import cached_property
from importlib.util import find_spec
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

from pipeline.errors import ConfigError
from pipeline.store.cache.sealing import Seal

if TYPE_CHECKING:
    from redis import ConnectionPool, Redis

_LOG = logging.getLogger(__name__)
_PREFIX = "workbench:"
TIMEOUT_S = 0.5
_PAUSE_S = 5.0
_WARNING_S = 60.0
Answer = TypeVar("Answer")


class Unavailable(Exception):
    """Redis cannot be asked now: the process goes on with what it has itself. Never leaves this package."""


class Place:
    """Bytes, counters and scripts in Redis under hidden names; every failure is `Unavailable`.

    After a failure Redis is left alone for five seconds; then one caller tries, and no other waits for it.
    """

    def __init__(
        self,
        url: str,
        seal: Seal,
        timeout_s: float = TIMEOUT_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if find_spec("redis") is None:
            raise ConfigError(
                "cache.url is set, and the driver of Redis is missing.",
                "install it with `.venv/bin/pip install redis==8.1.0`.",
            )
        self.seal = seal
        self._url = url
        self._timeout_s = timeout_s
        self._clock = clock
        self._lock = Lock()
        self._has_failed = False
        self._paused_until = self._silent_until = float("-inf")

    @cached_property
    def pool(self) -> ConnectionPool:
        """The connections; ConfigError where `cache.url` is no address."""
        from redis import ConnectionPool
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        try:
            pool = ConnectionPool.from_url(
                self._url,
                socket_timeout=self._timeout_s,
                socket_connect_timeout=self._timeout_s,
                # Once: connections that were idle while Redis was started anew fail at their first use.
                retry=Retry(NoBackoff(), 1),
            )
            # Nothing is connected yet: it shows whether the driver knows all that the address says.
            pool.connection_class(**pool.connection_kwargs)
        except (ValueError, TypeError):
            # The driver's words may repeat the address, and with it the password.
            raise ConfigError(
                "cache.url is not the address of a Redis.",
                'write it as redis://HOST:PORT/0 or rediss://…; an "@" in the password is %40.',
            ) from None
        return pool

    def put(self, name: str, content: bytes, lifetime_s: float) -> None:
        """Keep a value for a time."""
        key = self.name(name)
        sealed = self.seal.close(key, content, lifetime_s)
        self.ask(lambda redis: redis.set(key, sealed, px=int(lifetime_s * 1_000)))

    def get(self, name: str) -> bytes | None:
        """A value, or None where there is none."""
        key = self.name(name)
        return self._open(key, self.ask(lambda redis: redis.get(key)))

    def take(self, name: str) -> bytes | None:
        """A value, which is given to one caller alone."""
        key = self.name(name)
        return self._open(key, self.ask(lambda redis: redis.getdel(key)))

    def run(self, script: str, name: str, *arguments: str | float) -> Any:
        """What a script in Lua answers that works on the value of one name, alone."""
        key = self.name(name)
        return self.ask(lambda redis: redis.eval(script, 1, key, *map(str, arguments)))

    def name(self, name: str) -> str:
        """The name that Redis is told."""
        return _PREFIX + self.seal.hide(name)

    def ask(self, act: Callable[[Redis], Answer]) -> Answer:
        """What Redis answers; Unavailable where it does not, or did not a moment ago."""
        from redis import RedisError

        self._refuse_while_paused()
        try:
            answer = act(self._client)
        except (RedisError, OSError) as error:
            self._pause(error)
            raise Unavailable from error
        self._has_failed = False
        return answer

    @cached_property
    def _client(self) -> Redis:
        from redis import Redis

        return Redis(connection_pool=self.pool)

    def _open(self, key: str, sealed: Any) -> bytes | None:
        return None if sealed is None else self.seal.open(key, sealed)

    def _refuse_while_paused(self) -> None:
        with self._lock:
            if not self._has_failed:
                return
            now = self._clock()
            if now < self._paused_until:
                raise Unavailable
            # This caller tries, and meanwhile no other one waits.
            self._paused_until = now + _PAUSE_S

    def _pause(self, error: Exception) -> None:
        with self._lock:
            now = self._clock()
            self._has_failed, self._paused_until = True, now + _PAUSE_S
            is_due = now >= self._silent_until
            if is_due:
                self._silent_until = now + _WARNING_S
        if is_due:
            # The kind alone: messages of the driver and of Redis may repeat the address or a command.
            _LOG.warning(
                "The cache in Redis does not answer (%s): each server counts and keeps by itself meanwhile.",
                type(error).__name__,
            )
