from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.related.declared import Declared
from pipeline.datasets.related.describe import describe_tables
from pipeline.datasets.related.schema import RelatedSchema, Relation
from pipeline.errors import DataError, MetadataError
from tests.unit.datasets.related.related_cases import as_cells, make_calendar, make_shop


def _describe(tables: Mapping[str, pd.DataFrame], declared: Declared | None = None) -> RelatedSchema:
    return describe_tables("set", tables, declared or Declared()).schema


def _list(schema: RelatedSchema) -> dict[str, str]:
    return {one.id: f"{one.parent}.{'+'.join(one.parent_columns)}" for one in schema.relations}


def _owners(schema: RelatedSchema) -> dict[str, str]:
    return {one.child: one.parent for one in schema.relations if one.is_owner}


@pytest.fixture
def shop() -> RelatedSchema:
    return _describe(make_shop())


def test_keys_of_a_shop_are_found_by_names_and_values(shop: RelatedSchema) -> None:
    assert {one.name: one.primary_key for one in shop.tables} == {
        "customers": ("id",),
        "products": ("product_id",),
        "employees": ("employee_id",),
        "orders": ("order_id",),
        "order_lines": ("order_id", "line_no"),
    }
    assert _list(shop) == {
        "employees.manager_id": "employees.employee_id",
        "orders.customer_id": "customers.id",
        "orders.employee_id": "employees.employee_id",
        "order_lines.order_id": "orders.order_id",
        "order_lines.product_id": "products.product_id",
    }


def test_parents_come_before_children(shop: RelatedSchema) -> None:
    names = [one.name for one in shop.tables]
    assert all(names.index(one.parent) < names.index(one.child) for one in shop.relations if not one.is_self)


def test_the_owner_is_the_required_parent_with_the_fewest_children(shop: RelatedSchema) -> None:
    assert _owners(shop) == {"orders": "customers", "order_lines": "orders"}
    assert shop.find_root("order_lines") == "customers"


def test_optional_parents_and_references_to_the_own_table_own_nothing(shop: RelatedSchema) -> None:
    found = {one.id: one for one in shop.relations}
    assert found["orders.employee_id"].is_optional
    assert found["employees.manager_id"].is_optional
    assert shop.find_owner("employees") is None


def test_the_evidence_counts_rows_and_names_no_value(shop: RelatedSchema) -> None:
    found = {one.id: one.why for one in shop.relations}
    assert found["order_lines.order_id"] == "all 400 rows have a row in orders; the names agree"
    assert found["employees.manager_id"] == (
        "29 of 30 rows have another row of the table, 1 has none; the names agree"
    )


def test_quantities_that_are_all_among_the_numbers_of_products_are_no_key(shop: RelatedSchema) -> None:
    assert "order_lines.quantity" not in _list(shop)
    assert shop.list_own_columns("order_lines") == ("line_no", "quantity")


def test_the_only_date_is_the_order_of_siblings(shop: RelatedSchema) -> None:
    assert {one.name: one.order for one in shop.tables if one.order} == {"orders": "ordered_on"}


def test_a_key_of_several_columns_replaces_the_less_specific_one() -> None:
    schema = _describe(make_calendar())
    assert _list(schema) == {"readings.Store": "stores.Store", "sales.Store+Date": "readings.Store+Date"}
    assert schema.get("sales").primary_key == ("Store", "Dept", "Date")
    assert schema.get("readings").order == "Date"
    assert _owners(schema) == {"readings": "stores", "sales": "readings"}


def test_a_column_that_repeats_its_parents_in_every_row_is_copied() -> None:
    schema = _describe(make_calendar())
    assert schema.get("sales").copied == (("IsHoliday", "sales.Store+Date", "IsHoliday"),)
    assert schema.list_own_columns("sales") == ("Dept", "Amount")


def test_a_column_that_differs_from_its_parents_in_one_row_is_not_copied() -> None:
    tables = make_calendar()
    tables["sales"].loc[5, "IsHoliday"] = "True"
    assert _describe(tables).get("sales").copied == ()


def test_a_link_table_has_the_keys_of_both_parents_as_its_own() -> None:
    generator = np.random.default_rng(1)
    pairs = sorted({(int(a), int(b)) for a, b in generator.integers(1, 31, (200, 2))})
    schema = _describe(
        {
            "enrolments": as_cells({"student_id": [a for a, _ in pairs], "course_id": [b for _, b in pairs]}),
            "students": as_cells({"id": range(1, 31), "grade": generator.integers(1, 7, 30)}),
            "courses": as_cells({"id": range(1, 31), "level": generator.integers(1, 4, 30)}),
        }
    )
    assert _list(schema) == {"enrolments.student_id": "students.id", "enrolments.course_id": "courses.id"}
    assert schema.get("enrolments").primary_key == ("student_id", "course_id")
    assert schema.list_own_columns("enrolments") == ()


