"""Several tables as files: a ZIP of CSVs, a workbook with a sheet each, Parquet; SQL is beside, in `sql`."""

from pipeline.exporters.related.files import (
    export_csv_files,
    export_parquet_files,
    export_tables_workbook,
    name_files,
    pack_tables,
    save_tables,
)

__all__ = [
    "export_csv_files",
    "export_parquet_files",
    "export_tables_workbook",
    "name_files",
    "pack_tables",
    "save_tables",
]
