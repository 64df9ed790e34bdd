"""Generated tables as files in the form, the layout and the types of their source."""

from __future__ import annotations

import io
import json
from datetime import date, datetime, time, timedelta
from pathlib import Path

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.datasets.reading import read_table
from pipeline.datasets.spec import ColumnSpec, DatasetSpec, Role
from pipeline.exporters import ExportFormat, Provenance
from pipeline.exporters.arrow_types import as_type
from pipeline.generation.files import write_file

PROVENANCE = Provenance("T", "t", 2, 0, date(2026, 1, 31), "m")
MONEY = {"kind": "number", "decimal": ",", "grouping": ".", "decimals": 2}


def make_spec(*columns: ColumnSpec, **source: object) -> DatasetSpec:
    return DatasetSpec("t", "T", "", "t", date(2026, 1, 31), columns, source=source)


AMOUNT = ColumnSpec("amount", Role.MODELLED, "numerical", form=MONEY)
TIME = ColumnSpec("at", Role.MODELLED, "numerical", form={"kind": "time"})
PASSPORT = ColumnSpec("passport", Role.IDENTITY, "code", options={"missing_word": "none"})
TABLE = pd.DataFrame({"amount": [1234.5, None], "at": [3661, 59], "passport": ["C1", None]})


def test_csv_has_the_form_and_the_layout_of_the_source():
    spec = make_spec(AMOUNT, TIME, PASSPORT, separator=";", encoding="cp1252", line_end="\r\n")
    content = write_file(spec, TABLE, ExportFormat.CSV, PROVENANCE)
    assert content == b"amount;at;passport\r\n1.234,50;01:01:01;C1\r\n;00:00:59;none\r\n"


def test_plain_csv_has_plain_cells_and_commas():
    spec = make_spec(AMOUNT, separator=";")
    content = write_file(spec, TABLE[["amount"]], ExportFormat.CSV, PROVENANCE, is_plain=True)
    assert content == b'amount\n1234.5\n""\n'


def test_excel_holds_numbers_and_times_as_such():
    content = write_file(make_spec(AMOUNT, TIME, PASSPORT), TABLE, ExportFormat.EXCEL, PROVENANCE)
    read = pd.read_excel(io.BytesIO(content))
    assert read["amount"].tolist()[0] == 1234.5
    assert str(read["at"].tolist()[0]) == "01:01:01"
    assert read["passport"].tolist() == ["C1", "none"]


def test_parquet_has_the_types_of_the_source():
    types = {"amount": "decimal128(18, 2)", "at": "time64[us]"}
    spec = make_spec(AMOUNT, TIME, kind="parquet", types=types)
    content = write_file(spec, TABLE[["amount", "at"]], ExportFormat.PARQUET, PROVENANCE)
    assert [str(field.type) for field in pq.read_schema(io.BytesIO(content))] == list(types.values())


@pytest.mark.parametrize(
    ("values", "name"),
    [
        (["True", None, "False"], "bool"),
        (["2024-01-17T13:45:12+05:30"], "timestamp[ns, tz=Asia/Kolkata]"),
        (["9999-12-31", "2024-01-17"], "timestamp[us]"),
        (["A", "B", None], "dictionary<values=string, indices=int32, ordered=0>"),
        ([90, 3600], "duration[us]"),
        ([time(1, 30)], "duration[us]"),
        ([1.0, 2.0], "int32"),
        ([0.1], "float"),
    ],
)
def test_values_take_the_type_of_the_source(values, name):
    assert str(as_type(pa.array(values), name).type) == name


def test_a_value_that_does_not_fit_keeps_the_type_of_its_kind():
    assert as_type(pa.array(["maybe"]), "bool").type == pa.string()


RATING = ColumnSpec("rating", Role.MODELLED, "categorical")
HANDLE = ColumnSpec("handle", Role.IDENTITY, "text")


@pytest.mark.parametrize("is_plain", [True, False])
def test_categories_of_a_csv_source_have_no_apostrophe_and_identities_do(is_plain):
    table = pd.DataFrame({"rating": ["+A", "=B"], "handle": ["@new", "x"]})
    content = write_file(make_spec(RATING, HANDLE), table, ExportFormat.CSV, PROVENANCE, is_plain)
    assert content == b"rating,handle\n+A,'@new\n=B,x\n"


def test_categories_of_a_workbook_have_an_apostrophe_in_csv():
    table = pd.DataFrame({"rating": ["=B"]})
    spec = make_spec(RATING, kind="excel", sheet="S")
    assert write_file(spec, table, ExportFormat.CSV, PROVENANCE) == b"rating\n'=B\n"


