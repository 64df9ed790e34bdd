from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets import reading
from pipeline.datasets.detection.columns import Finding, detect_column
from pipeline.datasets.reading import infer_types, read_cells
from pipeline.datasets.source import ReadOptions
from pipeline.errors import DataError
from pipeline.settings import UploadLimits


def _write(folder: Path, content: str | bytes, name: str = "table.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def read_table(path: Path, limits: UploadLimits | None = None) -> pd.DataFrame:
    return infer_types(read_cells(path, limits))


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_separators_are_found_in_spite_of_quoted_ones(tmp_path: Path, separator: str) -> None:
    rows = [["name", "note"], ["a", '"x,y;z|w\tv"'], ["b", '"1,2,3"']]
    table = read_table(_write(tmp_path, "\n".join(separator.join(row) for row in rows)))
    assert table.to_dict("list") == {"name": ["a", "b"], "note": ["x,y;z|w\tv", "1,2,3"]}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings_are_recognised(tmp_path: Path, encoding: str) -> None:
    table = read_table(_write(tmp_path, "name,n\nJosé,1\nZoë,2\n".encode(encoding)))
    assert table["name"].tolist() == ["José", "Zoë"]
    assert list(table.columns) == ["name", "n"]


def test_words_are_missing_in_numbers_and_text_in_text(tmp_path: Path) -> None:
    table = read_table(_write(tmp_path, "n,word\n1,NA\nNA,None\n3,null\n4,\n"))
    assert table["n"].dropna().tolist() == [1.0, 3.0, 4.0]
    assert table["word"].tolist() == ["NA", "None", "null", None]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["1", "2"], [1, 2]),
        (["1.5", "-2e3"], [1.5, -2000.0]),
        (["1,234", "5"], [1234, 5]),
        (["1,5", "2,25"], [1.5, 2.25]),
        (["007", "012"], ["007", "012"]),
        (["4111111111111111", "4012888888881881"], ["4111111111111111", "4012888888881881"]),
        (["+1", "2"], ["+1", "2"]),
        (["2020", "2021"], [2020, 2021]),
    ],
)
def test_numbers_and_codes_are_told_apart(tmp_path: Path, cells: list[str], expected: list[object]) -> None:
    table = read_table(_write(tmp_path, "v;w\n" + "".join(f"{cell};x\n" for cell in cells)))
    assert table["v"].tolist() == expected


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["2024-02-29", "2023-12-31"], "2024-02-29"),
        (["02/29/2024", "12/31/2023"], "2024-02-29"),
        (["29/02/2024", "31/12/2023"], "2024-02-29"),
        (["29.02.2024", "31.12.2023"], "2024-02-29"),
        (["2024-02-29 13:45:00", "2023-12-31 00:00:00"], "2024-02-29 13:45"),
        (["2024-02-29T13:45:00+02:00", "2023-12-31T00:00:00+00:00"], "2024-02-29 11:45"),
    ],
)
def test_dates_are_recognised(tmp_path: Path, cells: list[str], expected: str) -> None:
    table = read_table(_write(tmp_path, "v;w\n" + "".join(f"{cell};x\n" for cell in cells)))
    assert table["v"].dtype == "datetime64[ns]"
    assert table["v"][0] == pd.Timestamp(expected)


def test_impossible_dates_stay_text(tmp_path: Path) -> None:
    assert read_table(_write(tmp_path, "v,w\n2024-02-30,x\n2024-01-01,y\n"))["v"].tolist()[0] == "2024-02-30"


def test_nameless_row_numbers_are_called_index(tmp_path: Path) -> None:
    table = read_table(_write(tmp_path, ",a\n0,x\n1,y\n"))
    assert table.to_dict("list") == {"index": [0, 1], "a": ["x", "y"]}


def test_separator_at_the_end_of_each_line_makes_no_column(tmp_path: Path) -> None:
    assert list(read_table(_write(tmp_path, "a,b,\n1,2,\n3,4,\n")).columns) == ["a", "b"]


@pytest.mark.parametrize(
    ("ends", "said"), [("", ()), (";", ("An empty column",)), (";;", ("2 empty columns",))]
)
def test_columns_that_separators_at_line_ends_make_are_named(
    tmp_path: Path, ends: str, said: tuple[str, ...]
) -> None:
    file = tmp_path / "ends.csv"
    file.write_text(
        "".join(f"{line}{ends}\n" for line in ("name;amount", *(f"a{n};{n}.5" for n in range(30))))
    )
    found = reading.read_table(file)
    assert list(found.cells.columns) == ["name", "amount"]
    assert [finding.startswith(said) for finding in found.findings] == [True] * len(said)


