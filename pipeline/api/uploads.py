"""Uploaded files on disk for as long as they are read."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

from fastapi import Form, UploadFile

from pipeline.datasets.source import ReadOptions, parse_header

_LONGEST_NAME = 100
_Word = Annotated[str | None, Form(max_length=64)]
_Words = Annotated[list[str] | None, Form(max_length=100)]
_UNSAFE = re.compile(r"[^A-Za-z0-9 ._-]")


@contextmanager
def saved_uploads(*uploads: UploadFile | None) -> Iterator[list[Path | None]]:
    """Paths of the uploads (None stays None), in a private folder that is gone after the block."""
    with tempfile.TemporaryDirectory(prefix="upload-") as folder:
        yield [
            _save(Path(folder) / str(number), upload) if upload else None
            for number, upload in enumerate(uploads)
        ]


def read_options(
    header: Annotated[
        str | None, Form(max_length=9, description="Row of the header, from 1 and after skip_rows, or none.")
    ] = None,
    skip_rows: Annotated[int | None, Form(ge=0, le=10**6)] = None,
    sheet: _Word = None,
    separator: _Word = None,
    encoding: _Word = None,
    decimal: _Word = None,
    day_first: Annotated[bool | None, Form()] = None,
    missing: _Words = None,
    public: _Words = None,
) -> ReadOptions:
    """How an uploaded file is read; what is absent or empty is guessed."""
    return ReadOptions(
        parse_header(header),
        skip_rows,
        sheet or None,
        separator or None,
        encoding or None,
        decimal or None,
        day_first,
        tuple(word for word in missing or () if word),
        tuple(name for name in public or () if name),
    )


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
