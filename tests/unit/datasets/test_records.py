"""Tables of text as CSV: what is written is read again cell by cell."""

from __future__ import annotations

import csv
import io

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.datasets import records
from pipeline.datasets.records import format_records, read_records

SIGNS = 'ab1é\u2003\xa0\x1c\t ,;"\r\n'
CELLS = st.none() | st.text(st.sampled_from(SIGNS), min_size=1, max_size=5)
ROWS = st.integers(2, 4).flatmap(lambda width: st.lists(st.tuples(*[CELLS] * width), min_size=1, max_size=8))


def read_rows(written: bytes) -> list[list[str | None]]:
    return [[cell or None for cell in row] for row in csv.reader(io.StringIO(written.decode(), newline=""))]


@given(rows=ROWS)
@settings(max_examples=200, deadline=None)
def test_what_is_written_is_read_again(rows: list[tuple[str | None, ...]]) -> None:
    table = pd.DataFrame(rows, dtype=object)
    names, *found = read_rows(format_records(table))
    assert names == [str(name) for name in table.columns]
    assert found == [list(row) for row in rows]


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("plain", "plain"),
        (" padded", '" padded"'),
        ("\u2003wide blank", '"\u2003wide blank"'),
        ("ends with a blank ", "ends with a blank "),
        ('a "b", c', '"a ""b"", c"'),
        ("one\rtwo", '"one\rtwo"'),
        (None, ""),
    ],
)
def test_cells_are_quoted_where_they_need_it(cell: str | None, written: str) -> None:
    table = pd.DataFrame({"key": ["1", "2"], "note": ["x", cell]}, dtype=object)
    assert format_records(table).decode() == f"key,note\n1,x\n2,{written}\n"


def test_an_empty_cell_of_the_only_column_is_no_blank_line() -> None:
    assert format_records(pd.DataFrame({"note": ["a", None]}, dtype=object)) == b'note\na\n""\n'


def test_long_tables_are_written_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "_BLOCK_ROWS", 2)
    table = pd.DataFrame({"a": list("12345"), "b": ["x", None, "y", "z", '"']}, dtype=object)
    assert format_records(table) == b'a,b\n1,x\n2,\n3,y\n4,z\n5,""""\n'


def test_texts_that_repeat_are_one_object() -> None:
    cells = read_records("".join(f"EUR,{number}\n" for number in range(100)), ",", 2, "table.csv")
    assert len({id(cell) for cell in cells[0]}) == 1
    assert cells[1].tolist() == [str(number) for number in range(100)]