def test_line_breaks_inside_quotes_are_one_record(tmp_path: Path) -> None:
    assert read_table(_write(tmp_path, 'a,b\n"x\ny",1\nz,2\n'))["a"].tolist() == ["x\ny", "z"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"  \n\n", "is empty"),
        (b"a,b\n", "a header but no row"),
        (b"a,b\n1,2\n\x00\x01\x02,3\n", "not a text file"),
        (b"a,b\n1,2\n3,4,5\n", r"line 3: expected 2 fields, found 3"),
        (b"a,b,c\n1,2,3\n\n4,5\n", r"line 4: expected 3 fields, found 2"),
        (b"a,a\n1,2\n", 'two columns are called "a"'),
        (b"a,\n1,2\n", "column 2 has no name"),
        (b"a," + b"x" * 1_001 + b"\n1,2\n", "the name of column 2 has 1,001 characters, more than 1,000"),
    ],
)
def test_bad_text_files_are_refused_with_the_reason(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_table(_write(tmp_path, content))


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ('a,b\n1,"open\n2,3\n' + "4,5\n" * 5, 2),
        ('a,b\n1,2\n"open,3\n' + "4,5\n" * 5, 3),
        ('a,b\n"x\ny",1\n1,"open', 4),
    ],
)
def test_quote_that_never_closes_is_refused_by_line(tmp_path: Path, content: str, line: int) -> None:
    with pytest.raises(DataError, match=rf"table\.csv, line {line}: a quote opens .* never closes"):
        read_table(_write(tmp_path, content))


def test_text_that_fills_many_pages_is_read(tmp_path: Path) -> None:
    long = "word " * 40_000 + "end"
    assert read_table(_write(tmp_path, f'a,b\n1,"{long}"\n2,x\n'))["b"].tolist() == [long, "x"]


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_number_that_no_float_holds_is_refused_by_row(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"table{suffix}"
    table = pd.DataFrame({"n": ["1", "1e400", "3"], "w": ["x", "y", "z"]})
    table.to_csv(path, index=False) if suffix == ".csv" else table.to_excel(path, index=False)
    with pytest.raises(DataError, match=r'Column "n" holds 1e400 in row 2, a number that is too large'):
        read_table(path)


def test_infinite_number_of_a_typed_file_is_refused_by_row(tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    pd.DataFrame({"n": [1.0, 2.0, float("inf")]}).to_parquet(path)
    with pytest.raises(DataError, match='Column "n" holds inf in row 3'):
        read_table(path)


def _save(table: pd.DataFrame, path: Path) -> Path:
    writers = {".csv": table.to_csv, ".xlsx": table.to_excel, ".parquet": table.to_parquet}
    writers[path.suffix](path, index=False)
    return path


@pytest.mark.parametrize("suffix", [".xlsx", ".parquet"])
def test_typed_files_read_like_the_same_table_in_csv(tmp_path: Path, suffix: str) -> None:
    table = pd.DataFrame(
        {
            "key": pd.array(range(100_001, 100_007), dtype="int64"),
            "small": pd.array(range(6), dtype="int8"),
            "gaps": pd.array([1, None, 3, 4, 5, 6], dtype="Int64"),
            "long": pd.array([2**53 + 1 + row for row in range(6)], dtype="int64"),
            "long_gaps": pd.array([None, *(2**60 + row for row in range(5))], dtype="Int64"),
            "whole": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
            "short": np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6], dtype="float32"),
            "yes": pd.array([True, None, False, True, True, False], dtype="boolean"),
            "empty": ["a", "", "b", None, "c", "d"],
            "day": pd.to_datetime(
                ["2024-01-31", None, "2024-02-29", "2020-01-01", "2020-01-02", "2020-01-03"]
            ),
        }
    )
    if suffix == ".xlsx":
        # A number in a workbook has 64 bits and 15 digits; longer ones are kept there as text.
        table = table.astype({"short": str, "long": "string", "long_gaps": "string"}).astype({"short": float})
    expected = read_table(_save(table, tmp_path / "table.csv"))
    found = read_table(_save(table, tmp_path / f"table{suffix}"))
    pd.testing.assert_frame_equal(found, expected)
    assert found["key"].dtype == "int64"
    assert found["long"].tolist()[0] == str(2**53 + 1)
    assert found["long_gaps"].tolist()[1] == str(2**60)
    assert found["empty"].tolist()[1] is None
    assert {name: item.kind for name, item in _find(found)} == {
        name: item.kind for name, item in _find(expected)
    }


