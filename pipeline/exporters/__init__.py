"""Tables → bytes: CSV, Excel, JSON, Word and Parquet, the same bytes for the same table and provenance."""

from pipeline.exporters.archive import pack_files
from pipeline.exporters.formats import (
    ExportFormat,
    check_column_count,
    choose_format,
    parse_format,
    require_folder,
    write_atomically,
    write_together,
)
from pipeline.exporters.layout import PLAIN_LAYOUT, CsvLayout
from pipeline.exporters.provenance import Provenance
from pipeline.exporters.table import export_table

__all__ = [
    "PLAIN_LAYOUT",
    "CsvLayout",
    "ExportFormat",
    "Provenance",
    "check_column_count",
    "choose_format",
    "export_table",
    "pack_files",
    "parse_format",
    "require_folder",
    "write_atomically",
    "write_together",
]
