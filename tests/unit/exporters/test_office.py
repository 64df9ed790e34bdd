"""Tables as Word documents and Excel sheets."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from docx import Document

from pipeline.errors import ExportError
from pipeline.exporters import ExportFormat, export_table, workbook
from tests.unit.exporters.export_cases import PROVENANCE, TEXTS, export, make_table, open_sheet, read_word

ROOT = Path(__file__).resolve().parents[3]
BEYOND_XML = "a\x00b\x0bc\x1fd\ufffee"


@pytest.mark.parametrize("fmt", [ExportFormat.EXCEL, ExportFormat.WORD])
def test_office_package_carries_no_clock_time(fmt: ExportFormat) -> None:
    with zipfile.ZipFile(io.BytesIO(export(make_table(), fmt))) as package:
        assert {entry.date_time for entry in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        core = package.read("docProps/core.xml").decode()
    assert core.count("2026-11-22T00:00:00Z") == 2


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