def _find(table: pd.DataFrame) -> list[tuple[str, Finding]]:
    return [(name, detect_column(name, table[name])) for name in table]


def test_missing_file_folder_and_unknown_kind_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="There is no file"):
        read_table(tmp_path / "none.csv")
    with pytest.raises(DataError, match="is a folder"):
        read_table(tmp_path)
    with pytest.raises(DataError, match="file type is not supported"):
        read_table(_write(tmp_path, "x", "table.pdf"))


def test_limits_on_size_and_columns_hold(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="3 columns, above the limit of 2"):
        read_table(_write(tmp_path, "a,b,c\n1,2,3\n"), UploadLimits(size_mb=1, columns=2))
    with pytest.raises(DataError, match="above the limit of 1 MB"):
        read_table(_write(tmp_path, b"a,b\n" + b"1,2\n" * 300_000), UploadLimits(size_mb=1, columns=2))


@pytest.mark.parametrize("suffix", [".xlsx", ".parquet"])
def test_typed_files_keep_their_types(tmp_path: Path, suffix: str) -> None:
    table = pd.DataFrame(
        {
            "n": [1, 2],
            "x": [1.5, None],
            "d": pd.to_datetime(["2024-01-31", "2024-02-29"]),
            "b": [True, False],
            "t": ["NA", None],
            "z": ["007", "08"],
        }
    )
    path = tmp_path / f"table{suffix}"
    if suffix == ".xlsx":
        table.to_excel(path, index=False)
    else:
        table.to_parquet(path)
    found = read_table(path)
    assert found["n"].tolist() == [1, 2]
    assert found["x"].isna().tolist() == [False, True]
    assert found["d"].dtype == "datetime64[ns]"
    assert found["b"].tolist() == ["True", "False"]
    assert found["t"].tolist() == ["NA", None]
    assert found["z"].tolist() == ["007", "08"]


@pytest.mark.parametrize("suffix", [".xlsx", ".parquet"])
def test_files_with_a_wrong_suffix_are_refused(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(DataError, match="is not a readable"):
        read_table(_write(tmp_path, "a,b\n1,2\n", f"table{suffix}"))


def test_cells_stay_as_written(tmp_path: Path) -> None:
    assert read_cells(_write(tmp_path, "a,b\n1.50,NA\n2,\n")).to_dict("list") == {
        "a": ["1.50", "2"],
        "b": ["NA", None],
    }


@pytest.mark.parametrize("size", [2**20 + 3, 2**24 + 5])
@pytest.mark.parametrize("inner", ["", "\n"], ids=["one line", "lines"])
def test_a_first_record_longer_than_the_head_is_whole(tmp_path: Path, size: int, inner: str) -> None:
    long = "begin," + "x" * (size // 2) + inner + "y" * (size // 2) + ",end"
    file = tmp_path / "notes.csv"
    file.write_text(f'id,note\n1,"{long}"\n' + "".join(f"{row},short\n" for row in range(2, 30)), "utf-8")
    cells = read_cells(file, UploadLimits())
    assert list(cells.columns) == ["id", "note"]
    assert len(cells) == 29
    assert cells["note"].iloc[0] == long


def test_a_header_in_the_last_row_that_is_looked_at_loses_no_record(tmp_path: Path) -> None:
    file = tmp_path / "late.csv"
    above = "".join(f"remark {row},\n" for row in range(299))
    file.write_text(above + "id,amount\n" + "".join(f"{row},{row}.5\n" for row in range(50)), "utf-8")
    cells = read_cells(file, UploadLimits(), ReadOptions(header=300))
    assert cells["id"].tolist() == [str(row) for row in range(50)]


def test_a_header_longer_than_the_head_is_refused_for_its_columns(tmp_path: Path) -> None:
    file = tmp_path / "wide.csv"
    names = ",".join(f"{'long' * 60}_{place}" for place in range(5_000))
    assert len(names) > 2**20
    file.write_text(names + "\n" + (",".join(["1"] * 5_000) + "\n") * 12, "utf-8")
    with pytest.raises(DataError, match=r"wide\.csv has 5000 columns, above the limit of 500"):
        read_cells(file, UploadLimits())


def test_a_first_record_that_never_ends_is_named(tmp_path: Path) -> None:
    file = tmp_path / "open.csv"
    file.write_text('"id,amount\n' + ("1,2" * 100 + "\n") * 60_000, "utf-8")
    with pytest.raises(DataError, match=r"open\.csv, line 1: the first record is longer than 16,777,216"):
        read_cells(file, UploadLimits())
