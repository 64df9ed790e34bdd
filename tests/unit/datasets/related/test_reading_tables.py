from __future__ import annotations

import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from pipeline.datasets.related.reading import ReadTable, make_table_name, read_tables
from pipeline.datasets.source import ReadOptions
from pipeline.errors import DataError
from pipeline.settings import UploadLimits

CUSTOMERS = "id,name\n1,Ann\n2,Bob\n3,Cid\n"
ORDERS = "order_id;customer_id\n7;1\n8;\n9;3\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    target = tmp_path / "shop"
    target.mkdir()
    (target / "customers.csv").write_text(CUSTOMERS)
    (target / "orders.csv").write_text(ORDERS)
    return target


def _names(tables: tuple[ReadTable, ...]) -> list[str]:
    return [table.name for table in tables]


def _zip(path: Path, files: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


def test_files_of_several_kinds_are_read_as_text(folder: Path, tmp_path: Path) -> None:
    lines = tmp_path / "lines.parquet"
    pd.DataFrame({"order_id": [7, 7, 9], "price": [1.5, None, 2.0]}).to_parquet(lines)
    tables = read_tables([folder / "customers.csv", folder / "orders.csv", lines])
    assert _names(tables) == ["customers", "orders", "lines"]
    assert tables[1].cells["customer_id"].tolist() == ["1", None, "3"]
    assert tables[2].cells["order_id"].tolist() == ["7", "7", "9"]
    assert tables[2].cells["price"].tolist() == ["1.5", None, "2.0"]
    assert tables[1].source == {"file": "orders.csv", "separator": ";"}


def test_one_file_is_one_table(folder: Path) -> None:
    assert _names(read_tables([folder / "customers.csv"])) == ["customers"]


def test_a_folder_is_read_without_what_holds_no_table(folder: Path) -> None:
    (folder / "README.txt").write_text("Two tables of a shop.\n")
    (folder / "readme.md").write_text("# Shop\n")
    (folder / ".hidden.csv").write_text("x")
    (folder / "~$customers.xlsx").write_text("x")
    (folder / "older").mkdir()
    assert _names(read_tables([folder])) == ["customers", "orders"]


def test_a_folder_without_a_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="There is no table in"):
        read_tables([tmp_path])


def test_each_sheet_of_a_workbook_is_a_table(tmp_path: Path) -> None:
    path = tmp_path / "shop.xlsx"
    workbook = openpyxl.Workbook()
    notes = workbook.active
    notes.title = "About"
    notes.append(["This workbook holds the shop."])
    notes.append(["It was exported on Monday."])
    for title, rows in (("Kunden", [["id"], [1], [2]]), ("Order lines", [["id", "n"], [1, 2], [2, 3]])):
        sheet = workbook.create_sheet(title)
        for row in rows:
            sheet.append(row)
    workbook.create_sheet("Empty")
    workbook.save(path)
    tables = read_tables([path])
    assert _names(tables) == ["Kunden", "Order_lines"]
    assert tables[1].cells["n"].tolist() == ["2", "3"]
    assert _names(read_tables([path], options=ReadOptions(sheet="Kunden"))) == ["shop"]


def test_an_archive_is_read_with_its_folders(tmp_path: Path) -> None:
    files = {"export/customers.csv": CUSTOMERS, "export/orders.csv": ORDERS, "__MACOSX/._x.csv": "x"}
    path = _zip(tmp_path / "shop.zip", files | {"export/README.txt": "Hello.", "logo.png": "x"})
    assert _names(read_tables([path])) == ["customers", "orders"]


@pytest.mark.parametrize(
    "name", ["../evil.csv", "/etc/evil.csv", "a/../../evil.csv", "..\\evil.csv", "C:\\evil.csv"]
)
def test_a_path_that_leads_out_of_an_archive_is_refused(tmp_path: Path, name: str) -> None:
    path = _zip(tmp_path / "shop.zip", {"customers.csv": CUSTOMERS, name: "id\n1\n"})
    with pytest.raises(DataError, match="a path that leads out of it"):
        read_tables([path])
    assert not (tmp_path.parent / "evil.csv").exists()


def test_an_archive_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    path = _zip(tmp_path / "bomb.zip", {"a.csv": "id\n" + "1\n" * 600_000, "b.csv": "id\n" + "1\n" * 600_000})
    assert path.stat().st_size < 20_000
    with pytest.raises(DataError, match=r"bomb\.zip unpacks to 2 MB, above the limit of 1 MB"):
        read_tables([path], UploadLimits(size_mb=1))


def test_an_archive_of_too_many_files_is_refused(tmp_path: Path) -> None:
    path = _zip(tmp_path / "many.zip", {f"t{number}.csv": CUSTOMERS for number in range(201)})
    with pytest.raises(DataError, match="holds 201 files, above the limit of 200"):
        read_tables([path])


def test_a_damaged_archive_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "shop.zip"
    path.write_bytes(b"PK\x03\x04 not an archive")
    with pytest.raises(DataError, match=r"shop\.zip is not a readable ZIP archive"):
        read_tables([path])


def test_two_files_of_one_name_are_refused(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "Customers.csv"
    other.write_text(CUSTOMERS)
    with pytest.raises(DataError, match='Two tables are called "Customers"'):
        read_tables([folder, other])
    path = _zip(tmp_path / "shop.zip", {"a/customers.csv": CUSTOMERS, "b/customers.csv": CUSTOMERS})
    with pytest.raises(DataError, match=r'holds two files called "customers\.csv"'):
        read_tables([path])


def test_a_named_table_without_rows_is_refused(folder: Path) -> None:
    (folder / "lines.csv").write_text("order_id,price\n")
    with pytest.raises(DataError, match=r"lines\.csv: there is a header but no row"):
        read_tables([folder / "customers.csv", folder / "lines.csv"])
    assert {one.name: len(one.cells) for one in read_tables([folder])}["lines"] == 0


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("customers", "customers"),
        ("Order lines (2024)", "Order_lines_2024"),
        ("Bücher", "buecher"),
        ("v1.2", "v1_2"),
        ("***", "table"),
    ],
)
def test_names_of_tables_are_letters_digits_and_signs_between_them(text: str, name: str) -> None:
    assert make_table_name(text) == name


def test_a_sheet_of_several_that_was_asked_for_is_no_finding(tmp_path: Path) -> None:
    path = tmp_path / "shop.xlsx"
    with pd.ExcelWriter(path) as book:
        for name in ("orders", "lines"):
            pd.DataFrame({"order_id": [1, 2], "day": ["Mon", "Tue"]}).to_excel(
                book, sheet_name=name, index=False
            )
    assert [dict(one.source).get("findings") for one in read_tables([path])] == [None, None]
