"""Several tables in parts: how they are cut, where their rows lie, and what cannot be cut."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any, cast

import pytest

from pipeline.datasets.related.dataset import RelatedDataset
from pipeline.datasets.related.schema import RelatedRule, RelatedSchema, RelatedTable, Relation
from pipeline.datasets.spec import ColumnSpec, DatasetSpec, ModelledType, Role
from pipeline.errors import DataError
from pipeline.generation.related.bulk.plan import SetJob, count_parts, list_roots, place_parts
from pipeline.generation.related.bulk.planner import require_cuttable
from pipeline.models.related.assembly import Places
from pipeline.settings import IdentityOptions

BRANCHES = RelatedTable("branches", ("branch",), ("branch",))
REGIONS = RelatedTable("regions", ("region",), ("region",), is_public=True)
CUSTOMERS = RelatedTable("customers", ("customer_id", "day"), ("customer_id",))
ORDERS = RelatedTable("orders", ("customer_id", "branch", "no", "region"), ("customer_id", "no"))
OF_CUSTOMER = Relation("orders", ("customer_id",), "customers", ("customer_id",), is_owner=True)
OF_BRANCH = Relation("orders", ("branch",), "branches", ("branch",))
OF_REGION = Relation("orders", ("region",), "regions", ("region",))
SCHEMA = RelatedSchema(
    "shop",
    "Shop",
    "",
    date(2026, 1, 1),
    (BRANCHES, REGIONS, CUSTOMERS, ORDERS),
    (OF_CUSTOMER, OF_BRANCH, OF_REGION),
)
ROWS = {"branches": 5, "regions": 3, "customers": 100, "orders": 1_000}


class FakeDataset:
    """A schema and the specs of its tables' own columns; unique identity columns are the keys."""

    def __init__(self, schema: RelatedSchema) -> None:
        self.schema = schema

    def table(self, name: str) -> Any:
        columns = tuple(
            ColumnSpec(column, Role.IDENTITY, "key", is_unique=True)
            if column in ("customer_id", "branch")
            else ColumnSpec(column, Role.MODELLED, ModelledType.NUMERICAL)
            for column in self.schema.list_own_columns(name)
        )
        spec = DatasetSpec("shop", "Shop", "", name, date(2026, 1, 1), columns)
        return type("Single", (), {"spec": spec})()


def make_job(parts: int, **roots: int) -> SetJob:
    identity = IdentityOptions().model_dump()
    return SetJob("shop", "f", "m", 1.0, roots, parts, 7, "2026-01-01", "parquet", identity, {})


def require(schema: RelatedSchema) -> None:
    require_cuttable(cast("RelatedDataset", FakeDataset(schema)), "autoregressive")


def test_every_root_is_cut_in_proportion_and_no_row_is_lost() -> None:
    job = make_job(3, customers=100, branches=5)
    parts = [job.cut_roots(index) for index in range(3)]
    assert parts == [
        {"customers": 33, "branches": 1},
        {"customers": 33, "branches": 2},
        {"customers": 34, "branches": 2},
    ]


def test_parts_are_drawn_from_seeds_of_their_own_under_one_seed_of_keys() -> None:
    job = make_job(3, customers=100)
    asked = [job.ask(index) for index in range(3)]
    assert {one.seed for one in asked} == {7}
    assert len({one.drawn_seed for one in asked}) == 3
    assert asked[0].drawn_seed == make_job(3, customers=100).ask(0).drawn_seed


def test_places_follow_each_other() -> None:
    counts = [{"orders": 10, "loans": 0}, {"orders": 7, "loans": 2}, {"orders": 4, "loans": 1}]
    places = place_parts(counts)
    assert [one["orders"] for one in places] == [Places(0, 21), Places(10, 21), Places(17, 21)]
    assert [one["loans"] for one in places] == [Places(0, 3), Places(0, 3), Places(2, 3)]


def test_roots_are_the_generated_tables_without_an_owner() -> None:
    assert list_roots(SCHEMA) == ["branches", "customers"]


def test_a_table_below_a_public_one_is_a_root() -> None:
    owned = replace(
        SCHEMA, relations=(replace(OF_CUSTOMER, is_owner=False), replace(OF_REGION, is_owner=True))
    )
    assert list_roots(owned) == ["branches", "customers", "orders"]


@pytest.mark.parametrize(
    ("scale", "part_roots", "parts"),
    [(1.0, None, 1), (100.0, None, 2), (1000.0, None, 20), (10.0, 100, 10), (1.0, 30, 4), (1.0, 1, 5)],
)
def test_a_part_has_some_rows_of_the_largest_table_and_of_every_root_that_is_referred_to(
    scale: float, part_roots: int | None, parts: int
) -> None:
    roots = {name: round(ROWS[name] * scale) for name in ("branches", "customers")}
    assert count_parts(SCHEMA, roots, ROWS, scale, part_roots) == parts


def test_too_many_parts_are_refused() -> None:
    roots = {"branches": 10**6, "customers": 10**6}
    with pytest.raises(DataError, match="1,000,000 parts are more than 100,000"):
        count_parts(SCHEMA, roots, ROWS, 1.0, 1)


def test_a_learned_key_is_refused_in_parts_and_one_with_a_column_of_a_parent_is_not() -> None:
    require(SCHEMA)
    learned = replace(CUSTOMERS, primary_key=("day",))
    with pytest.raises(DataError, match='Table "customers": the primary key day holds learned values'):
        require(replace(SCHEMA, tables=(BRANCHES, REGIONS, learned, ORDERS)))


def test_a_key_of_public_keys_alone_is_refused_in_parts() -> None:
    learned = replace(ORDERS, unique=(("region", "no"),))
    with pytest.raises(DataError, match="the unique key region, no"):
        require(replace(SCHEMA, tables=(BRANCHES, REGIONS, CUSTOMERS, learned)))


def test_a_one_to_one_relation_to_a_public_table_is_refused_in_parts() -> None:
    single = replace(OF_REGION, is_one_to_one=True)
    with pytest.raises(DataError, match="the one-to-one key region"):
        require(replace(SCHEMA, relations=(OF_CUSTOMER, OF_BRANCH, single)))


def test_a_rule_along_the_rows_of_a_public_table_is_refused_in_parts() -> None:
    rule = RelatedRule("ordered", "orders", ("no",), OF_REGION.id)
    with pytest.raises(DataError, match="the rule ordered of no goes along the rows of a public table"):
        require(replace(SCHEMA, rules=(rule,)))


def test_hma_is_refused_in_parts() -> None:
    with pytest.raises(DataError, match="hma makes all tables in one piece"):
        require_cuttable(cast("RelatedDataset", FakeDataset(SCHEMA)), "hma")
