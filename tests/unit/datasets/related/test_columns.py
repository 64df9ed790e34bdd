from __future__ import annotations

import numpy as np
import pytest

from pipeline.datasets.related.columns import (
    KeyColumns,
    ValueKind,
    count_repeats,
    find_positions,
    make_key_column,
)
from tests.unit.datasets.related.related_cases import as_cells


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["1", "20", "-3"], ValueKind.WHOLE),
        (["1.0", "2.0", None], ValueKind.WHOLE),
        (["1.5", "2"], ValueKind.NUMBER),
        (["2024-01-02", "2024-12-31"], ValueKind.DATE),
        (["A-1", "B-2"], ValueKind.CODE),
        (["one word", "and more words"], ValueKind.TEXT),
        ([None, None], ValueKind.EMPTY),
    ],
)
def test_a_column_is_of_the_kind_of_its_values(values: list[object], kind: ValueKind) -> None:
    assert make_key_column(as_cells({"x": values})["x"]).kind is kind


def test_numbers_that_pandas_wrote_with_a_point_are_found_among_whole_ones() -> None:
    columns = KeyColumns(
        {
            "parents": as_cells({"id": [30, 10, 20]}),
            "children": as_cells({"parent_id": ["10.0", None, " 30 ", "NULL", "40.0"]}),
        }
    )
    positions = find_positions([columns.get("children", "parent_id")], [columns.get("parents", "id")])
    assert positions.tolist() == [1, -1, 0, -1, -2]


def test_positions_of_keys_of_several_columns_need_all_of_them() -> None:
    parent = as_cells({"a": [1, 1, 2], "b": ["x", "y", "x"]})
    child = as_cells({"a": [2, 1, 2, 1], "b": ["x", "y", "y", None]})
    columns = KeyColumns({"parent": parent, "child": child})
    positions = find_positions(columns.list("child", ("a", "b")), columns.list("parent", ("a", "b")))
    assert positions.tolist() == [2, 1, -2, -1]
    assert positions.dtype == np.int64


def test_repeats_are_counted_from_the_second_row_on() -> None:
    column = make_key_column(as_cells({"x": [5, 6, 5, None, None, 6, 5]})["x"])
    assert count_repeats([column]) == (3, 3)
