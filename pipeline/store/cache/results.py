"""What was computed once, by content: found again after a restart, and by other servers.

dogpile.cache looks it up, and lets one thread compute what others wait for. Values are texts that their
readers check against a schema; nothing is ever unpickled.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from dogpile.cache import CacheRegion, make_region, register_backend
from dogpile.cache.api import NO_VALUE
from dogpile.cache.proxy import ProxyBackend

from pipeline.store.cache.place import Place, Unavailable
from pipeline.store.cache.sealing import Seal

_BACKEND = "workbench.folder"
_KEPT_S = 30 * 86_400
_MOST_CHARACTERS = 8 * 2**20
Value = TypeVar("Value")


class Results:
    """Texts by what they were computed from: in Redis where it is named, else in a folder."""

    def __init__(self, folder: Path, seal: Seal, place: Place | None = None) -> None:
        self._region = _share(place, seal) if place else _keep(folder, seal)

    def obtain(
        self,
        name: str,
        compute: Callable[[], Value],
        write: Callable[[Value], str],
        read: Callable[[str], Value | None],
    ) -> Value:
        """What is kept under `name`, else what `compute` gives now; of several threads one computes it.

        What `read` gives None for, because another release wrote it, is computed again.
        """
        made: list[Value] = []

        def create() -> str:
            made.append(compute())
            return write(made[0])

        text = self._region.get_or_create(name, create, should_cache_fn=_is_small)
        known = None if made else read(text)
        if known is not None:
            return known
        if not made:
            self._region.set(name, create())
        return made[0]


def _share(place: Place, seal: Seal) -> CacheRegion:
    arguments = {"connection_pool": place.pool}
    return _make_region(place.name).configure(
        "dogpile.cache.redis", arguments=arguments, wrap=[_Sealed(seal), _Tolerant(place)]
    )


def _keep(folder: Path, seal: Seal) -> CacheRegion:
    register_backend(_BACKEND, "pipeline.store.cache.disk", "FolderBackend")
    return _make_region(seal.hide).configure(_BACKEND, arguments={"folder": folder}, wrap=[_Sealed(seal)])


def _make_region(hide: Callable[[str], str]) -> CacheRegion:
    return make_region(key_mangler=hide, serializer=str.encode, deserializer=bytes.decode)


class _Sealed(ProxyBackend):
    """Hands on sealed bytes; what does not open counts as missing."""

    def __init__(self, seal: Seal) -> None:
        self._seal = seal

    def get_serialized(self, key: str) -> Any:
        sealed = self.proxied.get_serialized(key)
        content = self._seal.open(key, sealed) if isinstance(sealed, bytes) else None
        return NO_VALUE if content is None else content

    def set_serialized(self, key: str, value: bytes) -> None:
        self.proxied.set_serialized(key, self._seal.close(key, value, _KEPT_S))


class _Tolerant(ProxyBackend):
    """Finds nothing, and keeps nothing, while Redis does not answer."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def get_serialized(self, key: str) -> Any:
        try:
            return self._place.ask(lambda _redis: self.proxied.get_serialized(key))
        except Unavailable:
            return NO_VALUE

    def set_serialized(self, key: str, value: bytes) -> None:
        try:
            # dogpile.cache 1.5.0 would call `setex`, which the driver has deprecated.
            self._place.ask(lambda redis: redis.set(key, value, ex=_KEPT_S))
        except Unavailable:
            return


def _is_small(text: str) -> bool:
    return len(text) <= _MOST_CHARACTERS
