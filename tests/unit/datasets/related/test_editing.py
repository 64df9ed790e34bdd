from __future__ import annotations

from datetime import date

import pytest

from pipeline.datasets.related.editing import SaidKeys, SetEdits
from pipeline.datasets.related.schema import RelatedSchema, RelatedTable, Relation
from pipeline.errors import DataError, MetadataError

TABLES = {
    "customers": ("id", "code", "friend"),
    "orders": ("order_id", "customer_id", "payer", "day", "odd, name"),
    "lines": ("order_id", "line_no", "owner"),
}
SCHEMA = RelatedSchema(
    "shop", "Shop", "", date(2026, 1, 1),
    (
        RelatedTable("customers", TABLES["customers"], ("id",)),
        RelatedTable("orders", TABLES["orders"], ("order_id",)),
        RelatedTable("lines", TABLES["lines"], ("order_id", "line_no")),
    ),
    (
        Relation("orders", ("customer_id",), "customers", ("id",), is_owner=True),
        Relation("orders", ("payer",), "customers", ("id",), is_optional=True),
        Relation("lines", ("order_id",), "orders", ("order_id",), is_owner=True),
    ),
)  # fmt: skip


def test_nothing_changes_nothing() -> None:
    assert SetEdits().draft(SCHEMA) == SCHEMA
    assert SetEdits().list_columns(SCHEMA) == {}


def test_changes_of_columns_are_told_from_those_of_tables() -> None:
    wanted = SetEdits(("orders.day.kind=datetime", "lines.owner=none", "lines.owner.public=true"))
    assert wanted.list_columns(SCHEMA) == {"orders": ["day.kind=datetime"], "lines": ["owner.public=true"]}
    assert wanted.draft(SCHEMA).find_owner("lines") is None
    assert wanted.draft(SCHEMA).get("lines").is_root


@pytest.mark.parametrize(
    ("value", "key"),
    [
        ("day", ("day",)),
        ("customer_id, day", ("customer_id", "day")),
        ("customer_id+day", ("customer_id", "day")),
        ("odd, name", ("odd, name",)),
        ("none", ()),
    ],
)
def test_a_primary_key_names_columns(value: str, key: tuple[str, ...]) -> None:
    table = SetEdits((f"orders.primary_key={value}",)).draft(SCHEMA).get("orders")
    assert (table.primary_key, table.why) == (key, "set by hand")


def test_further_keys_order_and_publicity_are_set() -> None:
    wanted = SetEdits(("customers.unique=code;id,friend", "orders.order=day", "customers.public=yes"))
    draft = wanted.draft(SCHEMA)
    assert draft.get("customers").unique == (("code",), ("id", "friend"))
    assert (draft.get("orders").order, draft.get("customers").is_public) == ("day", True)
    assert SetEdits(("customers.unique=none",)).draft(draft).get("customers").unique == ()


@pytest.mark.parametrize("value", ["payer", "orders.payer"])
def test_an_owner_is_named_by_its_columns_or_its_relation(value: str) -> None:
    draft = SetEdits((f"orders.owner={value}",)).draft(SCHEMA)
    owner = draft.find_owner("orders")
    assert owner is not None
    assert owner.columns == ("payer",)


def test_an_owner_that_some_rows_lack_is_refused() -> None:
    wanted = SetEdits(("orders.owner=payer",))
    with pytest.raises(DataError, match=r'Rows of "orders" cannot belong to "customers" by orders\.payer'):
        wanted.check_owners(wanted.draft(SCHEMA), SCHEMA)


def test_relations_are_dropped_and_added_to_the_key_of_the_parent() -> None:
    wanted = SetEdits(
        added=("lines.owner -> customers", "orders.day -> customers.code"), dropped=("orders.payer",)
    )
    found = {one.id: one.parent_columns for one in wanted.draft(SCHEMA).relations}
    assert found == {
        "orders.customer_id": ("id",), "lines.order_id": ("order_id",), "lines.owner": ("id",),
        "orders.day": ("code",),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (SetEdits(("amount=1",)), "names no table"),
        (SetEdits(("orders.amount",)), "names no table"),
        (SetEdits(("orders.colour=1",)), 'has no "colour" to set'),
        (SetEdits(("orders.primary_key=x",)), 'has no column "x"'),
        (SetEdits(("orders.owner=day",)), '"day" is no relation of "orders"'),
        (SetEdits(("orders.owner=customers",)), '"customers" is no relation'),
        (SetEdits(("orders.public=maybe",)), 'is "maybe"'),
        (SetEdits(added=("orders.day",)), "is no relation"),
        (SetEdits(added=("orders.day -> nowhere.id",)), "names no table and column"),
        (SetEdits(added=("lines.order_id+line_no -> customers",)), "has 1 columns, but 2"),
        (SetEdits(dropped=("orders.day",)), 'There is no foreign key "orders.day"'),
    ],
)
def test_what_names_nothing_is_refused(wanted: SetEdits, message: str) -> None:
    with pytest.raises(DataError, match=message):
        wanted.draft(SCHEMA)


def test_a_table_that_there_is_not_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(MetadataError, match='has no table "nowhere"'):
        SetEdits(("nowhere.owner=none",)).draft(SCHEMA)


def test_what_is_said_at_registration_is_declared() -> None:
    said = SaidKeys(
        ("lines.order_id -> orders.order_id",), ("orders.payer",), ("lines=none", "orders=order_id")
    )
    declared = said.declare(TABLES)
    assert [(one.id, one.parent, one.parent_columns) for one in declared.relations] == [
        ("lines.order_id", "orders", ("order_id",))
    ]
    assert declared.omitted == {"orders.payer"}
    assert declared.primary_keys == {"lines": (), "orders": ("order_id",)}
