"""Uploaded files of a page on disk for as long as they are read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.uploaded_file_manager import UploadedFile

from pages._server.services import get_actor
from pages._server.uploads import give_up, note_uploader
from pipeline.errors import DataError
from pipeline.workbench import uploads


def ask_file(place: DeltaGenerator | None, label: str, types: str | Sequence[str], **options: Any) -> Any:
    """A place for files, as `st.file_uploader` draws it; only where a page has one may its tab send any."""
    note_uploader()
    return (place or st).file_uploader(label, types, **options)


def forget_files(*files: UploadedFile | None) -> None:
    """Let go of files that have been used."""
    give_up(get_actor().name, [file.file_id for file in files if file is not None])


@contextmanager
def saved_uploads(
    table: UploadedFile | None, other: UploadedFile | None
) -> Iterator[tuple[Path, Path | None]]:
    """Paths of a table and of a file beside it until the end of the block; DataError without a table."""
    if table is None:
        raise DataError("No table was chosen.", "choose a CSV, Excel or Parquet file first.")
    # Streamlit keeps an upload between runs, and reading it once has moved to its end.
    for one in (table, other):
        if one is not None:
            one.seek(0)
    given = (other.name, other) if other is not None else None
    with uploads.saved_uploads((table.name, table), given) as (path, beside):
        yield cast(Path, path), beside


@contextmanager
def saved_files(files: Sequence[UploadedFile]) -> Iterator[list[Path]]:
    """Paths of any number of files until the end of the block, under their own names; DataError for none."""
    if not files:
        raise DataError("No file was chosen.", "choose CSV, Excel or Parquet files, or a ZIP of them, first.")
    for one in files:
        one.seek(0)
    with uploads.saved_uploads(*((one.name, one) for one in files)) as paths:
        yield [path for path in paths if path is not None]
