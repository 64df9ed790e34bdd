"""Text that a spreadsheet would take for a formula."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.exporters import CsvLayout, ExportFormat, export_table
from pipeline.exporters.columnar import encode_columns
from tests.unit.exporters.export_cases import PROVENANCE, export, open_sheet


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+A1",
        "-A1",
        "-1+A1",
        "+1+cmd|' /C calc'!A0",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "  =cmd|' /C calc'!A0",
        "\u00a0=1",
        "\ufeff=1",
        "＝1+1",
        "＋1",
        "－1",
        "＠SUM(A1)",
        "−A1",
    ],
)
def test_formula_gets_an_apostrophe_in_csv_only(text: str) -> None:
    table = pd.DataFrame({"first": ["x"], "note": [text]})
    assert export(table, ExportFormat.CSV).decode().split("\n", 1)[1].lstrip('x,"').startswith("'" + text[0])
    cell = open_sheet(export(table, ExportFormat.EXCEL))["B2"]
    assert cell.data_type == "s"
    assert cell.value == text
    assert json.loads(export(table, ExportFormat.JSON))[0]["note"] == text
    assert pq.read_table(io.BytesIO(export(table, ExportFormat.PARQUET)))["note"].to_pylist() == [text]


def test_formula_in_a_column_name_gets_an_apostrophe_in_csv_only() -> None:
    table = pd.DataFrame({"=1+1": [1]})
    assert export(table, ExportFormat.CSV) == b"'=1+1\n1\n"
    cell = open_sheet(export(table, ExportFormat.EXCEL))["A1"]
    assert (cell.value, cell.data_type) == ("=1+1", "s")


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("+A", "+A"),
        ("=B", "=B"),
        ("@home", "@home"),
        ("-33bp", "-33bp"),
        ("'+A", "'+A"),
        ("=SUM(A1)", "'=SUM(A1)"),
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
    ],
)
def test_what_stands_so_in_the_source_gets_one_only_for_a_call(text: str, written: str) -> None:
    layout = CsvLayout(as_is=frozenset({"rating"}))
    table = pd.DataFrame({"rating": [text], "handle": ["@new"]})
    content = f"rating,handle\n{written},'@new\n".encode()
    assert export_table(table, ExportFormat.CSV, PROVENANCE, layout) == content
    assert encode_columns(pa.Table.from_pandas(table), ExportFormat.CSV, layout) == content


@pytest.mark.parametrize(
    "text",
    [
        "a=1",
        "x-y",
        "me@example.com",
        "",
        "'quoted",
        "5",
        "A-",
        "+49 30 1234567",
        "-$1.50",
        "-995.90 EUR",
        "-",
    ],
)
def test_harmless_text_is_left_alone(text: str) -> None:
    table = pd.DataFrame({"a": [text], "b": ["x"]})
    assert export(table, ExportFormat.CSV).decode() == f"a,b\n{text},x\n"


@pytest.mark.parametrize("values", [[-5, 3], [-5.5, 3.0], [Decimal("-5.5"), Decimal(3)]])
def test_negative_number_in_a_numeric_column_stays_a_number(values: list[Any]) -> None:
    table = pd.DataFrame({"n": values})
    assert export(table, ExportFormat.CSV).decode().splitlines()[1] == str(values[0])
    assert open_sheet(export(table, ExportFormat.EXCEL))["A2"].value == float(values[0])


def test_digits_that_a_spreadsheet_takes_for_text_are_written_as_they_came() -> None:
    table = pd.DataFrame({"a": ['="391220"', '="00-A1"'], "b": ["x", "y"]})
    written = export(table, ExportFormat.CSV).decode()
    assert [row[0] for row in csv.reader(written.splitlines())] == ["a", '="391220"', '="00-A1"']
