"""Files that a browser sends to one server and a page on another one needs, and the other way round.

They lie sealed in the state folder, which app servers share, and not in Redis: an upload holds real rows, and
may have hundreds of megabytes.
"""

from __future__ import annotations

import json
import struct
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import StoreError
from pipeline.store.cache.sealing import Seal
from pipeline.store.signing import write_private

LIFETIME_S = 3_600
_HEAD = struct.Struct(">I")


@dataclass(frozen=True)
class PassedFile:
    """The content of a file and what is said of it."""

    content: bytes
    about: Mapping[str, str]


class PassedFiles:
    """Files by name, for an hour at most; written whole, for the server's own account alone."""

    def __init__(self, folder: Path, seal: Seal) -> None:
        self._folder = folder
        self._seal = seal

    def put(self, name: str, file: PassedFile) -> None:
        """Keep a file; StoreError where the state folder cannot hold it."""
        self._sweep()
        about = json.dumps(dict(file.about)).encode()
        key = self._seal.hide(name)
        sealed = self._seal.close(key, _HEAD.pack(len(about)) + about + file.content, LIFETIME_S)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_private(self._folder / key, sealed)
        except OSError as error:
            raise StoreError(
                f"A file cannot be passed on in {self._folder}: {error.strerror or error}.",
                "check free space and rights of the state folder.",
            ) from error

    def get(self, name: str) -> PassedFile | None:
        """A file; None where there is none, or no longer."""
        key = self._seal.hide(name)
        try:
            opened = self._seal.open(key, (self._folder / key).read_bytes())
        except OSError:
            return None
        if opened is None:
            return None
        (length,) = _HEAD.unpack_from(opened)
        start = _HEAD.size + length
        return PassedFile(opened[start:], json.loads(opened[_HEAD.size : start]))

    def has(self, name: str) -> bool:
        """Whether there is such a file."""
        return (self._folder / self._seal.hide(name)).is_file()

    def remove(self, name: str) -> None:
        """Forget a file; twice is harmless."""
        with suppress(OSError):
            (self._folder / self._seal.hide(name)).unlink(missing_ok=True)

    def _sweep(self) -> None:
        """Remove what nobody fetched, and what killed processes left half written."""
        if not self._folder.is_dir():
            return
        for file in self._folder.iterdir():
            # Another server may remove it at the same moment.
            with suppress(OSError):
                if time.time() - file.stat().st_mtime > LIFETIME_S:
                    file.unlink()
