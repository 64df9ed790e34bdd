"""What files would take, told from their headers: honest ones by numbers, bombs by their refusal."""

from __future__ import annotations

import time
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from pipeline.datasets.reading import read_table
from pipeline.datasets.related.reading import read_tables
from pipeline.datasets.weights import HARMLESS_BYTES, require_bearable, weigh
from pipeline.errors import DataError
from pipeline.settings import UploadLimits
from tests import bombs

LIMITS = UploadLimits()
_SECONDS = 5


def _table(rows: int = 300) -> pd.DataFrame:
    return pd.DataFrame({"id": range(rows), "city": ["Bonn", "Ulm", "Kiel"] * (rows // 3), "share": 0.25})


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".parquet"])
def test_an_honest_file_weighs_little_and_is_counted(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"table{suffix}"
    write = {".csv": pd.DataFrame.to_csv, ".xlsx": pd.DataFrame.to_excel, ".parquet": pd.DataFrame.to_parquet}
    write[suffix](_table(), file, index=False)
    found = weigh(file)
    assert 300 <= found.rows <= 302
    assert 900 <= found.cells <= 910
    assert 0 < found.bytes < HARMLESS_BYTES
    assert read_table(file, LIMITS).cells.shape == (300, 3)


@pytest.mark.parametrize("last", [4_000, 60_000])
def test_cells_far_apart_are_refused_by_their_places(tmp_path: Path, last: int) -> None:
    file = bombs.write_far_cells(tmp_path / "far.xlsx", last)
    began = time.monotonic()
    with pytest.raises(DataError, match=f"2 cells spread over {last:,} rows and 16,384 columns"):
        read_table(file, LIMITS)
    assert time.monotonic() - began < _SECONDS


def test_a_workbook_that_unpacks_to_far_more_is_refused(tmp_path: Path) -> None:
    file = bombs.write_workbook(tmp_path / "packed.xlsx", '<row><c t="n"><v>1</v></c></row>' * 1_200_000)
    with pytest.raises(DataError, match="unpacks to 37 MB"):
        read_table(file, LIMITS)


def test_a_workbook_with_megabytes_of_styles_is_refused(tmp_path: Path) -> None:
    file = bombs.write_far_cells(tmp_path / "styles.xlsx", 2)
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/styles.xml", "<styleSheet>" + "<xf/>" * 4_000_000 + "</styleSheet>")
    with pytest.raises(DataError, match="unpacks to 19 MB"):
        read_table(file, LIMITS)


def test_a_repeated_long_word_is_refused_without_being_written_out(tmp_path: Path) -> None:
    file = bombs.write_repeated_words(tmp_path / "words.parquet", 100_000, "x" * 100_000)
    assert file.stat().st_size < 2_000
    began = time.monotonic()
    with pytest.raises(DataError, match="its texts have 9,537 MB when each is written out"):
        read_table(file, LIMITS)
    assert time.monotonic() - began < _SECONDS


def test_many_rows_in_a_small_file_are_refused(tmp_path: Path) -> None:
    file = bombs.write_repeated_words(tmp_path / "rows.parquet", 3_000_000, "yes")
    with pytest.raises(DataError, match="has about 3,000,000 rows, above the limit of 2,000,000"):
        read_table(file, LIMITS)


def test_ten_million_tiny_rows_are_refused_at_once(tmp_path: Path) -> None:
    file = bombs.write_tiny_rows(tmp_path / "tiny.csv", 10_000_000)
    began = time.monotonic()
    with pytest.raises(DataError, match="has about 10,000,002 rows"):
        read_table(file, LIMITS)
    assert time.monotonic() - began < _SECONDS


def test_short_rows_below_long_ones_are_counted_too(tmp_path: Path) -> None:
    file = tmp_path / "late.csv"
    file.write_bytes(b"a,b\n" + b"x" * 2**20 + b",1\n" + b"1,2\n" * 400_000)
    with pytest.raises(DataError, match="has about 400,003 rows, above the limit of 300,000"):
        require_bearable(file, UploadLimits(rows=300_000))


def test_cells_are_limited_as_well_as_rows(tmp_path: Path) -> None:
    file = tmp_path / "wide.csv"
    file.write_text("a,b,c\n" + "1,2,3\n" * 100, encoding="utf-8")
    with pytest.raises(DataError, match=r"has about 304 cells, above the limit of 200.*uploads.cells"):
        read_table(file, UploadLimits(cells=200))


def test_a_table_above_the_memory_of_uploads_is_refused(tmp_path: Path) -> None:
    file = bombs.write_tiny_rows(tmp_path / "wide.csv", 200_000, columns=50)
    with pytest.raises(DataError, match=r"about \d{3} MB to read; uploads.memory_mb allows 100 MB"):
        read_table(file, UploadLimits(memory_mb=100))


def test_a_table_above_free_memory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.datasets.weights._measure_free", lambda: 50 * 10**6)
    file = bombs.write_tiny_rows(tmp_path / "wide.csv", 200_000, columns=50)
    with pytest.raises(DataError, match="this machine has free 50 MB"):
        read_table(file, LIMITS)


def test_a_set_is_counted_together_before_any_table_is_read(tmp_path: Path) -> None:
    rows = b"a,b\n" + b"1,2\n" * 2_000
    file = bombs.write_packed(tmp_path / "set.zip", [(f"t{place}.csv", rows) for place in range(20)])
    assert len(read_tables([file], LIMITS)) == 20
    with pytest.raises(DataError, match=r"This set of tables has about 80,\d{3} cells"):
        read_tables([file], UploadLimits(cells=50_000))


def test_words_come_back_as_they_were_with_one_object_each(tmp_path: Path) -> None:
    table = pd.DataFrame({"city": ["Bonn", None, "Kiel", " ", "Bonn"] * 100, "n": range(500)})
    table.to_parquet(tmp_path / "words.parquet")
    read = read_table(tmp_path / "words.parquet")
    assert read.cells["city"].tolist() == ["Bonn", None, "Kiel", None, "Bonn"] * 100
    assert len({id(cell) for cell in read.cells["city"]}) == 3
    assert read.source.types["city"] in ("string", "large_string")
