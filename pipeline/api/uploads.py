"""Uploaded files on disk for as long as they are read."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fastapi import UploadFile

_LONGEST_NAME = 100
_UNSAFE = re.compile(r"[^A-Za-z0-9 ._-]")


@contextmanager
def saved_uploads(*uploads: UploadFile | None) -> Iterator[list[Path | None]]:
    """Paths of the uploads (None stays None), in a private folder that is gone after the block."""
    with tempfile.TemporaryDirectory(prefix="upload-") as folder:
        yield [
            _save(Path(folder) / str(number), upload) if upload else None
            for number, upload in enumerate(uploads)
        ]


def clean_name(name: str | None) -> str:
    """The last part of a file's name without anything that a file system or a message could trip over."""
    last = (name or "").replace("\\", "/").rpartition("/")[2]
    return _UNSAFE.sub("_", last)[-_LONGEST_NAME:].strip(". ") or "table"


def _save(folder: Path, upload: UploadFile) -> Path:
    folder.mkdir()
    path = folder / clean_name(upload.filename)
    with path.open("wb") as file:
        shutil.copyfileobj(upload.file, file)
    return path
