"""Parquet files: what only they can hold becomes what other files hold, and the types are remembered."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pipeline.datasets.delimited import SAVE_HINT
from pipeline.datasets.moments import format_duration, write_moments
from pipeline.datasets.source import SourceFormat
from pipeline.datasets.workbooks import STUMBLES
from pipeline.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

_NAMELESS_INDEX = re.compile(r"__index_level_\d+__")
_MOST_TEXT_BYTES = 2**30
_NANOSECONDS = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}
_PANDAS = {
    "int8": "Int8", "int16": "Int16", "int32": "Int32", "int64": "Int64", "uint8": "UInt8",
    "uint16": "UInt16", "uint32": "UInt32", "uint64": "UInt64", "bool": "boolean",
    "float": "Float32", "double": "Float64",
}  # fmt: skip


def read_columns(path: Path) -> tuple[pd.DataFrame, SourceFormat]:
    """The columns of a Parquet file, an index of pandas first, and the types that they had.

    Numbers, booleans and moments of a second keep their types; decimals, days, times, lengths of time,
    moments with a zone, with fractions of a second or beyond the range of pandas, bytes and nested values
    become text. Raises DataError for a damaged file and for bytes that are no text.
    """
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            schema = file.schema_arrow
        # Texts that repeat are then objects that repeat: a small file could fill the memory otherwise.
        words = [field.name for field in schema if _is_text(field.type)]
        with pq.ParquetFile(path, read_dictionary=words) as file:
            table = _order_columns(file.read())
        _require_short(table, path.name)
    except STUMBLES as error:
        raise DataError(f"{path.name} is not a readable Parquet file.", SAVE_HINT) from error
    cells = [
        _read_column(table.column(place), name, path.name) for place, name in enumerate(table.column_names)
    ]
    types = {name: str(schema.field(name).type) for name in table.column_names}
    frame = pd.DataFrame(dict(enumerate(cells)), index=pd.RangeIndex(table.num_rows))
    frame.columns = pd.Index(table.column_names)
    return frame, SourceFormat(kind="parquet", types=types)


def _order_columns(table: pa.Table) -> pa.Table:
    """The index that pandas stored in front, as it would come back; one without a name left out."""
    stored = (table.schema.pandas_metadata or {}).get("index_columns", [])
    index = [name for name in stored if isinstance(name, str) and name in table.column_names]
    named = [name for name in index if not _NAMELESS_INDEX.fullmatch(name)]
    if not any(index):
        return table
    return table.select([*named, *(name for name in table.column_names if name not in index)])


def _read_column(column: pa.ChunkedArray, name: str, file: str) -> pd.Series:
    import pyarrow.types as kinds

    if kinds.is_dictionary(column.type):
        if _is_text(column.type.value_type):
            return _share_words(column)
        column = column.cast(column.type.value_type)
    if kinds.is_float16(column.type):
        column = column.cast("float32")  # pandas has no index of 16 bits
    kind = column.type
    if str(kind) in _PANDAS:
        return column.to_pandas(types_mapper={kind: pd.api.types.pandas_dtype(_PANDAS[str(kind)])}.get)
    if kinds.is_timestamp(kind):
        return _read_moments(column)
    return pd.Series(_find_writer(kind, name, file)(column), dtype=object)


def _is_text(kind: pa.DataType) -> bool:
    import pyarrow.types as kinds

    return bool(kinds.is_string(kind) or kinds.is_large_string(kind))


def _share_words(column: pa.ChunkedArray) -> pd.Series:
    """A column of words as text, the rows of one word with one object."""
    parts = []
    for chunk in column.chunks:
        words = np.array([*map(_as_cell, chunk.dictionary.to_pylist()), None], dtype=object)
        parts.append(words[chunk.indices.fill_null(len(words) - 1).to_numpy(zero_copy_only=False)])
    return pd.Series(np.concatenate(parts) if parts else [], dtype=object)


def _require_short(table: pa.Table, file: str) -> None:
    """Raise DataError for words that are longer, each as often as it stands there, than any file may be."""
    import pyarrow.compute as pc
    import pyarrow.types as kinds

    total = 0
    for column in table.columns:
        if kinds.is_dictionary(column.type) and _is_text(column.type.value_type):
            for chunk in column.chunks:
                lengths = pc.take(pc.binary_length(chunk.dictionary), chunk.indices).cast("int64")
                total += pc.sum(lengths).as_py() or 0
    if total > _MOST_TEXT_BYTES:
        raise DataError(
            f"{file}: its texts have {total / 2**20:,.0f} MB when each is written out.",
            "shorten them, or use a sample of its rows.",
        )


def _find_writer(kind: pa.DataType, name: str, file: str) -> Callable[[Any], list[str | None]]:
    """How a column of a type that becomes text is written."""
    import pyarrow.types as kinds

    if kinds.is_date(kind):
        return lambda column: write_moments(column.to_pylist(), is_day=True)
    if kinds.is_time(kind):
        clock = _without_nanoseconds(kind)
        return lambda column: write_moments(column.cast(clock).to_pylist(), has_seconds=False)
    if kinds.is_duration(kind):
        return lambda column: _write_durations(column, _NANOSECONDS[kind.unit])
    if kinds.is_binary(kind) or kinds.is_large_binary(kind) or kinds.is_fixed_size_binary(kind):
        return lambda column: _decode_cells(column, name, file)
    return lambda column: [_as_cell(cell) for cell in column.to_pylist()]


def _without_nanoseconds(kind: pa.DataType) -> pa.DataType:
    import pyarrow as pa

    return pa.time64("us") if str(kind) == "time64[ns]" else kind


def _read_moments(column: pa.ChunkedArray) -> pd.Series:
    """Moments as datetime64[ns] where nothing is lost by that and `%Y-%m-%d %H:%M:%S`, as text otherwise."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if column.type.tz is None:
        try:
            fine = column.cast(pa.timestamp("ns"))
            if pc.all(pc.equal(fine, pc.floor_temporal(fine, unit="second"))).as_py() is not False:
                return fine.to_pandas()
        except pa.ArrowInvalid:
            pass  # beyond the range of pandas: as text below
    return pd.Series(_write_far_moments(column), dtype=object)


