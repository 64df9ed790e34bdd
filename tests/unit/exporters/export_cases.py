"""A table with every kind of column, exported and read again."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
from docx import Document

from pipeline.exporters import ExportFormat, Provenance, export_table

PROVENANCE = Provenance(
    "Employees & friends", "employee", 3, 7, date(2026, 11, 22), "3fa94c", "Invented <people>."
)


def make_table() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "name": ["Zoë Nguyễn", "李 小龙 🐉", None],
            "ssn": ["001-02-0003", "", "123-45-6789"],
            "card": ["4111111111111111", "0000000000000001", "378282246310005"],
            "count": [5, -5, 0],
            "balance": [1.5, np.nan, -0.25],
            "active": [True, False, True],
            "date_of_birth": pd.to_datetime(["1990-01-31", None, "1960-12-01"]),
            "seen": pd.to_datetime(["2026-01-02 03:04:05", "2026-01-02 00:00:00", None]),
            "note": ['say "hi", <b>&amp;</b>', "two\nlines\there", "  padded  "],
        }
    )


TEXTS = [
    [
        "Zoë Nguyễn",
        "001-02-0003",
        "4111111111111111",
        "5",
        "1.5",
        "True",
        "1990-01-31",
        "2026-01-02T03:04:05",
    ],
    ["李 小龙 🐉", "", "0000000000000001", "-5", "", "False", "", "2026-01-02T00:00:00"],
    ["", "123-45-6789", "378282246310005", "0", "-0.25", "True", "1960-12-01", ""],
]


def export(table: pd.DataFrame, fmt: ExportFormat) -> bytes:
    return export_table(table, fmt, PROVENANCE)


def open_sheet(content: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]


def read_word(content: bytes) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in Document(io.BytesIO(content)).tables[0].rows]
