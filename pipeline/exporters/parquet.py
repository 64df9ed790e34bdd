"""Parquet with one fixed type per kind of column and the provenance in the schema."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from pipeline.exporters.arrow_types import as_type
from pipeline.exporters.columns import Column, ColumnKind
from pipeline.exporters.provenance import Provenance

if TYPE_CHECKING:
    import pyarrow as pa

_INT64_LIMIT = 2**63


def export_parquet(
    columns: Sequence[Column], provenance: Provenance, types: Mapping[str, str] | None = None
) -> bytes:
    """Render a table as Parquet; whole numbers beyond 64 bits are text.

    `types` names the Arrow types of a source by column; a column with a value that its type cannot hold
    keeps the type of its kind.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = types or {}
    arrays = [_to_array(column) for column in columns]
    arrays = [
        as_type(array, types[column.name]) if column.name in types else array
        for array, column in zip(arrays, columns, strict=True)
    ]
    metadata = {f"workbench.{key}": str(value) for key, value in asdict(provenance).items()}
    table = pa.Table.from_arrays(arrays, names=[column.name for column in columns])
    target = pa.BufferOutputStream()
    pq.write_table(table.replace_schema_metadata(metadata), target, compression="snappy", version="2.6")
    content: bytes = target.getvalue().to_pybytes()
    return content


def _to_array(column: Column) -> pa.Array:
    import pyarrow as pa

    types = {
        ColumnKind.TEXT: pa.string(),
        ColumnKind.INTEGER: pa.int64(),
        ColumnKind.NUMBER: pa.float64(),
        ColumnKind.BOOLEAN: pa.bool_(),
        ColumnKind.DATE: pa.date32(),
        ColumnKind.DATETIME: pa.timestamp("us"),
        ColumnKind.TIME: pa.time64("us"),
        ColumnKind.DURATION: pa.duration("us"),
    }
    if column.kind is ColumnKind.INTEGER and not all(map(_fits_int64, column.values)):
        return pa.array([text or None for text in column.texts], pa.string())
    return pa.array(column.values, types[column.kind])


def _fits_int64(value: int | None) -> bool:
    return value is None or -_INT64_LIMIT <= value < _INT64_LIMIT
