"""Every format read back by the library that others would use, and compared with the table."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from datetime import date, datetime, timezone
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from docx import Document

from pipeline.errors import ExportError
from pipeline.exporters import ExportFormat, Provenance, export_table, workbook

ROOT = Path(__file__).resolve().parents[2]
PROVENANCE = Provenance(
    "Employees & friends", "employee", 3, 7, date(2026, 11, 22), "3fa94c", "Invented <people>."
)
BEYOND_XML = "a\x00b\x0bc\x1fd\ufffee"


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


def read_csv(content: bytes) -> pd.DataFrame:
    return pd.read_csv(io.BytesIO(content), dtype=str, keep_default_na=False)


def open_sheet(content: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]


def read_word(content: bytes) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in Document(io.BytesIO(content)).tables[0].rows]


@pytest.mark.parametrize("fmt", ExportFormat)
def test_same_table_gives_same_bytes_at_another_time(
    fmt: ExportFormat, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = export(make_table(), fmt)

    later = SimpleNamespace(now=lambda tz=None: datetime(2099, 1, 1, tzinfo=tz))
    monkeypatch.setattr(time, "time", lambda: 4_070_908_800.0)
    monkeypatch.setattr("openpyxl.writer.excel.datetime", SimpleNamespace(datetime=later, timezone=timezone))
    assert export(make_table(), fmt) == first


@pytest.mark.parametrize("fmt", [ExportFormat.EXCEL, ExportFormat.WORD])
def test_office_package_carries_no_clock_time(fmt: ExportFormat) -> None:
    with zipfile.ZipFile(io.BytesIO(export(make_table(), fmt))) as package:
        assert {entry.date_time for entry in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        core = package.read("docProps/core.xml").decode()
    assert core.count("2026-11-22T00:00:00Z") == 2


@pytest.mark.parametrize("fmt", ExportFormat)
def test_index_of_the_table_does_not_matter(fmt: ExportFormat) -> None:
    indexed = make_table().set_index(pd.Index(["x", "y", "z"], name="key"))
    assert export(indexed, fmt) == export(make_table(), fmt)


def test_csv_reads_back_equal() -> None:
    content = export(make_table(), ExportFormat.CSV)
    found = read_csv(content)
    assert list(found.columns) == list(make_table().columns)
    assert found.iloc[:, :8].to_numpy().tolist() == TEXTS
    assert found["note"].tolist() == make_table()["note"].tolist()
    assert b"\r" not in content
    assert content.endswith(b"\n")


def test_csv_quotes_carriage_returns_and_keeps_a_lone_empty_cell() -> None:
    assert export(pd.DataFrame({"a": ["x\ry", None]}), ExportFormat.CSV) == b'a\n"x\ry"\n""\n'


def test_word_reads_back_equal() -> None:
    header, *rows = read_word(export(make_table(), ExportFormat.WORD))
    assert header == list(make_table().columns)
    assert [row[:8] for row in rows] == TEXTS
    assert [row[8] for row in rows] == make_table()["note"].tolist()


def test_word_has_heading_provenance_landscape_and_repeated_header() -> None:
    document = Document(io.BytesIO(export(make_table(), ExportFormat.WORD)))
    texts = [paragraph.text for paragraph in document.paragraphs]
    assert texts[:2] == ["Employees & friends", "Invented <people>."]
    assert "Dataset employee · 3 rows · seed 7 · as of 2026-11-22 · model 3fa94c" in texts[2]
    section, table = document.sections[0], document.tables[0]
    assert section.page_width > section.page_height
    assert 'w:instr="PAGE"' in section.footer._element.xml
    assert "<w:tblHeader/>" in table.rows[0]._tr.xml
    assert all("<w:cantSplit/>" in row._tr.xml for row in table.rows)
    usable = section.page_width - section.left_margin - section.right_margin
    assert 0.99 * usable <= sum(column.width for column in table.columns) <= usable


def test_word_columns_are_as_wide_as_their_longest_word() -> None:
    table = pd.DataFrame({"a": ["x"], "email": ["bartholomew.featherstonehaugh12345@example.com"]})
    columns = Document(io.BytesIO(export(table, ExportFormat.WORD))).tables[0].columns
    assert columns[1].width > 5 * columns[0].width


def test_word_shrinks_what_no_paper_can_hold_and_refuses_64_columns() -> None:
    table = pd.DataFrame({f"column_{number}": ["word" * 10] for number in range(64)})
    with pytest.raises(ExportError, match="64 columns, a Word table holds 63"):
        export(table, ExportFormat.WORD)
    document = Document(io.BytesIO(export(table.iloc[:, :63], ExportFormat.WORD)))
    assert sum(column.width.inches for column in document.tables[0].columns) == pytest.approx(16, abs=0.1)


def test_excel_reads_back_with_real_types() -> None:
    sheet = open_sheet(export(make_table(), ExportFormat.EXCEL))
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert rows[0] == [
        *("Zoë Nguyễn", "001-02-0003", "4111111111111111", 5, 1.5, True),
        *(datetime(1990, 1, 31), datetime(2026, 1, 2, 3, 4, 5), 'say "hi", <b>&amp;</b>'),
    ]
    assert rows[1][:7] == ["李 小龙 🐉", None, "0000000000000001", -5, None, False, None]
    assert [row[8] for row in rows] == make_table()["note"].tolist()
    formats = [cell.number_format for cell in sheet[2]]
    assert formats[:5] == ["@", "@", "@", "0", "General"]
    assert formats[6:8] == ["yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"]


def test_excel_sheet_has_header_style_frozen_row_filter_and_widths() -> None:
    sheet = open_sheet(export(make_table(), ExportFormat.EXCEL))
    assert sheet.title == "employee"
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == sheet.dimensions == "A1:I4"
    assert all(cell.font.bold and cell.fill.fgColor.rgb == "001F3864" for cell in sheet[1])
    assert not sheet["A2"].font.bold
    assert sheet.column_dimensions["C"].width > len("4111111111111111")


def test_excel_is_read_by_pandas_and_in_read_only_mode() -> None:
    content = export(make_table(), ExportFormat.EXCEL)
    found = pd.read_excel(io.BytesIO(content), dtype={"card": str})
    assert found["card"].tolist() == make_table()["card"].tolist()
    assert found["date_of_birth"].equals(make_table()["date_of_birth"])
    lazy = openpyxl.load_workbook(io.BytesIO(content), read_only=True).worksheets[0]
    assert (lazy.max_row, lazy.max_column) == (4, 9)


def test_excel_keeps_as_text_what_it_would_change() -> None:
    table = pd.DataFrame(
        {
            "big": [10**15, -(10**20)],
            "wide": [1.0, np.inf],
            "old": [date(1899, 12, 31), date(1900, 3, 1)],
        }
    ).astype({"big": object})
    sheet = open_sheet(export(table, ExportFormat.EXCEL))
    assert [[cell.value for cell in row] for row in sheet["A2:C3"]] == [
        ["1000000000000000", 1, "1899-12-31"],
        ["-100000000000000000000", "inf", datetime(1900, 3, 1)],
    ]


@pytest.mark.parametrize(
    ("dataset", "title"),
    [
        ("a/b:c[d]*?", "a_b_c_d___"),
        ("'quoted'", "quoted"),
        ("x" * 40, "x" * 31),
        ("History", "Data"),
        ("", "Data"),
    ],
)
def test_excel_sheet_name_is_one_that_excel_accepts(dataset: str, title: str) -> None:
    content = export_table(make_table(), ExportFormat.EXCEL, replace(PROVENANCE, dataset=dataset))
    assert open_sheet(content).title == title


def test_excel_refuses_what_a_sheet_cannot_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    table = pd.DataFrame({"note": ["fine", "x" * 32_768]})
    with pytest.raises(ExportError, match='Column "note", row 2: the text has 32,768 characters'):
        export(table, ExportFormat.EXCEL)
    monkeypatch.setattr(workbook, "MAX_ROWS", 1)
    with pytest.raises(ExportError, match="The table has 2 rows, an Excel sheet holds 1"):
        export(table, ExportFormat.EXCEL)


def test_excel_limit_of_rows_leaves_room_for_the_header() -> None:
    assert workbook.MAX_ROWS + 1 == 2**20


def test_json_reads_back_equal_with_one_record_to_a_line() -> None:
    content = export(make_table(), ExportFormat.JSON)
    records = json.loads(content)
    assert records[0] == {
        "name": "Zoë Nguyễn",
        "ssn": "001-02-0003",
        "card": "4111111111111111",
        "count": 5,
        "balance": 1.5,
        "active": True,
        "date_of_birth": "1990-01-31",
        "seen": "2026-01-02T03:04:05",
        "note": 'say "hi", <b>&amp;</b>',
    }
    assert [records[1][key] for key in ("ssn", "balance", "date_of_birth")] == ["", None, None]
    assert records[2]["name"] is None
    assert "李 小龙 🐉".encode() in content
    assert content.count(b"\n") == 5


def test_json_is_valid_for_infinite_numbers() -> None:
    assert export(pd.DataFrame({"a": [np.inf]}), ExportFormat.JSON) == b'[\n{"a": null}\n]\n'


def test_parquet_reads_back_with_fixed_types_and_provenance() -> None:
    table = pq.read_table(io.BytesIO(export(make_table(), ExportFormat.PARQUET)))
    assert table.schema.types == [
        *(pa.string(), pa.string(), pa.string(), pa.int64(), pa.float64(), pa.bool_()),
        *(pa.date32(), pa.timestamp("us"), pa.string()),
    ]
    assert table["name"].to_pylist() == ["Zoë Nguyễn", "李 小龙 🐉", None]
    assert table["ssn"].to_pylist()[1] == ""
    assert table["date_of_birth"].to_pylist() == [date(1990, 1, 31), None, date(1960, 12, 1)]
    assert table.schema.metadata[b"workbench.seed"] == b"7"
    assert table.column_names == list(make_table().columns)


def test_parquet_holds_huge_integers_as_text() -> None:
    table = pd.DataFrame({"id": pd.Series([2**63, None, -1], dtype=object)})
    found = pq.read_table(io.BytesIO(export(table, ExportFormat.PARQUET)))
    assert found["id"].to_pylist() == ["9223372036854775808", None, "-1"]


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
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
        "−1",
    ],
)
def test_formula_gets_an_apostrophe_in_csv_and_excel_only(text: str) -> None:
    table = pd.DataFrame({"first": ["x"], "note": [text]})
    assert export(table, ExportFormat.CSV).decode().split("\n", 1)[1].lstrip('x,"').startswith("'" + text[0])
    cell = open_sheet(export(table, ExportFormat.EXCEL))["B2"]
    assert (cell.value, cell.data_type) == ("'" + text, "s")
    assert json.loads(export(table, ExportFormat.JSON))[0]["note"] == text
    assert pq.read_table(io.BytesIO(export(table, ExportFormat.PARQUET)))["note"].to_pylist() == [text]


def test_formula_in_a_column_name_gets_an_apostrophe() -> None:
    table = pd.DataFrame({"=1+1": [1]})
    assert export(table, ExportFormat.CSV) == b"'=1+1\n1\n"
    assert open_sheet(export(table, ExportFormat.EXCEL))["A1"].value == "'=1+1"


@pytest.mark.parametrize("text", ["a=1", "x-y", "me@example.com", "", "'quoted", "5", "A-"])
def test_harmless_text_is_left_alone(text: str) -> None:
    table = pd.DataFrame({"a": [text], "b": ["x"]})
    assert export(table, ExportFormat.CSV).decode() == f"a,b\n{text},x\n"


@pytest.mark.parametrize("values", [[-5, 3], [-5.5, 3.0], [Decimal("-5.5"), Decimal(3)]])
def test_negative_number_in_a_numeric_column_stays_a_number(values: list[Any]) -> None:
    table = pd.DataFrame({"n": values})
    assert export(table, ExportFormat.CSV).decode().splitlines()[1] == str(values[0])
    assert open_sheet(export(table, ExportFormat.EXCEL))["A2"].value == float(values[0])


@pytest.mark.parametrize("fmt", [ExportFormat.EXCEL, ExportFormat.WORD])
def test_control_characters_are_removed_where_xml_cannot_hold_them(fmt: ExportFormat) -> None:
    table = pd.DataFrame({"a\x01b": [BEYOND_XML]})
    provenance = replace(PROVENANCE, title="T\x00", description="D\x02", dataset="d\x03", model="m\x04")
    content = export_table(table, fmt, provenance)
    if fmt is ExportFormat.WORD:
        assert read_word(content) == [["ab"], ["abcde"]]
    else:
        assert [cell.value for cell in open_sheet(content)["A"]] == ["ab", "abcde"]


def test_excel_keeps_a_carriage_return_and_word_shows_a_line_break() -> None:
    table = pd.DataFrame({"a": ["x\r\ny\rz"]})
    assert open_sheet(export(table, ExportFormat.EXCEL))["A2"].value == "x\r\ny\rz"
    assert read_word(export(table, ExportFormat.WORD))[1] == ["x\ny\nz"]


@pytest.mark.parametrize("fmt", ExportFormat)
def test_half_a_character_is_refused_with_one_sentence(fmt: ExportFormat) -> None:
    with pytest.raises(ExportError, match="half a character"):
        export(pd.DataFrame({"a": ["x\ud800y"]}), fmt)


def test_table_without_rows_keeps_its_header() -> None:
    empty = pd.DataFrame({"a": [1], "b": ["x"]}).head(0)
    assert export(empty, ExportFormat.CSV) == b"a,b\n"
    assert read_word(export(empty, ExportFormat.WORD)) == [["a", "b"]]
    assert [cell.value for cell in open_sheet(export(empty, ExportFormat.EXCEL))[1]] == ["a", "b"]
    assert export(empty, ExportFormat.JSON) == b"[]\n"
    schema = pq.read_table(io.BytesIO(export(empty, ExportFormat.PARQUET))).schema
    assert (schema.names, schema.types) == (["a", "b"], [pa.int64(), pa.string()])


def test_table_without_columns_or_with_a_name_twice_is_refused() -> None:
    with pytest.raises(ExportError, match="has no columns"):
        export(pd.DataFrame(index=[0, 1]), ExportFormat.CSV)
    with pytest.raises(ExportError, match='Column "a" appears more than once'):
        export(pd.DataFrame([[1, 2]], columns=["a", "a"]), ExportFormat.JSON)


@pytest.mark.parametrize(
    ("series", "expected"),
    [
        (pd.Series(["x", None, "y"], dtype="category"), ["x", "", "y"]),
        (pd.Series([1, 2, 1], dtype="category"), ["1", "2", "1"]),
        (pd.Series([1, None, -3], dtype="Int64"), ["1", "", "-3"]),
        (pd.Series([True, None, False], dtype="boolean"), ["True", "", "False"]),
        (pd.Series(["x", pd.NA, ""], dtype="string"), ["x", "", ""]),
        (pd.Series(["x", 1, 2.5], dtype=object), ["x", "1", "2.5"]),
        (pd.Series([None, None, np.nan], dtype=object), ["", "", ""]),
        (pd.Series([np.nan] * 3), ["", "", ""]),
        (pd.Series([pd.NaT] * 3), ["", "", ""]),
        (pd.Series(pd.to_datetime(["2026-01-02"] * 3, utc=True)), ["2026-01-02T00:00:00+00:00"] * 3),
        (pd.Series([date(2026, 1, 2), None, date(2026, 1, 3)]), ["2026-01-02", "", "2026-01-03"]),
        (
            pd.Series(pd.to_timedelta([1, 2, 3], unit="D")),
            ["1 days 00:00:00", "2 days 00:00:00", "3 days 00:00:00"],
        ),
        (pd.Series([0.1, 1e-7, 1e22]), ["0.1", "1e-07", "1e+22"]),
    ],
)
def test_every_dtype_has_a_text_and_passes_through_every_format(
    series: pd.Series, expected: list[str]
) -> None:
    table = pd.DataFrame({"key": ["k", "l", "m"], "value": series})
    assert read_csv(export(table, ExportFormat.CSV))["value"].tolist() == expected
    assert [row[1] for row in read_word(export(table, ExportFormat.WORD))[1:]] == expected
    assert len(json.loads(export(table, ExportFormat.JSON))) == 3
    assert pq.read_table(io.BytesIO(export(table, ExportFormat.PARQUET))).num_rows == 3
    assert open_sheet(export(table, ExportFormat.EXCEL)).dimensions == "A1:B4"


def test_layout_is_the_same_in_every_process() -> None:
    code = (
        "from pipeline.exporters.columns import Column, ColumnKind\n"
        "from pipeline.exporters.word_layout import compute_layout\n"
        "texts = [f'{number:b}'.zfill(8).replace('1', 'W').replace('0', 'i') for number in range(256)]\n"
        "print(compute_layout([Column('a', ColumnKind.TEXT, texts), Column('b', ColumnKind.TEXT, ['x'])]))"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(found) == 1
    assert "TableLayout" in found.pop()