def _write_far_moments(column: pa.ChunkedArray) -> list[str | None]:
    import pyarrow as pa

    if column.type.unit == "ns":
        column = column.cast(pa.timestamp("us", column.type.tz), safe=False)
    cells = [_as_moment(cell) for cell in column.cast(pa.timestamp(column.type.unit, column.type.tz))]
    is_day = all(cell is None or (cell.tzinfo is None and not any(cell.timetuple()[3:6])) for cell in cells)
    return write_moments(cells, is_day=is_day, has_seconds=column.type.tz is None)


def _as_moment(scalar: Any) -> datetime | None:
    """A scalar as Python's datetime; None for a year that not even a calendar of four digits has."""
    try:
        return scalar.as_py()
    except (ValueError, OverflowError):
        return None


def _write_durations(column: pa.ChunkedArray, factor: int) -> list[str | None]:
    return [
        None if cell is None else format_duration(cell * factor) for cell in column.cast("int64").to_pylist()
    ]


def _decode_cells(column: pa.ChunkedArray, name: str, file: str) -> list[str | None]:
    try:
        return [_as_cell(None if cell is None else cell.decode()) for cell in column.to_pylist()]
    except UnicodeDecodeError as error:
        raise DataError(
            f'{file}: column "{name}" contains bytes that are not valid UTF-8.',
            "write the column as text, or remove it.",
        ) from error


def _as_cell(cell: object) -> str | None:
    """Text, blank text missing as in CSV; nested values as JSON."""
    if cell is None:
        return None
    if isinstance(cell, Mapping | list | tuple):
        return json.dumps(cell, ensure_ascii=False, default=_as_json)
    text = str(cell)
    return text if text.strip() else None


def _as_json(value: object) -> object:
    if isinstance(value, timedelta):
        return format_duration(value // timedelta(microseconds=1) * 1000)
    return value.isoformat() if isinstance(value, date) else str(value)