@pytest.mark.parametrize(
    ("name", "texts", "expected"),
    [
        ("uint64", ["10504891970787209541", "7"], [10504891970787209541, 7]),
        ("uint64", ["19999999999999999999", None], [17999999999999999999, None]),
        ("int64", ["9999999999999999999", "12"], [9199999999999999999, 12]),
    ],
)
def test_codes_of_digits_come_back_in_the_whole_numbers_of_the_source(name, texts, expected):
    written = as_type(pa.array(texts, pa.string()), name)
    assert (str(written.type), written.to_pylist()) == (name, expected)


def test_codes_with_letters_stay_text():
    assert as_type(pa.array(["A1"]), "uint64").type == pa.string()


def test_times_without_seconds_have_none_in_parquet():
    column = ColumnSpec("at", Role.MODELLED, "numerical", form={"kind": "time", "pattern": "%H:%M"})
    content = write_file(make_spec(column), TABLE[["at"]], ExportFormat.PARQUET, PROVENANCE)
    assert pq.read_table(io.BytesIO(content))["at"].to_pylist() == [time(1, 1), time(0, 0)]


def _mixed(name: str, kind: str = "numerical", **form: object) -> ColumnSpec:
    return ColumnSpec(name, Role.MODELLED, kind, options={"odd_words": [WORD]}, form=form)


WORD = "k.A. <&>"
MIXED = {
    "whole": (_mixed("whole"), "7", 7, 7),
    "amount": (_mixed("amount"), "304.1", 304.1, 304.1),
    "day": (_mixed("day", "datetime"), "2024-05-17", datetime(2024, 5, 17), "2024-05-17"),
    "moment": (
        _mixed("moment", "datetime"), "2024-05-17 10:30:00", datetime(2024, 5, 17, 10, 30),
        "2024-05-17T10:30:00",
    ),
    "month": (
        ColumnSpec("month", Role.MODELLED, "datetime", form={"kind": "period", "pattern": "%m/%Y"}),
        "2024-05-01", datetime(2024, 5, 1), "2024-05-01",
    ),
    "at": (
        ColumnSpec("at", Role.MODELLED, "numerical", form={"kind": "time"}), "3661", time(1, 1, 1),
        "01:01:01",
    ),
    "took": (
        ColumnSpec("took", Role.MODELLED, "numerical", form={"kind": "duration"}), "90000",
        timedelta(hours=25), "1 days 01:00:00",
    ),
    "born": (
        ColumnSpec("born", Role.IDENTITY, "date_of_birth", form={"kind": "date", "pattern": "%d.%m.%Y"}),
        "1980-01-31", datetime(1980, 1, 31), "1980-01-31",
    ),
}  # fmt: skip
MIXED_SPEC = make_spec(*(column for column, *_ in MIXED.values()))
MIXED_TABLE = pd.DataFrame({name: [text, WORD, None] for name, (_, text, *_) in MIXED.items()}, dtype=object)


@pytest.mark.parametrize("is_plain", [True, False])
def test_odd_words_alone_are_text_among_the_values_of_a_workbook(is_plain: bool) -> None:
    content = write_file(MIXED_SPEC, MIXED_TABLE, ExportFormat.EXCEL, PROVENANCE, is_plain)
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    values, words, empty = sheet.iter_rows(min_row=2, max_row=4)
    assert [cell.value for cell in values] == [value for *_, value, _ in MIXED.values()]
    assert [(cell.value, cell.number_format) for cell in words] == [(WORD, "@")] * len(MIXED)
    assert {cell.value for cell in empty} == {None}
    assert content == write_file(MIXED_SPEC, MIXED_TABLE, ExportFormat.EXCEL, PROVENANCE, is_plain)


def test_odd_words_alone_are_text_among_the_values_of_json() -> None:
    content = write_file(MIXED_SPEC, MIXED_TABLE, ExportFormat.JSON, PROVENANCE)
    values, words, empty = json.loads(content)
    assert values == {name: value for name, (*_, value) in MIXED.items()}
    assert words == dict.fromkeys(MIXED, WORD)
    assert empty == dict.fromkeys(MIXED)
    assert b'"whole": 7,' in content


def test_parquet_holds_a_column_with_odd_words_as_text() -> None:
    content = write_file(MIXED_SPEC, MIXED_TABLE, ExportFormat.PARQUET, PROVENANCE)
    assert {str(field.type) for field in pq.read_schema(io.BytesIO(content))} == {"string"}


