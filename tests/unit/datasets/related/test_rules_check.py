from __future__ import annotations

import numpy as np
import pytest

from pipeline.datasets.related.schema import RelatedRule
from pipeline.datasets.rules.check import CHECKS, check_rule, find_rows
from pipeline.datasets.rules.settle import fill_combination, settle_rule
from pipeline.datasets.rules.text import parse_rule
from pipeline.errors import MetadataError
from tests.unit.datasets.related.shop import make_shop

DAYS = ["2024-01-02", "2024-01-03", "2024-01-03", "2024-03-01", "2024-04-01"]

# rule, rows checked, a change that breaks it, and the rows that fail then
CASES = {
    "inequality": (
        "orders.ended >= orders.placed",
        3,
        {"orders_ended": ["2024-01-01", None, None, None, None]},
        [0],
    ),
    "strict": (
        "orders.ended > orders.placed",
        3,
        {"orders_ended": ["2024-01-02", None, None, None, None]},
        [0],
    ),
    "lower": (
        "orders.paid <= orders.amount",
        5,
        {"orders_paid": [10.01, 0.3, 0, 1, 6]},
        [0],
    ),
    "range": (
        "range(orders.items, 1, 4)",
        5,
        {"orders_items": [0, 1, 4, 5, 2]},
        [0, 3],
    ),
    "range of dates": (
        "orders.placed >= 2024-01-02",
        5,
        {"orders_placed": ["2024-01-01", *DAYS[1:]]},
        [0],
    ),
    "formula": (
        "orders.amount = orders.price * orders.items",
        5,
        {"orders_amount": [10.01, 0.3, 20.1, 1, 6]},
        [0],
    ),
    "one_of": (
        "one_of(customers.email, customers.phone)",
        2,
        {"customers_email": ["a", "b"]},
        [1],
    ),
    "any_of": (
        "any_of(customers.email, customers.phone)",
        2,
        {"customers_email": [None, "b"]},
        [0],
    ),
    "business_day": (
        "business_day(orders.placed)",
        5,
        {"orders_placed": ["2024-01-06", *DAYS[1:]]},
        [0],
    ),
    "unique": (
        "unique(orders.customer, orders.price)",
        5,
        {"orders_price": [1, 2, 1, 1, 1]},
        [2, 4],
    ),
    "after_parent": (
        "orders.placed >= customers.since along orders.customer",
        5,
        {"orders_placed": ["2023-12-31", *DAYS[1:]]},
        [0],
    ),
    "before_parent": (
        "orders.placed <= customers.left",
        3,
        {"orders_placed": ["2024-03-06", "2024-03-05", *DAYS[2:]]},
        [0],
    ),
    "before_parent strictly": (
        "orders.placed < customers.left",
        3,
        {"orders_placed": ["2024-03-05", "2024-03-04", *DAYS[2:]]},
        [0],
    ),
    "own parent": (
        "customers.since >= customers.since along customers.friend",
        1,
        {"customers_since": ["2024-01-01", "2023-01-01"]},
        [1],
    ),
    "running": (
        "running(orders.balance, orders.amount, start=customers.opening)",
        5,
        {"orders_balance": [110, 110.31, 130.4, 1, 7]},
        [1, 2],
    ),
    "free start": (
        "running(orders.balance, orders.amount)",
        3,
        {"orders_balance": [1, 1.3, 21.4, 5, 11.01]},
        [4],
    ),
    "one_open": (
        "one_open(orders.ended)",
        5,
        {"orders_ended": [None, "2024-01-05", None, None, "2024-04-02"]},
        [2],
    ),
    "ordered": (
        "ordered(orders.placed)",
        3,
        {"orders_placed": [DAYS[1], DAYS[0], *DAYS[2:]]},
        [1],
    ),
    "ordered strictly": (
        "ordered(orders.no, strict=yes)",
        3,
        {"orders_no": [1, 2, 2, 1, 0]},
        [2, 4],
    ),
    "total": (
        "total(customers.turnover, orders.paid)",
        2,
        {"customers_turnover": [30.3, 7.01]},
        [1],
    ),
    "count": (
        "count(customers.orders, orders)",
        2,
        {"customers_orders": [3, 1]},
        [1],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_rule_counts_the_rows_that_keep_and_break_it(case: str) -> None:
    text, checked, change, failed = CASES[case]
    shop = make_shop()
    rule = parse_rule(text, shop.schema)
    kept = check_rule(rule, shop)
    assert (kept.checked, kept.failed, kept.is_kept) == (checked, 0, True)
    broken = find_rows(rule, make_shop(**change))
    assert np.flatnonzero(broken.is_failed).tolist() == failed


def test_every_kind_is_tried() -> None:
    schema = make_shop().schema
    assert {parse_rule(text, schema).kind for text, *_ in CASES.values()} | {"combination"} == set(CHECKS)


def test_combination_allows_what_the_sample_has() -> None:
    shop = make_shop()
    rule = parse_rule("combination(orders.kind, orders.shelf)", shop.schema)
    assert check_rule(rule, shop).checked == 0
    filled = fill_combination(rule, shop)
    assert filled.options["values"] == [("toy", "A"), ("book", "B")]
    assert check_rule(filled, shop).failed == 0
    other = make_shop(orders_shelf=["A", "B", "B", "B", "A"])
    assert np.flatnonzero(find_rows(filled, other).is_failed).tolist() == [2]


def test_amounts_may_be_rounded_either_way_at_half_a_cent() -> None:
    rule = parse_rule("orders.paid = orders.price * 0.5", make_shop().schema)
    shop = make_shop(orders_price=[0.01, 0.03, 1, 2, 3], orders_paid=[0.0, 0.02, 0.5, 1.0, 1.51])
    assert np.flatnonzero(find_rows(rule, shop).is_failed).tolist() == [4]


def test_large_amounts_are_compared_to_the_cent() -> None:
    rule = parse_rule("orders.amount = orders.price * orders.items", make_shop().schema)
    price = [1234567.89] * 5
    right = [round(one * 7, 2) for one in price]
    shop = make_shop(orders_price=price, orders_items=[7] * 5, orders_amount=[*right[:4], right[4] + 0.01])
    assert np.flatnonzero(find_rows(rule, shop).is_failed).tolist() == [4]


def test_signs_come_from_a_column() -> None:
    shop = make_shop(
        orders_kind=["in", "out", "in", "in", "out"], orders_balance=[10.0, 9.7, 29.8, 1.0, -5.0]
    )
    text = 'running(orders.balance, orders.amount, start=0, sign=orders.kind, negative="out")'
    result = check_rule(parse_rule(text, shop.schema), shop)
    assert (result.checked, result.failed) == (5, 0)


def test_settling_counts_rows_and_decimals() -> None:
    shop = make_shop()
    rule = settle_rule(parse_rule("orders.amount = orders.price * orders.items", shop.schema), shop)
    assert (rule.rows, rule.options["decimals"]) == (5, 1)


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (RelatedRule("fancy", "orders", ("no",)), 'rule "fancy", which does not exist'),
        (RelatedRule("inequality", "orders", ("no",)), "names 1 columns"),
        (RelatedRule("range", "orders", ("size",)), 'column "size" of table "orders"'),
        (RelatedRule("range", "bills", ("size",)), 'table "bills"'),
        (RelatedRule("one_open", "orders", ("ended",), "orders.shop"), "along no relation"),
        (RelatedRule("after_parent", "orders", ("placed",), "orders.customer"), 'option "parent_column"'),
        (
            RelatedRule("formula", "orders", ("no",), options={"expression": "price **"}),
            "is not a valid expression",
        ),
    ],
)
def test_a_rule_that_cannot_be_checked_is_refused(rule: RelatedRule, message: str) -> None:
    with pytest.raises(MetadataError, match=message):
        check_rule(rule, make_shop())
