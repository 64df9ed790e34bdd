"""One door for all formats."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from pipeline.errors import ExportError
from pipeline.exporters.columns import Column, read_columns
from pipeline.exporters.comma_separated import export_csv
from pipeline.exporters.document import export_word
from pipeline.exporters.formats import ExportFormat
from pipeline.exporters.json_records import export_json
from pipeline.exporters.layout import PLAIN_LAYOUT, CsvLayout
from pipeline.exporters.parquet import export_parquet
from pipeline.exporters.provenance import Provenance
from pipeline.exporters.workbook import export_excel

if TYPE_CHECKING:
    import pandas as pd

_EXPORTERS: dict[ExportFormat, Callable[[Sequence[Column], Provenance], bytes]] = {
    ExportFormat.EXCEL: export_excel,
    ExportFormat.JSON: export_json,
    ExportFormat.WORD: export_word,
    ExportFormat.PARQUET: export_parquet,
}


def export_table(
    table: pd.DataFrame, fmt: ExportFormat, provenance: Provenance, layout: CsvLayout = PLAIN_LAYOUT
) -> bytes:
    """Render a table, index left out, in a format; the same input gives the same bytes.

    `layout` is that of CSV and changes nothing elsewhere. Raise ExportError where the format cannot hold
    the table (too many rows or columns, a text too long, text that is not valid Unicode).
    """
    columns = read_columns(table)
    try:
        if fmt is ExportFormat.CSV:
            return export_csv(columns, provenance, layout)
        return _EXPORTERS[fmt](columns, provenance)
    except UnicodeEncodeError as error:
        found = f"{error.object[error.start : error.end]!a}"
        raise ExportError(
            f"A text holds {found}, half a character, which no file can hold.", "clean the text of the table."
        ) from error