def test_odd_word_that_looks_like_a_number_is_text_and_without_its_mark() -> None:
    table = pd.DataFrame({"amount": ["12.5", "\u2060-999"]}, dtype=object)
    spec = make_spec(_mixed("amount"))
    sheet = openpyxl.load_workbook(
        io.BytesIO(write_file(spec, table, ExportFormat.EXCEL, PROVENANCE))
    ).worksheets[0]
    assert [cell.value for cell in sheet["A"]] == ["amount", 12.5, "-999"]


def test_column_that_holds_odd_words_alone_is_text() -> None:
    table = pd.DataFrame({"amount": [WORD, None]}, dtype=object)
    content = write_file(make_spec(_mixed("amount")), table, ExportFormat.EXCEL, PROVENANCE)
    assert openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]["A2"].value == WORD


SHOWN = {
    "no": (ColumnSpec("no", Role.IDENTITY, "code"), "00000", ["7", "12"]),
    "amount": (_mixed("amount"), '#,##0.00 "€"', ["304.1", WORD]),
    "share": (ColumnSpec("share", Role.MODELLED, "numerical"), "0%", [0.25, 1.0]),
    "day": (ColumnSpec("day", Role.MODELLED, "datetime"), "dd.mm.yyyy", pd.to_datetime(["2024-05-17"] * 2)),
    "took": (
        ColumnSpec("took", Role.MODELLED, "numerical", form={"kind": "duration"}), "[h]:mm", [3600, 90000],
    ),
    "at": (ColumnSpec("at", Role.MODELLED, "numerical", form={"kind": "time"}), "hh:mm", [3600, 60]),
    "usd": (ColumnSpec("usd", Role.MODELLED, "numerical"), "[$$-409]#,##0.00", [10.5, 2.25]),
    "spelt": (
        ColumnSpec("spelt", Role.MODELLED, "datetime"), "dddd, d. mmmm yyyy",
        pd.to_datetime(["2024-05-17", "2024-12-18"]),
    ),
}  # fmt: skip
SHOWN_TABLE = pd.DataFrame({name: values for name, (*_, values) in SHOWN.items()})
SHEET = {
    "kind": "excel",
    "sheet": "Export 2024",
    "types": {"no": "number"},
    "cell_formats": {name: shown for name, (_, shown, _) in SHOWN.items()},
}


def _write_shown(is_plain: bool = False, **source: object) -> bytes:
    spec = make_spec(*(column for column, *_ in SHOWN.values()), **source)
    return write_file(spec, SHOWN_TABLE, ExportFormat.EXCEL, PROVENANCE, is_plain)


def _list_formats(content: bytes) -> list[str]:
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    return [cell.number_format for cell in sheet[2]]


def test_workbook_has_the_number_formats_and_the_sheet_of_its_source() -> None:
    content = _write_shown(**SHEET)
    assert _list_formats(content) == list(SHEET["cell_formats"].values())
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert book.sheetnames == ["Export 2024"]
    assert [book.worksheets[0]["A2"].value, book.worksheets[0]["B3"].number_format] == [7, "@"]
    assert content == _write_shown(**SHEET)


def test_workbook_that_was_written_is_read_with_the_formats_of_the_source(tmp_path: Path) -> None:
    path = tmp_path / "again.xlsx"
    path.write_bytes(_write_shown(**SHEET))
    source = read_table(path).source
    assert (source.sheet, source.cell_formats) == (SHEET["sheet"], SHEET["cell_formats"])


def test_plain_workbook_and_one_of_an_earlier_dataset_have_the_formats_of_kinds() -> None:
    earlier = {key: value for key, value in SHEET.items() if key != "cell_formats"}
    contents = [_write_shown(is_plain=True, **SHEET), _write_shown(**earlier)]
    assert contents[0] == contents[1]
    assert _list_formats(contents[0]) == [
        "0", "General", "General", "yyyy-mm-dd", "[h]:mm:ss", "hh:mm:ss", "General", "yyyy-mm-dd",
    ]  # fmt: skip
    assert openpyxl.load_workbook(io.BytesIO(contents[0])).sheetnames == ["t"]


def test_numbers_that_a_workbook_holds_as_text_come_back_as_text_in_their_form() -> None:
    """As a number, "59%" would be 59, a hundred times as much."""
    form = {"kind": "number", "positive": "#%", "negative": "-#%", "max_decimals": 0}
    column = ColumnSpec("share", Role.MODELLED, "numerical", form=form)
    table = pd.DataFrame({"share": [59.0, 7.0]})
    written = {}
    for name, types in (("text", {"share": "text"}), ("number", {"share": "number"})):
        spec = make_spec(column, kind="excel", types=types)
        content = write_file(spec, table, ExportFormat.EXCEL, PROVENANCE)
        written[name] = [
            cell.value for cell in openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]["A"]
        ]
        assert content == write_file(spec, table, ExportFormat.EXCEL, PROVENANCE)
    assert written == {"text": ["share", "59%", "7%"], "number": ["share", 59, 7]}


