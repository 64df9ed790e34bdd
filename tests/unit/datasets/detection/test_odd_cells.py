"""Odd words among codes come back at their rate, and only such as point at nobody."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.detection.detect import detect
from pipeline.datasets.detection.odd_cells import find_odd_cells
from pipeline.datasets.detection.typing import type_table
from pipeline.datasets.spec import ColumnSpec, Role
from pipeline.datasets.typed import conform
from pipeline.datasets.written import write_in_form
from tests.unit.datasets.detection.detection_cases import AS_OF

ROWS = 1_500
PATTERNS = [r"KD-\d{5}"]


def make_codes(**words: int) -> pd.Series:
    rng = np.random.default_rng(2)
    codes = [f"KD-{number:05d}" for number in rng.integers(0, 100_000, ROWS)]
    places = iter(rng.permutation(ROWS))
    for word, rows in words.items():
        for _ in range(rows):
            codes[next(places)] = word
    return pd.Series(codes, dtype=object)


def describe(codes: pd.Series) -> tuple[object, ColumnSpec]:
    table = pd.DataFrame(
        {"code": codes, "amount": np.random.default_rng(3).normal(size=ROWS).round(2).astype(str)}
    )
    typed = type_table(table)
    spec, _ = detect(typed.table, "t", AS_OF, typed=typed)
    return spec, spec.columns[0]


def test_odd_words_keep_their_shares_of_a_column_of_codes() -> None:
    spec, column = describe(make_codes(**{"????": 45, "tbd": 15}))
    assert (column.role, column.kind) == (Role.IDENTITY, "code")
    assert column.options["odd_cells"] == {"????": 0.75, "tbd": 0.25}
    assert column.options["missing_share"] == 0.04
    assert "60 odd cells of 2 kinds come back at their rate" in column.why
    assert spec.entities == ()  # type: ignore[attr-defined]


def test_odd_words_are_read_as_missing_and_written_again() -> None:
    codes = make_codes(**{"????": 45, "tbd": 15})
    spec, column = describe(codes)
    read = conform(codes, column, "t")
    assert int(read.isna().sum()) == 60
    written = write_in_form(spec, read.to_frame("code"))["code"]  # type: ignore[arg-type]
    assert abs(int((written == "????").sum()) - 45) <= 1
    assert int(written.isin(["????", "tbd"]).sum()) == 60
    assert written[read.notna()].equals(read[read.notna()])


def test_empty_cells_stay_empty_beside_odd_words() -> None:
    codes = make_codes(**{"????": 30})
    codes[codes.index[:30]] = None
    spec, column = describe(codes)
    read = conform(codes, column, "t")
    written = write_in_form(spec, read.to_frame("code"))["code"]  # type: ignore[arg-type]
    assert int(written.isna().sum()) == pytest.approx(30, abs=2)
    assert int((written == "????").sum()) == pytest.approx(int((codes == "????").sum()), abs=2)


@pytest.mark.parametrize(
    ("word", "rows", "comes_back"),
    [
        ("????", 45, True),
        ("--", 5, True),
        ("n/a", 8, True),
        ("elsewhere", 60, True),
        ("elsewhere", 6, False),
        ("????", 2, False),
        ("Meier", 60, False),
        ("KD/12345", 60, False),
        ("4711", 60, False),
    ],
)
def test_a_word_comes_back_only_where_it_points_at_nobody(word: str, rows: int, comes_back: bool) -> None:
    found = find_odd_cells(make_codes(**{word: rows}), PATTERNS)
    assert found == ({word: rows} if comes_back else {})
