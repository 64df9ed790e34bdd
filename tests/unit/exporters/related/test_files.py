"""Several tables as files."""

from __future__ import annotations

import io
import zipfile
from decimal import Decimal

import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest

from pipeline.datasets.related.schema import RelatedSchema, RelatedTable, SqlType
from pipeline.errors import ExportError
from pipeline.exporters.layout import SheetLayout
from pipeline.exporters.related import (
    export_csv_files,
    export_parquet_files,
    export_tables_workbook,
    name_files,
    pack_tables,
    save_tables,
)
from tests.unit.exporters.export_cases import PROVENANCE

TYPES = {
    "id": SqlType("INTEGER"),
    "amount": SqlType("NUMERIC", precision=20, scale=2),
    "is_paid": SqlType("BOOLEAN"),
    "day": SqlType("DATE"),
    "at": SqlType("TIMESTAMP"),
}
BILLS = RelatedTable("Bills", ("id", "amount", "is_paid", "day", "at", "note"), ("id",), types=TYPES)
SCHEMA = RelatedSchema(
    "bank", "Bank", "", PROVENANCE.as_of, (BILLS, RelatedTable("bills", ("x",)), RelatedTable("a/b", ("y",)))
)
TABLES = {
    "bills": pd.DataFrame({"x": ["=HYPERLINK(1)"]}),
    "Bills": pd.DataFrame(
        {
            "note": ["=1+1", None],
            "id": ["7", "8"],
            "amount": ["1234567890123456.70", "-0.05"],
            "is_paid": ["True", None],
            "day": ["2024-01-31", None],
            "at": ["2024-01-31 10:30:00", "2024-01-31 10:30:00"],
        },
        dtype=object,
    ),
    "a/b": pd.DataFrame({"y": []}),
}


def test_a_zip_holds_a_csv_of_each_table_with_the_guard_against_formulas():
    files = export_csv_files(SCHEMA, TABLES, PROVENANCE)
    content = pack_tables(files)
    assert content == pack_tables(export_csv_files(SCHEMA, TABLES, PROVENANCE))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.namelist() == ["Bills.csv", "bills_2.csv", "a_b.csv"]
        assert archive.read("bills_2.csv") == b"x\n'=HYPERLINK(1)\n"
        assert archive.read("Bills.csv").decode().splitlines() == [
            "id,amount,is_paid,day,at,note",
            "7,1234567890123456.70,True,2024-01-31,2024-01-31 10:30:00,'=1+1",
            "8,-0.05,,,2024-01-31 10:30:00,",
        ]


def test_a_table_is_written_in_the_form_of_its_source_where_one_is_given():
    files = export_csv_files(SCHEMA, TABLES, PROVENANCE, lambda name, frame: f"{name};{len(frame)}".encode())
    assert files == {"Bills.csv": b"Bills;2", "bills_2.csv": b"bills;1", "a_b.csv": b"a/b;0"}


def test_a_workbook_has_a_sheet_for_each_table_with_values_of_their_types():
    content = export_tables_workbook(SCHEMA, TABLES, PROVENANCE)
    assert content == export_tables_workbook(SCHEMA, TABLES, PROVENANCE)
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert book.sheetnames == ["Bills", "bills (2)", "a_b"]
    rows = [[cell.value for cell in row] for row in book["Bills"].iter_rows()]
    assert rows[0] == ["id", "amount", "is_paid", "day", "at", "note"]
    assert rows[1][:3] == [7, "1234567890123456.70", True]
    assert (rows[1][3].isoformat(), rows[1][4].isoformat()) == ("2024-01-31T00:00:00", "2024-01-31T10:30:00")
    assert [book["Bills"]["F2"].value, book["Bills"]["F2"].data_type] == ["=1+1", "s"]
    assert book["a_b"].max_row == 1


def test_words_among_values_of_a_table_are_text_in_its_sheet():
    schema = RelatedSchema("s", "S", "", PROVENANCE.as_of, (RelatedTable("t", ("x", "y")),))
    tables = {"t": pd.DataFrame({"x": [1.5, None], "y": [1, 2]})}
    words = {"t": {"x": pd.Series([None, "open"], dtype=object)}}
    book = openpyxl.load_workbook(io.BytesIO(export_tables_workbook(schema, tables, PROVENANCE, words)))
    assert [[cell.value for cell in row] for row in book["t"].iter_rows(min_row=2)] == [[1.5, 1], ["open", 2]]


def test_sheets_have_the_titles_and_formats_of_their_sources():
    tables = tuple(RelatedTable(name, ("x",)) for name in ("a", "b"))
    schema = RelatedSchema("s", "S", "", PROVENANCE.as_of, tables)
    frames = {name: pd.DataFrame({"x": [7]}) for name in ("a", "b")}
    layouts = {"a": SheetLayout("B", {"x": "00000"})}
    book = openpyxl.load_workbook(
        io.BytesIO(export_tables_workbook(schema, frames, PROVENANCE, layouts=layouts))
    )
    assert book.sheetnames == ["B", "b (2)"]
    assert [sheet["A2"].number_format for sheet in book] == ["00000", "0"]


def test_long_names_of_sheets_stay_apart():
    names = ["a" * 40, "A" * 35, "a" * 31]
    tables = tuple(RelatedTable(name, ("x",)) for name in names)
    schema = RelatedSchema("s", "S", "", PROVENANCE.as_of, tables)
    content = export_tables_workbook(schema, {name: pd.DataFrame({"x": [1]}) for name in names}, PROVENANCE)
    titles = openpyxl.load_workbook(io.BytesIO(content)).sheetnames
    assert titles == ["a" * 31, "A" * 27 + " (2)", "a" * 27 + " (3)"]


def test_parquet_has_the_types_of_the_database_and_every_digit():
    files = export_parquet_files(SCHEMA, TABLES, PROVENANCE)
    assert files == export_parquet_files(SCHEMA, TABLES, PROVENANCE)
    table = pq.read_table(io.BytesIO(files["Bills.parquet"]))
    assert [str(field.type) for field in table.schema] == [
        "int32",
        "decimal128(20, 2)",
        "bool",
        "date32[day]",
        "timestamp[us]",
        "string",
    ]
    assert table["amount"].to_pylist() == [Decimal("1234567890123456.70"), Decimal("-0.05")]
    assert pq.read_table(io.BytesIO(files["a_b.parquet"])).num_rows == 0


def test_files_are_saved_together_in_a_new_folder(tmp_path):
    paths = save_tables(tmp_path / "new" / "bank", {"a.csv": b"1", "b.csv": b"2"})
    assert [path.read_bytes() for path in paths] == [b"1", b"2"]
    (tmp_path / "file").write_text("x")
    with pytest.raises(ExportError, match="cannot be made"):
        save_tables(tmp_path / "file", {"a.csv": b"1"})


def test_names_of_files_suit_every_file_system():
    found = name_files(["con", 'a:"b', "..", "x" * 200, "ok"], ".csv")
    assert list(found.values()) == ["_con.csv", "a__b.csv", "table.csv", f"{'x' * 100}.csv", "ok.csv"]


def test_a_table_without_a_column_is_refused():
    with pytest.raises(ExportError, match='Table "bills" has no column "x"'):
        export_csv_files(SCHEMA, {**TABLES, "bills": pd.DataFrame({"z": [1]})}, PROVENANCE)
