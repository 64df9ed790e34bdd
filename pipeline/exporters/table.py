"""One entry point for all formats."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from pipeline.errors import ExportError
from pipeline.exporters.formats import ExportFormat
from pipeline.exporters.layout import PLAIN_LAYOUT, PLAIN_SHEET, CsvLayout, SheetLayout
from pipeline.exporters.provenance import Provenance

if TYPE_CHECKING:
    import pandas as pd


_NO_WORDS: Mapping[str, pd.Series] = MappingProxyType({})
_EXPORTERS: dict[ExportFormat, tuple[str, str]] = {
    ExportFormat.CSV: ("comma_separated", "export_csv"),
    ExportFormat.EXCEL: ("workbook", "export_excel"),
    ExportFormat.JSON: ("json_records", "export_json"),
    ExportFormat.WORD: ("document", "export_word"),
    ExportFormat.PARQUET: ("parquet", "export_parquet"),
}
"""Format → module of this package and function; each is loaded when a table is first written so."""


def export_table(
    table: pd.DataFrame,
    fmt: ExportFormat,
    provenance: Provenance,
    layout: CsvLayout = PLAIN_LAYOUT,
    types: Mapping[str, str] | None = None,
    words: Mapping[str, pd.Series] = _NO_WORDS,
    sheet: SheetLayout = PLAIN_SHEET,
) -> bytes:
    """Render a table, index left out, in a format; the same input gives the same bytes.

    `layout` is that of CSV, `types` are those of Parquet and `sheet` is that of Excel; none changes anything
    elsewhere. `words` are those among the values of columns, see `read_columns`; Parquet has no cells for
    them. Raise ExportError where the format cannot hold the table (too many rows or columns, a text too long,
    text that is not valid Unicode).
    """
    from pipeline.exporters.columns import read_columns

    columns = read_columns(table, words)
    try:
        options: dict[ExportFormat, dict[str, Any]] = {
            ExportFormat.CSV: {"layout": layout},
            ExportFormat.PARQUET: {"types": types},
            ExportFormat.EXCEL: {"sheet": sheet},
        }
        return _find_exporter(fmt)(columns, provenance, **options.get(fmt, {}))
    except UnicodeEncodeError as error:
        found = f"{error.object[error.start : error.end]!a}"
        raise ExportError(
            f"A text contains {found}, an unpaired surrogate, which cannot be encoded.",
            "remove it from the table.",
        ) from error


def _find_exporter(fmt: ExportFormat) -> Callable[..., bytes]:
    module, name = _EXPORTERS[fmt]
    exporter: Callable[..., bytes] = getattr(import_module(f"pipeline.exporters.{module}"), name)
    return exporter
