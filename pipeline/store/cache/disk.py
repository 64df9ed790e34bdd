"""A folder of results, bounded, as a backend of dogpile.cache: where no Redis is named."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from dogpile.cache.api import NO_VALUE, BytesBackend

from pipeline.store.signing import write_private

_LOG = logging.getLogger(__name__)
_MOST_BYTES = 256 * 2**20


class FolderBackend(BytesBackend):
    """One file for each value, written whole or not at all; the least recently used of too many are removed.

    A folder that cannot be written to costs time: what is not kept is computed again.
    """

    def __init__(self, arguments: Mapping[str, Any]) -> None:
        self._folder: Path = arguments["folder"]
        self._most_bytes: int = arguments.get("most_bytes", _MOST_BYTES)

    def get_serialized(self, key: str) -> Any:
        """The bytes of a key, or dogpile's NO_VALUE."""
        file = self._folder / key
        try:
            content = file.read_bytes()
            os.utime(file)
        except OSError:
            return NO_VALUE
        return content

    def set_serialized(self, key: str, value: bytes) -> None:
        """Keep the bytes of a key."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_private(self._folder / key, value)
            self._make_room()
        except OSError as error:
            _LOG.warning("The cache in %s cannot be written to: %s.", self._folder, error.strerror)

    def delete(self, key: str) -> None:
        """Forget a key."""
        with suppress(OSError):
            (self._folder / key).unlink(missing_ok=True)

    def get_serialized_multi(self, keys: Iterable[str]) -> list[Any]:
        """The bytes of several keys."""
        return [self.get_serialized(key) for key in keys]

    def set_serialized_multi(self, mapping: Mapping[str, bytes]) -> None:
        """Keep the bytes of several keys."""
        for key, value in mapping.items():
            self.set_serialized(key, value)

    def delete_multi(self, keys: Iterable[str]) -> None:
        """Forget several keys."""
        for key in keys:
            self.delete(key)

    def _make_room(self) -> None:
        found = sorted(((file.stat(), file) for file in self._folder.iterdir()), key=_get_age)
        left = sum(state.st_size for state, _ in found)
        for state, file in found:
            if left <= self._most_bytes:
                return
            file.unlink(missing_ok=True)
            left -= state.st_size


def _get_age(found: tuple[os.stat_result, Path]) -> int:
    return found[0].st_mtime_ns
