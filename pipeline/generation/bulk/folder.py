"""Where parts go: a local folder, or any URL that fsspec supports."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from pipeline.errors import DataError, ExportError
from pipeline.exporters import write_atomically

_DRAFTS = ".export-*.part"
_TRIES = 5
_OBJECT_STORES = frozenset({"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "adl", "oci", "oss"})
"""Protocols whose writes are one request, invisible before it has ended."""
_HINT = "check the address, its rights and the free space."


class Folder:
    """Files under one address; what is written is there whole or not at all."""

    def __init__(self, address: str) -> None:
        """Raise DataError where no installed file system supports the address."""
        import fsspec

        try:
            self._system, self._root = fsspec.core.url_to_fs(address)
        except (ImportError, ValueError) as error:
            raise DataError(
                f"Cannot write to {address}: {error}.",
                "name a folder, or install the fsspec package for that kind of URL.",
            ) from error
        self._is_local = "file" in _protocols(self._system)
        # A worker may run in another folder than the process that named a relative path.
        self.address = str(self._root) if self._is_local else address

    @property
    def local_path(self) -> Path | None:
        """The folder on this machine, None for an object store."""
        return Path(self._root) if self._is_local else None

    def list(self) -> list[str]:
        """Names of what lies in the folder, drafts of killed writers aside; empty where there is none."""
        try:
            found = self._system.ls(self._root, detail=False) if self._system.exists(self._root) else []
        except (OSError, ValueError) as error:
            raise self._cannot("read", "", error) from error
        names = (str(path).rstrip("/").rsplit("/", 1)[-1] for path in found)
        return sorted(name for name in names if not Path(name).match(_DRAFTS))

    def read(self, name: str) -> bytes | None:
        """The content of a file, None where there is none."""
        try:
            content: bytes = self._system.cat_file(self._path(name))
            return content
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._cannot("read", name, error) from error

    def read_json(self, name: str) -> dict[str, Any] | None:
        """An object from a JSON file, None where there is none or it cannot be read."""
        content = self.read(name)
        try:
            values = json.loads(content) if content is not None else None
        except (ValueError, RecursionError):
            return None
        return values if isinstance(values, dict) else None

    def write(self, name: str, content: bytes) -> None:
        """Write a file under another name and rename it; in an object store, in one request under its own.

        An object of a store is there whole or not at all; the name of a file anywhere else would be there
        with half of its content while it is written.
        """
        try:
            if self._is_local:
                path = Path(self._path(name))
                path.parent.mkdir(parents=True, exist_ok=True)
                _write_stubbornly(path, content)
            else:
                self._write_there(name, content)
        except OSError as error:
            raise self._cannot("write", name, error) from error

    def write_json(self, name: str, values: Mapping[str, Any]) -> str:
        """Write an object as JSON and give the file's SHA-256."""
        content = (json.dumps(values, indent=2, ensure_ascii=False) + "\n").encode()
        self.write(name, content)
        return hashlib.sha256(content).hexdigest()

    def compute_sha256(self, name: str, size: int) -> str | None:
        """The checksum of a file of `size` bytes; None where there is no such file or it has another size."""
        try:
            if self._system.size(self._path(name)) != size:
                return None
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._cannot("read", name, error) from error
        content = self.read(name)
        return None if content is None else hashlib.sha256(content).hexdigest()

    def measure(self, names: Iterable[str]) -> dict[str, int]:
        """Sizes in bytes of those of the named files that are there, by any worker."""
        try:
            return self._measure_here(names) if self._is_local else self._measure_there(names)
        except (OSError, ValueError) as error:
            raise self._cannot("read", "", error) from error

    def remove_drafts(self) -> None:
        """Remove what killed writers left behind; one who is still writing begins that file again."""
        for draft in Path(self._root).glob(f"**/{_DRAFTS}") if self._is_local else ():
            draft.unlink(missing_ok=True)

    def _write_there(self, name: str, content: bytes) -> None:
        if _OBJECT_STORES & set(_protocols(self._system)):
            self._system.pipe_file(self._path(name), content)
            return
        folder, _, file = self._path(name).rpartition("/")
        draft = f"{folder}/.export-{secrets.token_hex(6)}.part"
        self._system.makedirs(folder, exist_ok=True)
        try:
            self._system.pipe_file(draft, content)
            self._replace(draft, f"{folder}/{file}")
        except BaseException:
            with suppress(OSError):
                self._system.rm_file(draft)
            raise

    def _replace(self, draft: str, target: str) -> None:
        # Some (SFTP, SMB) refuse to move a file over another one.
        with suppress(FileNotFoundError):
            self._system.rm_file(target)
        self._system.mv(draft, target)

    def _measure_here(self, names: Iterable[str]) -> dict[str, int]:
        # File by file: a network file system may still list the folder as it was before others wrote to it.
        paths = {name: Path(self._path(name)) for name in names}
        return {name: path.stat().st_size for name, path in paths.items() if path.is_file()}

    def _measure_there(self, names: Iterable[str]) -> dict[str, int]:
        # A store answers a request for each file; one list of each folder is much faster.
        wanted = set(names)
        folders = {name.rpartition("/")[0] for name in wanted}
        sizes = {name: size for folder in folders for name, size in self._list_sizes(folder).items()}
        return {name: sizes[name] for name in wanted if name in sizes}

    def _list_sizes(self, folder: str) -> dict[str, int]:
        """The sizes of what lies in a folder below this one, in a store."""
        path = self._path(folder).rstrip("/")
        self._system.invalidate_cache(path)
        found = self._system.ls(path, detail=True) if self._system.exists(path) else []
        names = (str(one["name"]).rsplit("/", 1)[-1] for one in found)
        below = f"{folder}/" if folder else ""
        return {f"{below}{name}": int(one["size"] or 0) for name, one in zip(names, found, strict=True)}

    def _path(self, name: str) -> str:
        return f"{self._root.rstrip('/')}/{name}"

    def _cannot(self, verb: str, name: str, error: Exception) -> ExportError:
        return ExportError(f"Cannot {verb} {name or 'the folder'} in {self.address}: {error}.", _HINT)


def _write_stubbornly(path: Path, content: bytes) -> None:
    for last in (False,) * (_TRIES - 1) + (True,):
        try:
            return write_atomically(path, content)
        except ExportError as error:
            # An equal job in this folder, which has ended, may have taken our draft for a dead writer's.
            if last or not isinstance(error.__cause__, FileNotFoundError):
                raise


def _protocols(system: Any) -> tuple[str, ...]:
    return (system.protocol,) if isinstance(system.protocol, str) else tuple(system.protocol)
