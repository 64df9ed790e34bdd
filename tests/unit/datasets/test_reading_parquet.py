"""What only Parquet can hold, as the cells that it becomes."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.datasets.reading import read_table
from pipeline.errors import DataError

FAR = datetime(9999, 12, 31)


def _read(folder: Path, values: list[Any], kind: pa.DataType) -> list[Any]:
    path = folder / "table.parquet"
    pq.write_table(pa.table({"v": pa.array(values, kind), "n": range(len(values))}), path)
    found = read_table(path)
    assert found.source.types["v"] == str(pq.read_schema(path).field("v").type)
    return found.cells["v"].tolist()


@pytest.mark.parametrize(
    ("kind", "values", "expected"),
    [
        (pa.decimal128(18, 2), [Decimal("1.50"), None], ["1.50", None]),
        (pa.date32(), [date(9999, 12, 31), None], ["9999-12-31", None]),
        (pa.time64("us"), [time(9, 5), time(10, 0, 0, 500_000)], ["09:05:00.000", "10:00:00.500"]),
        (pa.time64("ns"), [time(9, 5), None], ["09:05", None]),
        (pa.time64("us"), [time(9, 5), time(10, 0, 7)], ["09:05:00", "10:00:07"]),
        (pa.duration("us"), [timedelta(hours=27, microseconds=1)], ["27:00:00.000001"]),
        (pa.duration("ms"), [timedelta(-1)], ["-24:00:00"]),
        (pa.duration("s"), [timedelta(minutes=90), None], ["01:30:00", None]),
        (pa.timestamp("us"), [FAR, None, datetime(2024, 1, 1)], ["9999-12-31", None, "2024-01-01"]),
        (pa.timestamp("ms"), [FAR, datetime(2024, 1, 1, 1)], ["9999-12-31 00:00:00", "2024-01-01 01:00:00"]),
        (pa.timestamp("ms"), [datetime(2024, 1, 1, 1, 2, 3, 4000)], ["2024-01-01 01:02:03.004"]),
        (pa.string(), ["x", " ", None], ["x", None, None]),
        (pa.large_string(), ["x", ""], ["x", None]),
        (pa.binary(), ["Köln".encode(), None], ["Köln", None]),
        (pa.list_(pa.int64()), [[1, 2], None], ["[1, 2]", None]),
        (pa.struct([("a", pa.date32())]), [{"a": date(2024, 1, 2)}], ['{"a": "2024-01-02"}']),
        (pa.dictionary(pa.int32(), pa.string()), ["a", "b", None], ["a", "b", None]),
        (pa.null(), [None, None], [None, None]),
    ],
)  # fmt: skip
def test_values_become_text(
    tmp_path: Path, kind: pa.DataType, values: list[Any], expected: list[Any]
) -> None:
    assert _read(tmp_path, values, kind) == expected


def test_moments_with_a_zone_keep_their_clock_and_offset(tmp_path: Path) -> None:
    moments = [
        datetime.fromisoformat("2024-07-01T10:00:00+02:00"),
        datetime.fromisoformat("2024-01-01T10:00:00+01:00"),
    ]
    assert _read(tmp_path, moments, pa.timestamp("us", "Europe/Berlin")) == [
        "2024-07-01 10:00+02:00",
        "2024-01-01 10:00+01:00",
    ]


def test_moments_of_a_second_stay_dates(tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    pq.write_table(
        pa.table({"v": pa.array([datetime(2024, 1, 31), None], pa.timestamp("us")), "n": [1, 2]}), path
    )
    assert str(read_table(path).cells["v"].dtype) == "datetime64[ns]"


def test_nullable_numbers_and_booleans_keep_their_type(tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    pq.write_table(
        pa.table({"b": [True, None], "n": [2**60 + 1, None], "h": pa.array([1.5, 2.5], pa.float16())}), path
    )
    cells = read_table(path).cells
    assert [str(kind) for kind in cells.dtypes] == ["boolean", "Int64", "Float32"]
    assert cells["n"].iloc[0] == 2**60 + 1


def test_the_index_of_pandas_comes_first_and_one_without_a_name_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    table = pd.DataFrame({"v": [1, 2]}, index=pd.Index(["a", "b"], name="key"))
    table.to_parquet(path)
    assert list(read_table(path).cells.columns) == ["key", "v"]
    table.rename_axis(None).to_parquet(path)
    assert list(read_table(path).cells.columns) == ["v"]


def test_bytes_that_are_no_text_are_refused_by_column(tmp_path: Path) -> None:
    with pytest.raises(DataError, match='column "v" contains bytes that are not valid'):
        _read(tmp_path, [b"\xff\xfe"], pa.binary())
