"""Uploaded files on disk for as long as they are read."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from streamlit.runtime.uploaded_file_manager import UploadedFile

from pipeline.errors import DataError


@contextmanager
def saved_uploads(
    table: UploadedFile | None, metadata: UploadedFile | None
) -> Iterator[tuple[Path, Path | None]]:
    """Paths of the uploads, in a private folder that is gone after the block; DataError without a table."""
    if table is None:
        raise DataError("No table was chosen.", "choose a CSV, Excel or Parquet file first.")
    with tempfile.TemporaryDirectory(prefix="upload-") as folder:
        yield (
            _save(Path(folder) / "table", table),
            _save(Path(folder) / "metadata", metadata) if metadata else None,
        )


def _save(folder: Path, upload: UploadedFile) -> Path:
    folder.mkdir()
    # Only the last part of the name is taken: a browser may send any text as a file's name.
    file = folder / (Path(upload.name.replace("\\", "/")).name or "table")
    file.write_bytes(upload.getbuffer())
    return file
