"""Rows that repeat a key move one value, are merged, or come in order, in tables of a few rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.related.schema import RelatedRule, RelatedSchema, RelatedTable, Relation
from pipeline.datasets.rules.given import RuleTables
from pipeline.datasets.spec import ColumnSpec, DatasetSpec, ModelledType, Role
from pipeline.errors import SamplingError
from pipeline.models.related.merging import merge_repeats
from pipeline.models.related.ordering import order_rows
from pipeline.models.rules.apart import Bounds, Promise, explain_unkept, is_too_narrow
from pipeline.models.rules.keeping import RulePlan
from pipeline.models.rules.steps import describe_steps
from pipeline.synthesizers.related.protocol import DrawnTable

DAY = ColumnSpec("day", Role.MODELLED, ModelledType.DATETIME, options={"format": "%Y-%m-%d"})
NUMBER = ColumnSpec("number", Role.MODELLED, ModelledType.NUMERICAL, options={"decimals": 0})
KEY = ColumnSpec("id", Role.IDENTITY, "key", is_unique=True)
SCHEMA = RelatedSchema(
    "shop",
    "Shop",
    "",
    date(2026, 1, 1),
    (
        RelatedTable("people", ("id",), ("id",)),
        RelatedTable("visits", ("id", "person", "day", "number"), ("id",), order="day"),
    ),
    (Relation("visits", ("person",), "people", ("id",), is_owner=True),),
)
LINKS = {"visits.person": np.array([0, 0, 0, 1, 1])}


def _spec(*columns: ColumnSpec) -> DatasetSpec:
    return DatasetSpec("visits", "Visits", "", "visits", date(2026, 1, 1), columns)


def _give(**columns: object) -> RuleTables:
    visits = pd.DataFrame({"id": range(5), **columns})
    return RuleTables(SCHEMA, {"people": pd.DataFrame({"id": [7, 8]}), "visits": visits}, LINKS)


def _keep(given: RuleTables, column: ColumnSpec, bounds: Bounds | None = None) -> list[object]:
    steps = describe_steps(column, given.table("visits")[column.name])
    promise = Promise("visits", ("person", column.name), column.name, steps)
    promise.keep(given, bounds or Bounds())
    return given.table("visits")[column.name].tolist()


def test_a_repeated_number_takes_the_next_free_one_of_its_parent() -> None:
    assert _keep(_give(number=[1, 1, 2, 1, 3]), NUMBER) == [1, 3, 2, 1, 3]


def test_numbers_go_on_beyond_the_sample_where_none_is_free_inside() -> None:
    assert _keep(_give(number=[1, 2, 2, 2, 2]), NUMBER) == [1, 2, 3, 2, 1]


def test_repeated_days_move_and_keep_their_type() -> None:
    days = pd.to_datetime(["2024-01-01", "2024-01-01", "2024-01-03", "2024-01-01", "2024-01-01"])
    found = _keep(_give(day=days), DAY)
    assert [one.day for one in found] == [1, 2, 3, 1, 2]  # type: ignore[attr-defined]


def test_a_row_moves_to_its_side_of_a_bound_alone() -> None:
    ends = Bounds(floors=np.ones(5), high=1.0)  # counted from the least number
    with pytest.raises(SamplingError, match='"number" has too few values'):
        _keep(_give(number=[1, 2, 2, 1, 2]), NUMBER, ends)


def test_a_range_with_few_values_for_one_parent_is_too_narrow() -> None:
    given = _give(number=[1, 2, 4, 1, 2])
    steps = describe_steps(NUMBER, given.table("visits")["number"])
    narrow = Promise("visits", ("person", "number"), "number", steps, low=0, high=4)
    assert is_too_narrow(narrow, given)
    assert not is_too_narrow(replace(narrow, high=5), given)


def test_rows_that_are_numbered_within_their_parent_are_never_too_narrow() -> None:
    given = _give(number=[1, 2, 3, 1, 2])
    steps = describe_steps(NUMBER, given.table("visits")["number"])
    assert not is_too_narrow(Promise("visits", ("person", "number"), "number", steps, low=0, high=2), given)


def test_missing_values_do_not_repeat() -> None:
    assert _keep(_give(number=[1.0, np.nan, np.nan, 1.0, np.nan]), NUMBER)[0] == 1.0


def test_months_move_by_months() -> None:
    month = ColumnSpec(
        "day", Role.MODELLED, ModelledType.DATETIME, options={"format": "%Y-%m-%d"},
        form={"kind": "period", "pattern": "%Y-%m"},
    )  # fmt: skip
    days = pd.to_datetime(["2024-01-01", "2024-01-01", "2024-03-01", "2024-01-01", "2024-02-01"])
    found = _keep(_give(day=days), month)
    assert [one.month for one in found] == [1, 2, 3, 1, 2]  # type: ignore[attr-defined]


def test_rows_that_repeat_a_pair_are_merged_and_their_children_follow() -> None:
    schema = RelatedSchema(
        "links", "Links", "", date(2026, 1, 1),
        (
            RelatedTable("a", ("x",), ("x",)), RelatedTable("b", ("y",), ("y",)),
            RelatedTable("ab", ("x", "y"), ("x", "y")), RelatedTable("c", ("x", "y"), ()),
        ),
        (
            Relation("ab", ("x",), "a", ("x",), is_owner=True), Relation("ab", ("y",), "b", ("y",)),
            Relation("c", ("x", "y"), "ab", ("x", "y"), is_owner=True),
        ),
    )  # fmt: skip

    def empty(rows: int) -> pd.DataFrame:
        return pd.DataFrame(index=pd.RangeIndex(rows))

    drawn = {
        "a": DrawnTable(empty(2)),
        "b": DrawnTable(empty(2)),
        "ab": DrawnTable(empty(4), np.array([0, 0, 0, 1]), {"ab.y": np.array([1, 1, 0, 1])}),
        "c": DrawnTable(empty(3), np.array([1, 3, 0])),
    }
    merged = merge_repeats(RulePlan(schema, promises=(Promise("ab", ("x", "y")),)), drawn)
    assert np.array_equal(np.asarray(merged["ab"].owner_rows), [0, 0, 1])
    assert merged["ab"].others["ab.y"].tolist() == [1, 0, 1]
    assert np.array_equal(np.asarray(merged["c"].owner_rows), [0, 2, 0])


def test_rows_whose_date_falls_change_places_and_keys_stay() -> None:
    visits = pd.DataFrame({"id": [10, 11, 12, 13, 14], "day": [3, 1, 2, 5, 6], "number": [1, 2, 3, 4, 5]})
    tables = {"people": pd.DataFrame({"id": [7, 8]}), "visits": visits}
    links = {"people": {}, "visits": dict(LINKS)}
    ordered, moved = order_rows(SCHEMA, {"visits": _spec(KEY, DAY, NUMBER)}, tables, links)
    assert ordered["visits"]["day"].tolist() == [1, 2, 3, 5, 6]
    assert ordered["visits"]["number"].tolist() == [2, 3, 1, 4, 5]
    assert ordered["visits"]["id"].tolist() == [10, 11, 12, 13, 14]
    assert moved["visits"]["visits.person"].tolist() == [0, 0, 0, 1, 1]


def test_a_combination_with_a_derived_or_computed_column_alone_cannot_be_kept() -> None:
    name = ColumnSpec("number", Role.IDENTITY, "name")
    said = explain_unkept(SCHEMA, "visits", ("person", "number"), _spec(name), ())
    assert said == '"number" is derived anew in each row'
    formula = RelatedRule("formula", "visits", ("number", "id"))
    said = explain_unkept(SCHEMA, "visits", ("person", "number"), _spec(NUMBER), (formula,))
    assert said == 'another rule decides "number"'
    assert explain_unkept(SCHEMA, "visits", ("person", "number"), _spec(NUMBER), ()) == ""
