"""A second place for parts of the state folder, behind any fsspec URL, for workers without that folder.

Each path is an object of its own, named by a small pointer that is written last, so that a reader sees the
old or the new one whole, on any kind of storage.
"""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pipeline.errors import ConfigError, StoreError


class Mirror:
    """Copies files and folders between the state folder `home` and `url`."""

    def __init__(self, url: str, home: Path) -> None:
        self._url, self._home = url, home

    def has(self, path: str) -> bool:
        """Whether something complete is there under `path`."""
        with _translated(path), self._open() as (files, root):
            return _read_pointer(files, root, path) is not None

    def push(self, path: str, stamp: str = "") -> None:
        """Copy `path` of the state folder there in place of what was there; `stamp` names this content."""
        stamp = stamp or secrets.token_hex(8)
        with _translated(path), self._open() as (files, root):
            earlier = _read_pointer(files, root, path)
            files.makedirs(f"{root}/{path}.objects", exist_ok=True)
            files.put(str(self._home / path), _name_object(root, path, stamp), recursive=True)
            files.pipe_file(f"{root}/{path}.pointer", stamp.encode())
            if earlier not in (None, stamp):
                files.rm(_name_object(root, path, str(earlier)), recursive=True)

    def pull(self, path: str, stamp: str = "") -> bool:
        """Copy `path` from there in place of what is here, unless that has the same stamp; say whether."""
        with _translated(path), self._open() as (files, root):
            found = _read_pointer(files, root, path)
            if found is None or found == stamp:
                return False
            self._fetch(files, _name_object(root, path, found), self._home / path)
            return True

    def remove(self, path: str) -> None:
        """Forget what is there under `path`; harmless where nothing is."""
        with _translated(path), self._open() as (files, root):
            if _read_pointer(files, root, path) is not None:
                files.rm(f"{root}/{path}.pointer")
                files.rm(f"{root}/{path}.objects", recursive=True)

    def _fetch(self, files: Any, source: str, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".pulling-", dir=target.parent) as folder:
            draft = Path(folder) / target.name
            files.get(source, str(draft), recursive=True)
            if target.is_dir():
                shutil.move(target, Path(folder) / "earlier")
            draft.rename(target)

    @contextmanager
    def _open(self) -> Iterator[tuple[Any, str]]:
        import fsspec

        try:
            yield fsspec.core.url_to_fs(self._url)
        except (ValueError, ImportError) as error:
            raise ConfigError(
                f"store.url cannot be used: {error}",
                "name a folder or an fsspec URL, and install its driver.",
            ) from error


def _read_pointer(files: Any, root: str, path: str) -> str | None:
    try:
        return str(files.cat_file(f"{root}/{path}.pointer").decode())
    except FileNotFoundError:
        return None


def _name_object(root: str, path: str, stamp: str) -> str:
    return f"{root}/{path}.objects/{stamp}"


@contextmanager
def _translated(path: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"The store (store.url) failed to read or write {path}: {error}.",
            "check that it can be reached, its rights and its free space.",
        ) from error