def test_two_columns_may_refer_to_one_table_in_two_roles() -> None:
    generator = np.random.default_rng(2)
    schema = _describe(
        {
            "accounts": as_cells({"account_id": range(1, 51), "kind": generator.choice(["a", "b"], 50)}),
            "transfers": as_cells(
                {
                    "transfer_id": range(1, 301),
                    "from_account_id": generator.integers(1, 51, 300),
                    "account_to": generator.integers(1, 51, 300),
                    "amount": generator.integers(1, 51, 300),
                }
            ),
        }
    )
    assert _list(schema) == {
        "transfers.from_account_id": "accounts.account_id",
        "transfers.account_to": "accounts.account_id",
    }


def test_a_row_each_at_most_makes_a_relation_one_to_one() -> None:
    generator = np.random.default_rng(4)
    schema = _describe(
        {
            "passports": as_cells(
                {
                    "passport_no": [f"P{number}" for number in range(500, 530)],
                    "person_id": generator.permutation(40)[:30] + 1,
                }
            ),
            "persons": as_cells({"person_id": range(1, 41), "age": generator.integers(18, 80, 40)}),
        }
    )
    assert [(one.id, one.is_one_to_one, one.is_owner) for one in schema.relations] == [
        ("passports.person_id", True, True)
    ]
    assert schema.get("passports").primary_key == ("passport_no",)


def test_a_table_that_extends_another_refers_to_it_by_its_own_key() -> None:
    schema = _describe(
        {
            "employee_details": as_cells({"employee_id": range(1, 31), "shoe_size": [40, 41, 42] * 10}),
            "employees": as_cells({"employee_id": range(1, 41), "team": ["a", "b"] * 20}),
        }
    )
    assert _list(schema) == {"employee_details.employee_id": "employees.employee_id"}
    assert schema.get("employee_details").primary_key == ("employee_id",)


def test_a_parent_may_have_no_children() -> None:
    tables = make_shop() | {"warehouses": as_cells({"warehouse_id": range(1, 6), "city": list("abcde")})}
    schema = _describe(tables)
    assert schema.get("warehouses").primary_key == ("warehouse_id",)
    assert not any(one.parent == "warehouses" for one in schema.relations)


def test_codes_without_names_are_a_key_where_all_are_in_one_table() -> None:
    generator = np.random.default_rng(5)
    codes = [f"K{number}" for number in generator.permutation(9_000)[:60] + 1_000]
    schema = _describe(
        {
            "branches": as_cells({"code": codes, "size": generator.integers(1, 9, 60)}),
            "visits": as_cells({"visit_id": range(200), "place": generator.choice(codes, 200)}),
        }
    )
    assert _list(schema) == {"visits.place": "branches.code"}
    assert schema.relations[0].why == "all 200 rows have a row in branches; the values alone say so"


def test_the_customer_of_a_line_follows_from_its_order() -> None:
    tables = make_shop()
    orders = tables["orders"].set_index("order_id")
    lines = tables["order_lines"]
    tables["order_lines"] = lines.assign(customer_id=orders.loc[lines["order_id"], "customer_id"].to_numpy())
    schema = _describe(tables)
    assert "order_lines.customer_id" not in _list(schema)
    assert schema.get("order_lines").copied == (("customer_id", "order_lines.order_id", "customer_id"),)


def test_twelve_tables_over_five_levels_are_ordered() -> None:
    generator = np.random.default_rng(6)
    parents = {
        "regions": "", "districts": "regions", "branches": "districts", "customers": "branches",
        "accounts": "customers", "cards": "accounts", "loans": "accounts", "products": "",
        "advisers": "branches", "visits": "advisers", "campaigns": "products", "contacts": "campaigns",
    }  # fmt: skip
    sizes = dict(zip(parents, (5, 20, 40, 100, 150, 90, 60, 8, 30, 80, 12, 70), strict=True))
    names = {"branches": "branch"} | {name: name[:-1] for name in parents if name != "branches"}
    tables = {}
    for name in reversed(parents):
        columns: dict[str, Sequence[object]] = {f"{names[name]}_id": range(1, sizes[name] + 1)}
        if parents[name]:
            parent = parents[name]
            columns[f"{names[parent]}_id"] = generator.integers(1, sizes[parent] + 1, sizes[name]).tolist()
        columns["amount"] = generator.normal(size=sizes[name]).round(2).tolist()
        tables[name] = as_cells(columns)
    schema = _describe(tables)
    assert {one.child: one.parent for one in schema.relations} == {
        child: parent for child, parent in parents.items() if parent
    }
    assert schema.find_root("cards") == "regions"


def _make_cycle() -> dict[str, pd.DataFrame]:
    return {
        "departments": as_cells({"department_id": range(1, 11), "employee_id": range(3, 13)}),
        "employees": as_cells({"employee_id": range(1, 41), "department_id": list(range(1, 11)) * 4}),
    }


def test_tables_that_refer_to_each_other_in_a_circle_are_refused_by_name() -> None:
    expected = (
        "The tables departments → employees → departments refer to each other in a circle, by "
        "departments.employee_id, employees.department_id"
    )
    with pytest.raises(DataError, match=expected):
        _describe(_make_cycle())


