"""Awkward workbooks: each gives the right table or one clear sentence."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from openpyxl.chart import BarChart

from pipeline.datasets.reading import read_table
from pipeline.datasets.source import Import, ReadOptions
from pipeline.errors import DataError

HEADER = ["id", "colour", "price"]
ROWS = [[row, ("red", "blue")[row % 2], row + 0.5] for row in range(1, 31)]

Fill = Callable[[Any], None]


def _save(folder: Path, fill: Fill) -> Path:
    workbook = openpyxl.Workbook()
    fill(workbook)
    workbook.save(folder / "table.xlsx")
    return folder / "table.xlsx"


def _read(folder: Path, fill: Fill, **options: Any) -> Import:
    return read_table(_save(folder, fill), options=ReadOptions(**options))


def _append(sheet: Any, *rows: list[Any]) -> None:
    for row in rows:
        sheet.append(row)


def _plain(workbook: Any) -> None:
    _append(workbook.active, HEADER, *ROWS)


def _starts_at_c5(workbook: Any) -> None:
    for at, row in enumerate([HEADER, *ROWS], start=5):
        for place, cell in enumerate(row, start=3):
            workbook.active.cell(at, place, cell)


def _title_over_all(workbook: Any) -> None:
    _append(workbook.active, ["Stock of the branch", None, None], HEADER, *ROWS)
    workbook.active.merge_cells("A1:C1")


def _names_merged_downwards(workbook: Any) -> None:
    _append(workbook.active, ["id", "Stock", None], [None, "colour", "price"], *ROWS)
    workbook.active.merge_cells("A1:A2")
    workbook.active.merge_cells("B1:C1")


def _hidden_first(workbook: Any) -> None:
    _append(workbook.active, ["secret", "other"], *([[row, row] for row in range(500)]))
    workbook.active.sheet_state = "hidden"
    _append(workbook.create_sheet("Data"), HEADER, *ROWS)


def _chart_first(workbook: Any) -> None:
    _plain(workbook)
    workbook.create_chartsheet("Chart", 0).add_chart(BarChart())


def _blank_rows_inside_and_below(workbook: Any) -> None:
    _append(workbook.active, HEADER, *ROWS[:10], [None] * 3, *ROWS[10:])
    workbook.active.cell(4000, 1, " ")


def _notes_and_totals(workbook: Any) -> None:
    _append(workbook.active, HEADER, *ROWS, ["Grand total", None, 480.0], [], ["Source: the stock book"])


def _header_again(workbook: Any) -> None:
    _append(workbook.active, HEADER, *ROWS[:15], HEADER, *ROWS[15:])


def _wrong_dimensions(workbook: Any) -> None:
    _plain(workbook)
    workbook.active.column_dimensions["A"].width = 3


READ: dict[str, Fill] = {
    "plain": _plain,
    "a table that starts at C5": _starts_at_c5,
    "a merged title": _title_over_all,
    "a hidden sheet first": _hidden_first,
    "a chart first": _chart_first,
    "blank rows": _blank_rows_inside_and_below,
    "notes and totals": _notes_and_totals,
    "the header again": _header_again,
    "a column with a width": _wrong_dimensions,
}


@pytest.mark.parametrize("case", READ)
def test_awkward_workbooks_are_read(tmp_path: Path, case: str) -> None:
    cells = _read(tmp_path, READ[case]).cells
    assert list(cells.columns) == HEADER
    assert cells["id"].tolist() == list(range(1, 31))
    assert (cells["id"].dtype, cells["price"].dtype) == ("int64", "float64")
    assert cells["price"].sum() == 480.0


def test_names_merged_downwards_and_across_are_joined(tmp_path: Path) -> None:
    found = _read(tmp_path, _names_merged_downwards)
    assert list(found.cells.columns) == ["id", "Stock colour", "Stock price"]
    assert len(found.cells) == 30


def test_a_sheet_is_chosen_by_name_or_number(tmp_path: Path) -> None:
    def fill(workbook: Any) -> None:
        _plain(workbook)
        _append(workbook.create_sheet("small"), ["a", "b"], [1, 2], [3, 4])

    assert _read(tmp_path, fill).source.sheet == "Sheet"
    assert list(_read(tmp_path, fill, sheet="small").cells.columns) == ["a", "b"]
    assert list(_read(tmp_path, fill, sheet="2").cells.columns) == ["a", "b"]
    with pytest.raises(DataError, match='has no sheet "none"'):
        _read(tmp_path, fill, sheet="none")


def test_types_of_cells_are_kept(tmp_path: Path) -> None:
    def fill(workbook: Any) -> None:
        row = [
            True,
            1,
            1.5,
            "007",
            datetime(2024, 1, 31),
            datetime(2024, 1, 31, 10, 30),
            time(9, 5),
            timedelta(hours=27),
        ]
        _append(workbook.active, ["b", "n", "x", "t", "d", "m", "c", "s"], *[row] * 3)

    found = _read(tmp_path, fill)
    assert found.cells.iloc[0].tolist() == [
        True, 1, 1.5, "007", pd.Timestamp("2024-01-31"), pd.Timestamp("2024-01-31 10:30"),
        "09:05:00", "27:00:00",
    ]  # fmt: skip
    assert list(found.source.types.values()) == [
        "boolean", "number", "number", "text", "date", "datetime", "time", "duration",
    ]  # fmt: skip


def test_dates_beyond_pandas_and_mixed_cells_become_text(tmp_path: Path) -> None:
    def fill(workbook: Any) -> None:
        rows = [[date(2024, 1, row), row, row] for row in range(1, 10)]
        _append(workbook.active, ["until", "n", "v"], *rows, [date(9999, 12, 31), "#REF!", "n/a"])

    cells = _read(tmp_path, fill).cells
    assert cells["until"].iloc[[0, -1]].tolist() == ["2024-01-01", "9999-12-31"]
    assert cells["n"].iloc[[0, -1]].tolist() == ["1", "#REF!"]


def test_missing_cells_keep_whole_numbers_and_booleans(tmp_path: Path) -> None:
    def fill(workbook: Any) -> None:
        _append(
            workbook.active,
            ["n", "b", "k"],
            *[[row, row % 2 == 0, "x"] for row in range(5)],
            [None, None, "y"],
        )

    cells = _read(tmp_path, fill).cells
    assert (str(cells["n"].dtype), str(cells["b"].dtype)) == ("Int64", "boolean")
    assert cells["n"].isna().sum() == 1


def test_formulas_without_results_are_said(tmp_path: Path) -> None:
    def fill(workbook: Any) -> None:
        _append(
            workbook.active,
            [*HEADER, "twice"],
            *[[*row, f"=C{at}*2"] for at, row in enumerate(ROWS, start=2)],
        )

    found = _read(tmp_path, fill)
    assert found.cells["twice"].isna().all()
    assert found.findings == (
        "Formulas that were saved without their results were read as empty cells.",
        "Column 4 has no value in any row.",
    )


def test_a_second_table_below_is_left_out_and_said(tmp_path: Path) -> None:
    def fill(workbook: Any) -> None:
        _append(
            workbook.active, HEADER, *ROWS, [], ["area", "boss", "size"], ["North", "x", 1], ["South", "y", 2]
        )

    found = _read(tmp_path, fill)
    assert len(found.cells) == 30
    assert found.findings == ("A second table begins in row 33 of the sheet and was left out.",)


def test_a_sheet_without_a_header_gets_neutral_names(tmp_path: Path) -> None:
    found = _read(tmp_path, lambda workbook: _append(workbook.active, *ROWS))
    assert list(found.cells.columns) == ["column_1", "column_2", "column_3"]
    assert len(found.cells) == 30


@pytest.mark.parametrize(
    ("fill", "message"),
    [
        (lambda workbook: None, "no visible sheet contains a table"),
        (lambda workbook: _append(workbook.active, HEADER), "a header but no row of data"),
        (lambda workbook: _append(workbook.active, ["a", "a"], [1, 2], [3, 4]), 'two columns are called "a"'),
    ],
)
def test_workbooks_without_a_table_are_refused(tmp_path: Path, fill: Fill, message: str) -> None:
    with pytest.raises(DataError, match=message):
        _read(tmp_path, fill)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            b"\xd0\xcf\x11\xe0" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"),
            "is protected by a password",
        ),
        (
            b"\xd0\xcf\x11\xe0" + b"\0" * 600 + "Workbook".encode("utf-16-le"),
            r"is an old Excel workbook \(\.xls\)",
        ),
        (b"<html><table></table></html>", "is not a readable Excel workbook"),
        (b"PK\x03\x04 cut off", "is not a readable Excel workbook"),
    ],
)
def test_files_that_are_no_workbooks_are_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "table.xlsx"
    path.write_bytes(content)
    with pytest.raises(DataError, match=message):
        read_table(path)


def test_a_zip_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "table.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "no sheet")
    with pytest.raises(DataError, match="is not a readable Excel workbook"):
        read_table(path)


def test_cells_merged_over_several_rows_hold_their_value_in_each(tmp_path: Path) -> None:
    def fill(workbook: Any) -> None:
        sheet = workbook.active
        _append(
            sheet,
            ["id", "region", "price"],
            *([n, ("north", "south")[n > 15], n + 0.5] for n in range(1, 31)),
        )
        for first, last in ((2, 16), (17, 31)):
            sheet.merge_cells(start_row=first, end_row=last, start_column=2, end_column=2)

    found = _read(tmp_path, fill)
    assert found.cells["region"].tolist() == ["north"] * 15 + ["south"] * 15
    assert "28 cells that are merged with the one above were filled with its value." in found.findings


def test_a_header_that_is_merged_downwards_fills_no_cell(tmp_path: Path) -> None:
    def fill(workbook: Any) -> None:
        sheet = workbook.active
        _append(sheet, ["id", "sales", None], [None, "colour", "price"], *ROWS)
        sheet.merge_cells("A1:A2")
        sheet.merge_cells("B1:C1")

    found = _read(tmp_path, fill)
    assert not [finding for finding in found.findings if "merged" in finding]


FORMATS = [
    "00000",
    '#,##0.00 "€"',
    "0%",
    "dd.mm.yyyy",
    "[h]:mm",
    "hh:mm",
    "dd/mm/yyyy hh:mm",
    "[$$-409]#,##0.00",
]
SHOWN = ["no", "amount", "share", "born", "took", "at", "seen", "usd"]
"""Columns of a sheet that has these formats."""


def _shown(workbook: Any, first: int = 1) -> None:
    sheet = workbook.active
    sheet.title = "Export 2024"
    for at, name in enumerate([*SHOWN, "note", "plain"], start=1):
        sheet.cell(first, at, name)
    for row in range(1, 41):
        values = [
            row, row + 0.25, row / 100, date(2024, 1, 1) + timedelta(row), timedelta(hours=row),
            time(row % 24, 30), datetime(2024, 1, 1, 10) + timedelta(row), row * 1.5, "text", row + 0.5,
        ]  # fmt: skip
        for at, value in enumerate(values, start=1):
            cell = sheet.cell(first + row, at, value)
            cell.number_format = [*FORMATS, "0.00", "General"][at - 1]


def test_number_formats_and_sheet_of_a_workbook_are_kept(tmp_path: Path) -> None:
    source = _read(tmp_path, _shown).source
    assert source.sheet == "Export 2024"
    assert source.cell_formats == dict(zip(SHOWN, FORMATS, strict=True))
    assert type(source).from_dict(source.as_dict()) == source


def test_number_formats_are_those_of_the_cells_below_a_preamble(tmp_path: Path) -> None:
    def fill(workbook: Any) -> None:
        _shown(workbook, first=4)
        workbook.active["A1"] = 2024
        workbook.active["A1"].number_format = "0.000"

    assert _read(tmp_path, fill).source.cell_formats == dict(zip(SHOWN, FORMATS, strict=True))


def test_number_format_is_the_one_of_most_numbers_whatever_words_are_among_them(tmp_path: Path) -> None:
    def fill(workbook: Any) -> None:
        _append(workbook.active, HEADER, *ROWS)
        for row in range(2, 32):
            cell = workbook.active.cell(row, 3)
            cell.number_format = "0.0" if row < 8 else "0.00" if row < 20 else "General"
            cell.value = "k.A." if row >= 18 else cell.value

    assert _read(tmp_path, fill).source.cell_formats == {"price": "0.00"}


def test_workbook_without_formats_is_told_from_one_that_was_not_looked_at(tmp_path: Path) -> None:
    assert _read(tmp_path, _plain).source.as_dict()["cell_formats"] == {}
    table = tmp_path / "table.csv"
    table.write_text("a,b\n" + "1,x\n" * 30)
    assert "cell_formats" not in read_table(table).source.as_dict()


def test_damaged_number_formats_do_not_keep_a_workbook_from_being_read(tmp_path: Path) -> None:
    path = _save(tmp_path, _shown)
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    parts["xl/worksheets/sheet1.xml"] = parts["xl/worksheets/sheet1.xml"].replace(b' s="2"', b' s="99"')
    with zipfile.ZipFile(path, "w") as package:
        for name, content in parts.items():
            package.writestr(name, content)
    found = read_table(path)
    assert len(found.cells) == 40
    assert found.source.cell_formats == {}
