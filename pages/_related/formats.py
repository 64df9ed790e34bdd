"""The files that several tables are downloaded as, in words."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

FORMATS: Mapping[str, str] = MappingProxyType(
    {
        "excel": "Workbook (Excel)",
        "csv": "ZIP of CSV files",
        "parquet": "ZIP of Parquet files",
        "sql": "SQL script",
    }
)
DIALECTS: Mapping[str, str] = MappingProxyType(
    {
        "sqlite": "SQLite",
        "postgresql": "PostgreSQL",
        "mysql": "MySQL, MariaDB",
        "mssql": "SQL Server",
        "oracle": "Oracle",
    }
)