def test_a_circle_is_opened_by_saying_which_column_is_no_key() -> None:
    declared = Declared(omitted=frozenset({"departments.employee_id"}))
    assert _list(_describe(_make_cycle(), declared)) == {
        "employees.department_id": "departments.department_id"
    }


def test_a_circle_that_values_alone_suggest_is_not_closed() -> None:
    tables = _make_cycle()
    ids = [f"E{number}" for number in range(1_000, 1_040)]
    tables["employees"]["employee_id"] = ids
    tables["departments"] = as_cells({"department_id": range(1, 11), "head": ids[:10]})
    assert list(_list(_describe(tables))) == ["employees.department_id"]


def test_a_table_that_is_declared_to_have_no_key_may_repeat_rows() -> None:
    tables = make_shop()
    tables["order_lines"] = tables["order_lines"].drop(columns="line_no")
    tables["payments"] = as_cells({"payment_id": [1, *range(1, 40)], "amount": [2.5] * 40})
    with pytest.raises(
        DataError, match='"payments": the key "payment_id" is in an earlier row already in 1 row,'
    ):
        _describe(tables)
    assert _describe(tables, Declared({"payments": ()})).get("payments").primary_key == ()


@pytest.mark.parametrize("seed", range(5))
def test_columns_that_have_nothing_to_do_with_each_other_give_no_relation(seed: int) -> None:
    generator = np.random.default_rng(seed)
    tables = {
        "alpha": as_cells(
            {
                "id": range(1, 201),
                "quantity": generator.integers(1, 13, 200),
                "rating": generator.integers(1, 6, 200),
                "place": generator.integers(1, 200, 200),
                "kind": generator.choice(list("ABC"), 200),
            }
        ),
        "beta": as_cells(
            {
                "id": range(1, 301),
                "days": generator.integers(0, 31, 300),
                "points": generator.integers(1, 150, 300),
                "flag": generator.choice(["yes", "no"], 300),
            }
        ),
        "classes": as_cells({"code": list("ABC"), "fee": [1.5, 2.5, 3.5]}),
    }
    schema = _describe(tables)
    assert schema.relations == ()
    assert {one.name: one.primary_key for one in schema.tables} == {
        "alpha": ("id",),
        "beta": ("id",),
        "classes": ("code",),
    }
    assert all(one.unique == () for one in schema.tables)


def test_orphans_are_named_with_their_number_and_the_first_row() -> None:
    tables = make_shop()
    tables["orders"].loc[[3, 9], "customer_id"] = "999"
    with pytest.raises(DataError, match=r'^2 of 150 rows of "orders" have no row in "customers".*row 4\.'):
        _describe(tables)


def test_keys_that_repeat_are_named_with_their_number_and_the_first_row() -> None:
    tables = make_shop()
    tables["customers"] = pd.concat([tables["customers"], tables["customers"].head(2)], ignore_index=True)
    expected = 'Table "customers": the key "id" is in an earlier row already in 2 rows, the first is row 61'
    with pytest.raises(DataError, match=expected):
        _describe(tables)


def test_a_table_without_rows_is_refused() -> None:
    tables = make_shop()
    tables["products"] = tables["products"].head(0)
    with pytest.raises(DataError, match='Table "products" has no row'):
        _describe(tables)


def test_one_table_is_no_set() -> None:
    with pytest.raises(DataError, match="one table only"):
        _describe({"orders": make_shop()["orders"]})


def test_declared_relations_win_and_complete_ones_are_all() -> None:
    relation = Relation("sales", ("Store",), "stores", ("Store",))
    declared = Declared({"stores": ("Store",)}, relations=(relation,), is_complete=True)
    schema = _describe(make_calendar(), declared)
    assert _list(schema) == {"sales.Store": "stores.Store"}
    assert schema.get("readings").primary_key == ("Store", "Date")


def test_declared_keys_are_verified() -> None:
    declared = Declared({"orders": ("customer_id",)})
    with pytest.raises(DataError, match='Table "orders": the key "customer_id" is in an earlier row'):
        _describe(make_shop(), declared)


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        (Declared({"order": ("id",)}), 'no table "order"'),
        (Declared({"orders": ("id",)}), 'no column "id"'),
        (
            Declared(relations=(Relation("orders", ("customer_id",), "customers", ("id", "segment")),)),
            "has 1 columns",
        ),
    ],
)
def test_what_is_declared_must_exist(declared: Declared, expected: str) -> None:
    with pytest.raises(MetadataError, match=expected):
        _describe(make_shop(), declared)


def test_a_public_parent_owns_nothing() -> None:
    schema = _describe(make_shop(), Declared(public=frozenset({"customers"})))
    assert _owners(schema) == {"order_lines": "orders"}
    assert schema.find_root("order_lines") == "orders"


def test_positions_point_to_rows_of_the_parent() -> None:
    tables = make_shop()
    described = describe_tables("set", tables)
    positions = described.links["orders.customer_id"]
    wanted = tables["orders"]["customer_id"].tolist()
    assert tables["customers"]["id"].iloc[positions].tolist() == wanted
    assert replace(described.schema, title="x").title == "x"
