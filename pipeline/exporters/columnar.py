"""Parquet and CSV from whole Arrow columns, as the other exporters write them but not cell by cell."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipeline.datasets.formulas import neutralise_calls, neutralise_formulas
from pipeline.errors import ExportError
from pipeline.exporters.formats import ExportFormat
from pipeline.exporters.layout import PLAIN_LAYOUT, CsvLayout
from pipeline.exporters.text import safe_names

if TYPE_CHECKING:
    import pyarrow as pa

_MAY_BE_FORMULA = "\\A'*[^A-Za-z0-9(]"


def encode_columns(table: pa.Table, fmt: ExportFormat, layout: CsvLayout = PLAIN_LAYOUT) -> bytes:
    """A table of text, numbers, booleans and dates as the bytes of a file; the same table, the same bytes.

    ExportError for a format other than Parquet and CSV.
    """
    if fmt is ExportFormat.PARQUET:
        return _encode_parquet(table)
    if fmt is ExportFormat.CSV:
        return _encode_csv(table, layout)
    raise ExportError(f"{fmt} has no columnar form.", "choose parquet or csv.")


def _encode_parquet(table: pa.Table) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    target = pa.BufferOutputStream()
    pq.write_table(table, target, compression="snappy", version="2.6")
    content: bytes = target.getvalue().to_pybytes()
    return content


def _encode_csv(table: pa.Table, layout: CsvLayout) -> bytes:
    import pyarrow.compute as pc

    columns = [
        _to_cells(column.combine_chunks(), layout, name in layout.as_is)
        for name, column in zip(table.column_names, table.columns, strict=True)
    ]
    lines = pc.binary_join_element_wise(*columns, layout.separator)
    if len(columns) == 1:
        # A lone empty cell would be a blank line, which readers skip.
        lines = pc.if_else(pc.equal(lines, ""), '""', lines)
    lines = pc.binary_join_element_wise(lines, "", layout.line_end)
    # The texts of an Arrow array lie one behind the other, which is what a file is.
    body = b"" if not len(lines) else lines.buffers()[2].to_pybytes()[: _end_of(lines)]
    head = _write_head(table.column_names, layout)
    return head.encode() + body if layout.encoding == "utf-8" else layout.encode(head + body.decode())


def _write_head(names: list[str], layout: CsvLayout) -> str:
    import pyarrow as pa

    cells = _quote(pa.array(safe_names(names, layout.as_is), pa.string()), layout).to_pylist()
    mark = "\ufeff" if layout.has_bom and layout.encoding == "utf-8" else ""
    separator_line = f"sep={layout.separator}{layout.line_end}" if layout.has_separator_line else ""
    header = f"{layout.separator.join(cells)}{layout.line_end}" if layout.has_header else ""
    return mark + separator_line + header


def _to_cells(values: pa.Array, layout: CsvLayout, is_as_is: bool) -> pa.Array:
    """Cells as text, "" where missing, in quotes and with an apostrophe wherever `export_csv` puts them."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_string(values.type):
        return _quote(pc.fill_null(_spell(values), ""), layout)
    return _quote(_neutralise(pc.fill_null(values, ""), is_as_is), layout)


def _quote(texts: pa.Array, layout: CsvLayout) -> pa.Array:
    import pyarrow.compute as pc

    needs_quotes = pc.match_substring_regex(texts, f'[{re.escape(layout.separator)}"\r\n]')
    if layout.quotes_all:
        needs_quotes = pc.is_valid(texts)
    if not pc.any(needs_quotes).as_py():
        return texts
    doubled = pc.replace_substring(texts, '"', '""')
    return pc.if_else(needs_quotes, pc.binary_join_element_wise('"', doubled, '"', ""), texts)


def _spell(values: pa.Array) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_integer(values.type) or pa.types.is_date(values.type):
        return pc.cast(values, pa.string())
    # Python's own spelling of floats, booleans and moments is the one of the other exporters.
    plain = values.to_pylist()
    spelt = [
        None if value is None else value.isoformat() if hasattr(value, "isoformat") else str(value)
        for value in plain
    ]
    return pa.array(spelt, pa.string())


def _neutralise(texts: pa.Array, is_as_is: bool) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    is_suspect = pc.match_substring_regex(texts, _MAY_BE_FORMULA)
    if not pc.any(is_suspect).as_py():
        return texts
    neutralise = neutralise_calls if is_as_is else neutralise_formulas
    safe = neutralise(texts.filter(is_suspect).to_pylist())
    return pc.replace_with_mask(texts, is_suspect, pa.array(safe, pa.string()))


def _end_of(texts: pa.Array) -> int:
    import numpy as np

    offsets = np.frombuffer(texts.buffers()[1], dtype=np.int32)
    return int(offsets[len(texts)])
