"""Every format read back by the library that others would use, and compared with the table."""

from __future__ import annotations

import io
import json
import time
from datetime import date, datetime, timezone
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.errors import ExportError
from pipeline.exporters import ExportFormat
from tests.unit.exporters.export_cases import TEXTS, export, make_table, open_sheet, read_word


def read_csv(content: bytes) -> pd.DataFrame:
    return pd.read_csv(io.BytesIO(content), dtype=str, keep_default_na=False)


@pytest.mark.parametrize("fmt", ExportFormat)
def test_same_table_gives_same_bytes_at_another_time(
    fmt: ExportFormat, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = export(make_table(), fmt)

    later = SimpleNamespace(now=lambda tz=None: datetime(2099, 1, 1, tzinfo=tz))
    monkeypatch.setattr(time, "time", lambda: 4_070_908_800.0)
    monkeypatch.setattr("openpyxl.writer.excel.datetime", SimpleNamespace(datetime=later, timezone=timezone))
    assert export(make_table(), fmt) == first


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


@pytest.mark.parametrize("fmt", ExportFormat)
def test_half_a_character_is_refused_with_one_sentence(fmt: ExportFormat) -> None:
    with pytest.raises(ExportError, match="an unpaired surrogate"):
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