def test_values_come_back_in_the_kinds_of_cells_of_their_source_unless_plain() -> None:
    columns = (ColumnSpec("day", Role.MODELLED, "datetime"), ColumnSpec("pct", Role.MODELLED, "numerical"))
    serial = {"cells": "number", "form": {"kind": "date", "pattern": "excel"}, "share": 0.5}
    percent = {"kind": "number", "positive": "#%", "negative": "-#%", "decimals": 0}
    mixes = {"day": [serial], "pct": [{"cells": "text", "form": percent, "share": 0.5, "divisor": 100}]}
    spec = make_spec(*columns, kind="excel", types={"day": "date", "pct": "mixed"}, mixes=mixes)
    table = pd.DataFrame(
        {"day": pd.to_datetime(["2023-07-16", "2023-07-17", None]), "pct": [0.07, 0.29, 0.5]}
    )
    found = {}
    for is_plain in (False, True):
        content = write_file(spec, table, ExportFormat.EXCEL, PROVENANCE, is_plain)
        rows = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0].iter_rows(min_row=2)
        found[is_plain] = [(cell.value, cell.number_format) for row in rows for cell in row]
    days = [(datetime(2023, 7, day), "yyyy-mm-dd") for day in (16, 17)]
    assert found[True] == [
        days[0], (0.07, "General"), days[1], (0.29, "General"), (None, "General"), (0.5, "General"),
    ]  # fmt: skip
    assert found[False] == [
        days[0], (0.07, "General"), (45124, "General"), ("29%", "@"), (None, "General"), (0.5, "General"),
    ]  # fmt: skip
    assert write_file(spec, table, ExportFormat.CSV, PROVENANCE) == (
        b"day,pct\n2023-07-16,0.07\n2023-07-17,0.29\n,0.5\n"
    )


def test_numbers_that_identify_and_birth_dates_come_back_in_their_kinds_of_cells() -> None:
    code = ColumnSpec("code", Role.IDENTITY, "code", options={"template": "integer"})
    born = ColumnSpec("born", Role.IDENTITY, "date_of_birth")
    forms = {"code": {"kind": "number", "decimals": 0}, "born": {"kind": "date", "pattern": "%d/%m/%Y"}}
    mixes = {name: [{"cells": "text", "form": form, "share": 0.5}] for name, form in forms.items()}
    spec = make_spec(code, born, kind="excel", types=dict.fromkeys(forms, "mixed"), mixes=mixes)
    days = pd.to_datetime(["1980-01-31", "1981-02-28", "1990-12-01"])
    content = write_file(
        spec, pd.DataFrame({"code": [100, 104, 109], "born": days}), ExportFormat.EXCEL, PROVENANCE
    )
    _, *cells = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0].values
    assert cells == [(100, days[0]), ("104", "28/02/1981"), (109, days[2])]


@pytest.mark.parametrize("kind", ["text", "date"])
def test_dates_that_a_workbook_holds_as_iso_text_come_back_as_text(kind: str) -> None:
    day = ColumnSpec("day", Role.MODELLED, "datetime")
    born = ColumnSpec("born", Role.IDENTITY, "date_of_birth")
    values = pd.to_datetime(["2023-07-16", "1980-01-31"])
    content = write_file(
        make_spec(day, born, kind="excel", types={"day": kind, "born": kind}),
        pd.DataFrame({"day": values, "born": values}),
        ExportFormat.EXCEL,
        PROVENANCE,
    )
    _, *cells = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0].values
    if kind == "text":
        assert cells == [("2023-07-16", "2023-07-16"), ("1980-01-31", "1980-01-31")]
    else:
        assert cells == [(datetime(2023, 7, 16),) * 2, (datetime(1980, 1, 31),) * 2]


@pytest.mark.parametrize(("name", "shown"), [("share", "dd.mm.yyyy"), ("day", "0.00"), ("at", "0%")])
def test_number_format_of_another_kind_is_not_used(name: str, shown: str) -> None:
    content = _write_shown(kind="excel", cell_formats={name: shown})
    assert shown not in _list_formats(content)


def test_columns_are_as_wide_as_their_number_formats_show_them() -> None:
    def measure(content: bytes) -> list[float]:
        sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
        return [sheet.column_dimensions[letter].width for letter in "BDH"]

    plain, shown = measure(_write_shown()), measure(_write_shown(**SHEET))
    assert shown[0] > plain[0] > len("k.A. <&>")
    assert shown[1] == plain[1]
    assert shown[2] > len("Wednesday, 18. December 2024")
