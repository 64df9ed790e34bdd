"""The type of every column, the same in all parts whatever rows they happen to hold."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa

from pipeline.datasets.parsing import ISO_DATE, keeps_form, to_numbers
from pipeline.datasets.spec import ColumnSpec, DatasetSpec, ModelledType, Role
from pipeline.datasets.written import write_in_form, write_typed
from pipeline.errors import ExportError
from pipeline.evaluation.reference import Reference
from pipeline.exporters.columnar import encode_columns
from pipeline.exporters.formats import ExportFormat
from pipeline.generation.files import find_layout


def plan_schema(reference: Reference) -> pa.Schema:
    """Types from the dataset's description; of categories that are stored as numbers, from the raw column."""
    return plan_types(reference.spec, reference.raw)


def plan_types(spec: DatasetSpec, raw: pd.DataFrame) -> pa.Schema:
    """Types of the columns of a description; `raw` has the sample's."""
    births = {feature.column for feature in spec.features if feature.kind == "age"}
    return pa.schema(
        [
            (column.name, pa.date32() if column.name in births else _plan_type(column, raw))
            for column in spec.columns
        ]
    )


def to_arrow(table: pd.DataFrame, schema: pa.Schema) -> pa.Table:
    """The rows as Arrow columns of the planned types; ExportError where a value does not fit."""
    return pa.table([_to_array(table[field.name], field) for field in schema], schema=schema)


def to_checkable(table: pa.Table, rendered: pd.DataFrame) -> pd.DataFrame:
    """The same rows for validity rules: text as Arrow holds it, so that no rule converts it again."""
    columns = {
        field.name: (
            pd.Series(pd.arrays.ArrowExtensionArray(table[field.name]))
            if pa.types.is_string(field.type)
            else rendered[field.name]
        )
        for field in table.schema
    }
    return pd.DataFrame(columns, copy=False)


def encode_rows(spec: DatasetSpec, fmt: ExportFormat, rendered: pd.DataFrame, table: pa.Table) -> bytes:
    """The rows in the form of the source, or typed, as an export of a single table has them."""
    if fmt is ExportFormat.CSV:
        written = _replace(table, rendered, write_in_form(spec, rendered))
        return encode_columns(written, fmt, find_layout(spec))
    return encode_columns(_replace(table, rendered, write_typed(spec, rendered)), fmt)


def _replace(table: pa.Table, rendered: pd.DataFrame, written: pd.DataFrame) -> pa.Table:
    """The Arrow table with those columns that are written otherwise than they were rendered."""
    for place, name in enumerate(table.column_names):
        if written[name].dtype != rendered[name].dtype or not written[name].equals(rendered[name]):
            table = table.set_column(place, name, pa.array(written[name], from_pandas=True))
    return table


def _plan_type(column: ColumnSpec, raw: pd.DataFrame) -> pa.DataType:
    options = column.options
    if column.role is Role.IDENTITY:
        is_integer = options.get("template") == "integer" or options.get("integer", False)
        return pa.int64() if column.kind in ("key", "code") and is_integer else pa.string()
    if "odd_words" in options:
        return pa.string()
    if column.kind == ModelledType.NUMERICAL:
        return pa.int64() if options.get("decimals", 6) == 0 else pa.float64()
    if column.kind == ModelledType.DATETIME:
        pattern = options.get("format", ISO_DATE)
        dated = pa.date32() if pattern == ISO_DATE else pa.timestamp("us")
        return pa.string() if keeps_form(pattern) else dated
    return _plan_stored(column, raw) if options.get("stored_as") == "number" else pa.string()


def _plan_stored(column: ColumnSpec, raw: pd.DataFrame) -> pa.DataType:
    present = to_numbers(raw[column.name], f'Column "{column.name}"').dropna()
    return pa.int64() if (present % 1 == 0).all() else pa.float64()


def _read_text(values: pd.Series, kind: pa.DataType) -> pa.Array | None:
    """Numbers that are stored as text, as keys of a public table are; None where the values are none."""
    is_number = pa.types.is_integer(kind) or pa.types.is_floating(kind)
    if not is_number or pd.api.types.infer_dtype(values, skipna=True) != "string":
        return None
    return pa.array(values, type=pa.string(), from_pandas=True).cast(kind)


def _to_array(values: pd.Series, field: pa.Field) -> pa.Array:
    try:
        if pa.types.is_date32(field.type):
            return pa.array(values.to_numpy(dtype="datetime64[ns]").astype("datetime64[D]"), pa.date32())
        array = _read_text(values, field.type)
        if array is None:
            array = pa.array(values, type=field.type, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise ExportError(
            f'Column "{field.name}" holds a value that is no {field.type}: {error}.',
            "report this as a defect, with the dataset and the seed.",
        ) from error
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
