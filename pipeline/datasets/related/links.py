"""Which row of the parent each row refers to: `links/<table>.parquet`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from pipeline.datasets.stored_names import name_stored
from pipeline.datasets.workbooks import STUMBLES
from pipeline.errors import DataError

LINKS_FOLDER = "links"


def find_links_path(folder: Path, table: str) -> Path:
    """Where the links of a table are in the folder of its set."""
    return folder / LINKS_FOLDER / f"{name_stored(table)}.parquet"


def save_links(path: Path, links: Mapping[str, np.ndarray]) -> None:
    """Write positions (int64) by relation id; the same positions give the same bytes."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({name: rows.astype(np.int64) for name, rows in links.items()}), path)


def load_links(path: Path, relations: Sequence[str]) -> dict[str, np.ndarray]:
    """The positions by relation id; DataError for a file that is damaged or lacks a relation."""
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            table = file.read()
        return {name: table.column(name).to_numpy().astype(np.int64) for name in relations}
    except STUMBLES as error:
        raise DataError(
            f"The file {path} of a dataset cannot be read.", "register the tables again."
        ) from error
