"""What the benchmarks print and where their tables come from."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from tests.benchmarks.fits import Wanted, print_ratio
from tests.benchmarks.tables import load_bank_rows, load_census_rows, load_german_rows


@pytest.mark.parametrize(
    ("variable", "load"),
    [("BENCH_BANK", load_bank_rows), ("BENCH_GERMAN", load_german_rows), ("BENCH_CENSUS", load_census_rows)],
)
def test_a_table_that_is_named_but_not_there_ends_the_benchmark(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str, load: object
) -> None:
    monkeypatch.setenv(variable, str(tmp_path / "none.csv"))
    with pytest.raises(SystemExit, match=f"{variable} names .*none.csv, which is no file"):
        load()  # type: ignore[operator]


def test_a_census_table_is_read_only_where_it_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("BENCH_CENSUS", raising=False)
    assert load_census_rows() is None
    (tmp_path / "census.csv").write_text("age,work\n30,NA\n")
    monkeypatch.setenv("BENCH_CENSUS", str(tmp_path / "census.csv"))
    pd.testing.assert_frame_equal(load_census_rows(), pd.DataFrame({"age": [30], "work": ["NA"]}))


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Wanted(), "4.0 times"),
        (Wanted(3.5, aim=5), "4.0 times   (goal 3.5: met, aim 5: missed)"),
        (Wanted(prototype=88), "4.0 times   (the prototype had 88)"),
    ],
)
def test_a_ratio_says_what_it_is_held_against(
    capsys: pytest.CaptureFixture[str], wanted: Wanted, expected: str
) -> None:
    print_ratio("whole fit", [9.0, 8.0, 7.0], [2.0, 2.0, 3.0], wanted)
    assert capsys.readouterr().out.rstrip().endswith(expected)
