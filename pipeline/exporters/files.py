"""A file is complete or it is not there."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import ExportError


def write_atomically(path: Path, content: bytes) -> None:
    """Write beside the target, flush to disk, rename; a file that was there stays until the rename.

    Raise ExportError when the folder does not exist or cannot be written, or when `path` is
    something other than a regular file. Nothing half-written remains.
    """
    write_together({path: content})


def write_together(files: Mapping[Path, bytes]) -> None:
    """Write several files: none is renamed into place before all of them are on disk."""
    for path in files:
        require_folder(path)
    # A short name of its own: the target's name with an addition could be too long for the file system.
    drafts = {path: path.parent / f".export-{secrets.token_hex(6)}.part" for path in files}
    try:
        for path, content in files.items():
            with _translate_errors(path):
                _write_to_disk(drafts[path], content)
        for path, draft in drafts.items():
            with _translate_errors(path):
                draft.replace(path)
    finally:
        for draft in drafts.values():
            draft.unlink(missing_ok=True)


def require_folder(path: Path) -> None:
    """Raise ExportError unless a file at `path` could be written: for asking before long work begins."""
    folder = path.parent
    with _translate_errors(path):
        if not folder.is_dir():
            raise ExportError(f"The folder {folder} does not exist.", "create it, or choose another one.")
        if not os.access(folder, os.W_OK | os.X_OK):
            raise ExportError(f"The folder {folder} is not writable.", "change its rights or choose another.")
        # Renaming onto a device would replace the device.
        if path.exists() and not path.is_file():
            raise ExportError(f"{path} is not a regular file.", "name a file, not a folder or a device.")


@contextmanager
def _translate_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ExportError(
            f"{path} cannot be written: {reason}.", "check its name, its rights and the free space."
        ) from error


def _write_to_disk(draft: Path, content: bytes) -> None:
    with draft.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
