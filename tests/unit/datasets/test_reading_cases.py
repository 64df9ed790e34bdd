"""The case tables whose trouble is in the file: each is read as it is meant, and what was done is said."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from pipeline.datasets.catalog import Catalog
from pipeline.datasets.reading import preview_table, read_sibling, read_table
from pipeline.datasets.source import Import
from pipeline.errors import DataError
from pipeline.settings import UploadLimits

CASES = Path(__file__).resolve().parents[4] / "shared" / "cases"


def _path(name: str) -> Path:
    path = CASES / name
    if not path.exists():
        pytest.skip("the case tables are not available")
    return path


def _read(name: str) -> Import:
    return read_table(_path(name))


def test_no_header() -> None:
    found = _read("no_header.csv")
    assert list(found.cells.columns) == [f"column_{place}" for place in range(1, 6)]
    assert len(found.cells) == 1200
    assert found.cells.iloc[0].tolist() == ["94602579", "Marc Dubois", "2022-01-17", "155.69", "DEBIT"]
    assert found.source.as_dict() == {"header": "none"}
    assert found.findings == (
        "Nothing names the columns: they are called column_1 to column_5. "
        "If row 1 names them, say --header 1.",
    )


def test_preamble() -> None:
    found = _read("preamble.csv")
    assert list(found.cells.columns) == ["Txn No", "Date", "Type", "Amount", "Branch"]
    assert (len(found.cells), found.cells["Txn No"].iloc[0]) == (1200, "70001")
    assert found.source.as_dict() == {"header": 4}
    assert found.findings == ("2 lines were skipped above the header.",)


def test_sep_line() -> None:
    found = _read("sep_line.csv")
    assert list(found.cells.columns) == ["id", "amount", "type"]
    assert (len(found.cells), found.cells["id"].iloc[0]) == (600, "9000")
    assert found.source.as_dict() == {"separator": ";", "header": 2, "has_sep_line": True}


@pytest.mark.parametrize(
    ("name", "header", "columns", "finding"),
    [
        (
            "xlsx_title",
            3,
            ["Txn", "Date", "Amount", "Type", "Rate"],
            "One line was skipped above the header.",
        ),
        (
            "xlsx_merged",
            2,
            ["Booking Txn", "Booking Date", "Money Amount", "Money Type", "Money Rate"],
            "The header takes 2 rows, whose names were joined.",
        ),
        (
            "xlsx_cover",
            1,
            ["Txn", "Date", "Amount", "Type", "Rate"],
            "The table was read from sheet 2; 2 sheets hold something.",
        ),
    ],
)
def test_tables_in_workbooks(name: str, header: int, columns: list[str], finding: str) -> None:
    found = _read(f"{name}.xlsx")
    assert list(found.cells.columns) == columns
    assert found.cells.iloc[0].tolist() == [4001, pd.Timestamp("2022-03-17"), 30.14, "B", 0.1]
    assert (len(found.cells), found.source.header, found.findings) == (600, header, (finding,))


def test_other_sheets_that_may_hold_tables_are_named(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    sheets = (workbook.active, workbook.create_sheet("sales"), workbook.create_sheet("stores"))
    sheets[0].title = "Cover"
    sheets[0].append(["This workbook was exported on Monday."])
    for sheet, rows in ((sheets[1], 40), (sheets[2], 30)):
        sheet.append(["Date", "Amount"])
        for row in range(rows):
            sheet.append([f"2024-01-{row % 28 + 1:02d}", row + 0.5])
    path = tmp_path / "book.xlsx"
    workbook.save(path)
    found = read_table(path)
    assert found.findings[0] == (
        'The table was read from sheet 2; 3 sheets hold something. There may be tables in "stores" as well: '
        "name a sheet to read another, or save tables that belong together as files of their own and add "
        "these together."
    )


def test_totals_row() -> None:
    found = _read("totals_row.csv")
    assert len(found.cells) == 1200
    assert found.cells["Amount"].astype(float).max() == 23694.42
    assert found.findings == ("The last row holds totals and was left out.",)


def test_empty_column() -> None:
    found = _read("empty_column.csv")
    assert found.cells["comment"].isna().all()
    assert found.findings == ("Column 6 has no value in any row.",)


@pytest.mark.parametrize(
    ("name", "encoding", "column", "words"),
    [
        ("cp1250", "cp1250", "Miasto", {"Gdańsk", "Kraków", "Łódź"}),
        ("cp437", "cp850", "Ort", {"Düren", "Köln"}),
        ("utf16_nobom", "utf-16-le", "Miasto", {"Gdańsk", "Kraków", "Łódź"}),
        (
            "eu_decimals",
            "cp1252",
            "Buchungstext",
            {"Überweisung", "Kartenzahlung", "Lastschrift", "Gehalt", "Dauerauftrag"},
        ),
    ],
)
def test_encodings(name: str, encoding: str, column: str, words: set[str]) -> None:
    found = _read(f"{name}.csv")
    assert set(found.cells[column]) == words
    assert (found.source.encoding, found.source.separator) == (encoding, ";")
    assert found.findings[0].startswith("Read as ")


def test_awkward_text() -> None:
    cells = _read("awkward_text.csv").cells
    assert list(cells.columns) == ["Konto\nNummer", "Notiz 😀", "payload", "long", "betrag"]
    assert cells["Notiz 😀"].iloc[0] == 'Zeile eins\nZeile zwei "Zitat" 😀 0'
    assert cells["payload"].iloc[0] == '{"ch": "web", "n": 8}'


def test_xlsx_types() -> None:
    found = _read("xlsx_types.xlsx")
    assert found.cells.iloc[1].tolist() == [
        2, "06144", 21323, "04:37:00", "07:21:00", False, pd.Timestamp("2024-04-29"), 63,
    ]  # fmt: skip
    assert found.source.types == {
        "Txn": "number", "Text number": "text", "Zip": "number", "Time": "time", "Dur": "duration",
        "Bool": "boolean", "Date": "date", "Sum": "number",
    }  # fmt: skip
    assert found.findings == ("The last row holds totals and was left out.",)


def test_parquet_types() -> None:
    found = _read("parquet_types.parquet")
    first = found.cells.iloc[0]
    assert first[["id", "amount", "day", "ts_tz", "seg", "cnt", "time"]].tolist() == [
        7001, "472.41", "2024-03-13", "2023-09-02 10:17:30+05:30", "A", 5, "22:50:33",
    ]  # fmt: skip
    assert found.cells["flag"].isna().any()
    assert found.source.types["amount"] == "decimal128(18, 2)"
    assert found.source.types["ts_tz"] == "timestamp[ns, tz=Asia/Kolkata]"


def test_durations_and_far_dates_of_parquet() -> None:
    spans, far = _read("pq_duration.parquet"), _read("pq_9999.parquet")
    assert spans.cells["v"].iloc[0] == "09:20:00"
    assert spans.source.types["v"] == "duration[us]"
    assert far.cells["v"].iloc[:2].tolist() == ["2024-03-19", "9999-12-31"]
    assert far.source.types["v"] == "timestamp[us]"


def test_tiny20_is_refused_with_the_rows_that_are_needed(tmp_path: Path) -> None:
    catalog = Catalog(tmp_path / "datasets", UploadLimits())
    with pytest.raises(DataError, match=r"tiny20\.csv has 20 rows; at least 25 are needed"):
        catalog.add("tiny", [_path("tiny20.csv")])
    assert not (tmp_path / "datasets").exists()


@pytest.mark.parametrize(
    "name",
    [
        "no_header.csv", "preamble.csv", "sep_line.csv", "xlsx_title.xlsx", "xlsx_merged.xlsx",
        "xlsx_cover.xlsx", "totals_row.csv", "cp1250.csv", "cp437.csv", "utf16_nobom.csv",
        "awkward_text.csv", "xlsx_types.xlsx",
        "parquet_types.parquet", "pq_duration.parquet", "pq_9999.parquet", "eu_decimals.csv",
    ],
)  # fmt: skip
def test_an_extract_of_the_same_form_and_a_plain_copy_read_alike(name: str, tmp_path: Path) -> None:
    path = _path(name)
    found = read_table(path)
    columns = list(found.cells.columns)
    pd.testing.assert_frame_equal(read_sibling(path, found.source, columns), found.cells)
    copy = tmp_path / "copy.csv"
    found.cells.to_csv(copy, index=False)
    plain = read_sibling(copy, found.source, columns)
    assert list(plain.columns) == columns
    assert len(plain) == len(found.cells)


def test_preview_shows_first_rows_and_choices() -> None:
    found = preview_table(_path("cp1250.csv"))
    assert found.columns == ("Nazwa", "Miasto", "Kwota")
    assert found.rows[0] == ("oszczędności", "Gdańsk", "98.11")
    assert (len(found.rows), found.row_count) == (10, 600)
    assert "cp1252" in found.candidates["encoding"]
    assert preview_table(_path("xlsx_cover.xlsx")).candidates == {"sheet": ("Cover", "Data")}


_PLACES = ("north", "south", "east", "west")


@pytest.mark.parametrize(
    ("header", "columns"),
    [
        ("2021,2022,2023,2024", ["2021", "2022", "2023", "2024"]),
        ("2024,2022,2020,2018", ["2024", "2022", "2020", "2018"]),
        ("region,2015,2020,2025", ["region", "2015", "2020", "2025"]),
        ("2024-01,2024-02,2024-03,2024-04", ["2024-01", "2024-02", "2024-03", "2024-04"]),
        (
            "31.03.2024,30.06.2024,30.09.2024,31.12.2024",
            ["31.03.2024", "30.06.2024", "30.09.2024", "31.12.2024"],
        ),
        ("2024Q1,2024Q2,2024Q3,2024Q4", ["2024Q1", "2024Q2", "2024Q3", "2024Q4"]),
    ],
    ids=["years", "years down", "years beside a name", "months", "days", "quarters"],
)
def test_periods_above_other_numbers_are_a_header(tmp_path: Path, header: str, columns: list[str]) -> None:
    first = (lambda row: _PLACES[row % 4]) if header.startswith("region") else (lambda row: f"{row}.3")
    rows = [f"{first(row)},{row * 7 % 90}.6,{row * 3 % 80}.1,{row * 11 % 70}.9" for row in range(150)]
    path = tmp_path / "t.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    found = read_table(path)
    assert list(found.cells.columns) == columns
    assert len(found.cells) == 150
    assert found.findings == ()


@pytest.mark.parametrize(
    "record",
    ["2021,2019,2023,2020", "12.3,45.6,78.9,10.1", "1850,2022,2023,2024", "2021,2021,2021,2021"],
    ids=["years in no order", "numbers", "another number", "one year"],
)
def test_a_first_row_of_numbers_stays_a_record_and_the_option_is_named(tmp_path: Path, record: str) -> None:
    rows = [f"{row * 5 % 60}.3,{row * 7 % 90}.6,{row * 3 % 80}.1,{row * 11 % 70}.9" for row in range(150)]
    path = tmp_path / "t.csv"
    path.write_text("\n".join([record, *rows]) + "\n", encoding="utf-8")
    found = read_table(path)
    assert len(found.cells) == 151
    assert found.findings[0].endswith("column_1 to column_4. If row 1 names them, say --header 1.")


def test_rows_of_years_have_no_header(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("\n".join(f"{1990 + row % 20},{2010 + row % 7}" for row in range(100)), encoding="utf-8")
    assert len(read_table(path).cells) == 100
