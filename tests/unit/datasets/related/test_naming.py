from __future__ import annotations

import pytest

from pipeline.datasets.related.naming import (
    Agreement,
    compare_names,
    compare_with_own,
    is_counter,
    names_own_table,
)


@pytest.mark.parametrize(
    ("column", "table", "key", "expected"),
    [
        ("customer_id", "customers", "id", Agreement.TABLE),
        ("customer_id", "customers", "customer_id", Agreement.TABLE),
        ("CustomerID", "Customers", "ID", Agreement.TABLE),
        ("users_id", "users", "id", Agreement.TABLE),
        ("fk_customer", "customers", "id", Agreement.TABLE),
        ("category_id", "categories", "id", Agreement.TABLE),
        ("branch_no", "branches", "no", Agreement.TABLE),
        ("cust_id", "tbl_customers", "id", Agreement.TABLE),
        ("Store", "stores", "Store", Agreement.TABLE),
        ("customerid", "customers", "id", Agreement.TABLE),
        ("widgetid", "widgets", "id", Agreement.TABLE),
        ("kundennummer", "kunden", "nr", Agreement.TABLE),
        ("order_id", "customer_orders", "id", Agreement.KEY),
        ("emp_no", "staff", "emp_no", Agreement.KEY),
        ("home_district_id", "districts", "id", Agreement.ROLE),
        ("account_to", "accounts", "id", Agreement.ROLE),
        ("order_line", "orders", "id", Agreement.NONE),
        ("name", "products", "name", Agreement.NONE),
        ("id", "products", "id", Agreement.NONE),
        ("quantity", "products", "id", Agreement.NONE),
    ],
)
def test_a_column_names_the_table_that_it_refers_to(
    column: str, table: str, key: str, expected: Agreement
) -> None:
    assert compare_names(column, table, key) is expected


@pytest.mark.parametrize(
    ("column", "table", "expected"),
    [
        ("manager_id", "employees", Agreement.ROLE),
        ("parent_category_id", "categories", Agreement.ROLE),
        ("reports_to", "employees", Agreement.ROLE),
        ("partner_id", "customers", Agreement.NONE),
        ("partner_customer_id", "customers", Agreement.ROLE),
        ("salary", "employees", Agreement.NONE),
    ],
)
def test_a_column_names_a_role_in_its_own_table(column: str, table: str, expected: Agreement) -> None:
    assert compare_with_own(column, table, "id") is expected


@pytest.mark.parametrize(
    ("column", "table", "is_own"),
    [
        ("id", "orders", True),
        ("order_no", "orders", True),
        ("Store", "stores", True),
        ("customer_id", "bank_customers", True),
        ("widgetid", "widgets", True),
        ("customer_id", "orders", False),
        ("valid", "vouchers", False),
        ("price", "prices_of_today", False),
    ],
)
def test_the_key_of_a_table_is_named_after_it(column: str, table: str, is_own: bool) -> None:
    assert names_own_table(column, table) is is_own


def test_a_line_number_counts_and_a_customer_number_does_not() -> None:
    assert [is_counter(name) for name in ("line_no", "seq", "version", "customer_no", "amount")] == [
        True,
        True,
        True,
        False,
        False,
    ]
