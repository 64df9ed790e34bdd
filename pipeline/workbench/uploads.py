"""Uploaded files on disk for as long as they are read."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from pipeline.datasets.confined import attended, confined
from pipeline.datasets.leftovers import mark_as_ours

__all__ = ["Upload", "attended", "clean_name", "saved_uploads"]
_LONGEST_NAME = 100
_MOST_BYTES = 200
_UNSAFE = re.compile(r"[^\w .-]")

Upload = tuple[str | None, BinaryIO]
"""The name that a client gave to a file, and its content."""


@contextmanager
def saved_uploads(*uploads: Upload | None) -> Iterator[list[Path | None]]:
    """Paths of the uploads (None stays None), in a private folder that is gone after the block.

    What is read inside the block is read in a child process.
    """
    with tempfile.TemporaryDirectory(prefix=mark_as_ours("upload-")) as folder, confined():
        yield [
            _save(Path(folder) / str(number), upload) if upload else None
            for number, upload in enumerate(uploads)
        ]


def clean_name(name: str | None) -> str:
    """The last part of a file's name, letters of any language kept, without what is unsafe in a path."""
    last = (name or "").replace("\\", "/").rpartition("/")[2]
    safe = _UNSAFE.sub("_", last)[-_LONGEST_NAME:].encode()
    # File systems limit bytes, and a letter may have four.
    return safe[-_MOST_BYTES:].decode(errors="ignore").strip(". ") or "table"


def _save(folder: Path, upload: Upload) -> Path:
    name, content = upload
    folder.mkdir()
    path = folder / clean_name(name)
    with path.open("wb") as file:
        shutil.copyfileobj(content, file)
    return path
