from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.datasets.related.schema import RelatedRule, RelatedSchema, RelatedTable
from pipeline.datasets.rules.expression import compute, list_names, quote, unquote
from pipeline.datasets.rules.text import parse_rule, print_rule
from pipeline.errors import MetadataError
from tests.unit.datasets.related.shop import make_shop

SCHEMA = make_shop().schema

TEXTS = [
    "orders.ended >= orders.placed",
    "orders.ended > orders.placed",
    "orders.placed <= orders.ended",
    "orders.placed >= customers.since",
    "orders.placed >= customers.since along orders.payer",
    "orders.placed <= customers.left",
    "orders.placed < customers.left along orders.payer",
    "customers.since <= customers.left along customers.friend",
    "customers.since >= customers.since along customers.friend",
    "orders.amount = orders.price * orders.items",
    "orders.amount = (orders.price + 1.5) * -orders.items / 2 to 2 decimals",
    "unique(orders.customer, orders.kind)",
    "running(orders.balance, orders.amount)",
    "running(orders.balance, orders.amount, start=customers.opening, decimals=2)",
    "running(orders.balance, orders.amount, start=-5, order=orders.placed)",
    'running(orders.balance, orders.amount, sign=orders.kind, negative="a|b"|"c")',
    "one_open(orders.ended)",
    "one_open(orders.ended) along orders.payer",
    "business_day(orders.placed)",
    "one_of(customers.email, customers.phone)",
    "any_of(customers.email, customers.phone)",
    "combination(orders.kind, orders.shelf)",
    "range(orders.items, 0, 100)",
    "range(orders.items, -0.5, none)",
    "range(orders.placed, 2024-01-01, 2024-12-31)",
    "ordered(orders.placed, strict=yes)",
    "total(customers.turnover, orders.amount)",
    "count(customers.orders, orders)",
    "count(customers.orders, orders) along orders.payer",
]


@pytest.mark.parametrize("text", TEXTS)
def test_a_rule_is_printed_as_it_is_read(text: str) -> None:
    rule = parse_rule(text, SCHEMA)
    printed = print_rule(rule, SCHEMA)
    assert parse_rule(printed, SCHEMA) == rule
    assert printed.replace("- orders", "-orders") == text


def test_the_other_way_round_is_the_same_rule() -> None:
    assert parse_rule("customers.since<=orders.placed", SCHEMA) == parse_rule(
        "orders.placed >= customers.since", SCHEMA
    )
    assert parse_rule("orders.items >= 1", SCHEMA) == parse_rule("range(orders.items, 1, none)", SCHEMA)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("customers.left >= orders.placed", "orders.placed <= customers.left"),
        ("customers.left > orders.placed", "orders.placed < customers.left"),
        ("customers.since <= orders.placed", "orders.placed >= customers.since"),
    ],
)
def test_the_parent_may_stand_on_either_side(text: str, same: str) -> None:
    assert parse_rule(text, SCHEMA) == parse_rule(same, SCHEMA)
    assert print_rule(parse_rule(text, SCHEMA), SCHEMA) == same


def test_rules_hold_what_the_contract_says() -> None:
    assert parse_rule("orders.placed < customers.left", SCHEMA) == RelatedRule(
        "before_parent",
        "orders",
        ("placed",),
        "orders.customer",
        {"parent_column": "left", "strict": True},
    )
    assert parse_rule("orders.ended > orders.placed", SCHEMA) == RelatedRule(
        "inequality", "orders", ("placed", "ended"), options={"strict": True}
    )
    assert parse_rule("total(customers.turnover, orders.amount)", SCHEMA) == RelatedRule(
        "total", "customers", ("turnover",), "orders.customer", {"child_column": "amount"}
    )
    rule = parse_rule("orders.amount = orders.price*(orders.items+1)", SCHEMA)
    assert rule.columns == ("amount", "price", "items")
    assert rule.options == {"expression": "price * (items + 1)"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a column, written table.column, is missing at the end"),
        ("orders", 'between a table and its column, after "orders"'),
        ("order.ended >= orders.placed", 'there is no table "order"'),
        ("orders.end >= orders.placed", 'table "orders" has no column "end"'),
        ("orders.ended orders.placed", 'stands "orders" instead of'),
        ("orders.ended >= orders.ended", "compares orders.ended with itself"),
        ("customers.since >= orders.placed along customers.friend", "not clear along which relation"),
        ("orders.items > 5", 'a number after ">" is not supported'),
        ("orders.items >= ;", '";" cannot be read'),
        ("orders.amount = ", "nothing follows orders.amount ="),
        ("orders.amount = orders.amount * 2", "computes orders.amount from itself"),
        ("orders.amount = 5", "no column follows orders.amount ="),
        ("orders.amount = orders.price ** 2", "is not a valid expression"),
        ("orders.amount = (orders.price", "its brackets do not match"),
        ("orders.amount = customers.opening", "are of two tables"),
        ("orders.amount = orders.price to many decimals", '"many" is no number of decimals'),
        ("largest(orders.amount)", 'there is no rule "largest"'),
        ("unique(orders.no)", "unique takes 2 or more columns, not 1"),
        ("business_day(orders.placed, orders.ended)", "business_day takes 1 columns, not 2"),
        ("one_open(orders.ended", '"\\)" is missing at the end of one_open'),
        ("one_open(orders.ended) along orders.friend", "not clear along which relation"),
        ("running(orders.balance, orders.amount, begin=0)", 'running has no option "begin"'),
        ("running(orders.balance, orders.amount, start=orders.price)", 'but the parent is "customers"'),
        ("range(orders.items, low, high)", '"low" is neither a number nor a date'),
        ("range(orders.items, none, none)", "both of its ends are none"),
        ("count(customers.orders, bills)", 'there is no table "bills"'),
        ("one_of(customers.email, customers.phone) please", '"please" follows the rule'),
        ("orders.a" * 200, "it is longer than"),
    ],
)
def test_what_is_wrong_with_a_rule_is_said(text: str, message: str) -> None:
    with pytest.raises(MetadataError, match=message):
        parse_rule(text, SCHEMA)


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os')",
        "a.b",
        "a if b else c",
        "a < b",
        "[a]",
        "a ** b",
        "a // b",
        "f(a)",
        "1e5",
        "a b",
        "",
    ],
)
def test_nothing_but_arithmetic_is_an_expression(text: str) -> None:
    with pytest.raises(MetadataError, match="is not a valid expression"):
        list_names(text)


def test_an_expression_is_computed_row_by_row() -> None:
    columns = {"a": np.array([1.0, 2.0, np.nan]), "unit price": np.array([4.0, 0.0, 1.0])}
    found = compute('-a * (2 + "unit price") / "unit price"', columns)
    np.testing.assert_array_equal(found, [-1.5, np.nan, np.nan])


NAMES = st.text(st.characters(exclude_categories=("Cs", "Cc", "Z")), min_size=1, max_size=8)


@given(NAMES)
def test_names_come_back_from_quotes(name: str) -> None:
    assert unquote(quote(name)) == name


@settings(max_examples=60)
@given(st.lists(NAMES, min_size=4, max_size=4, unique=True), st.integers(0, 5), st.data())
def test_rules_over_any_names_are_read_again(names: list[str], decimals: int, data: st.DataObject) -> None:
    columns = tuple(names[1:])
    schema = RelatedSchema("s", "", "", date(2025, 1, 1), (RelatedTable(names[0], columns),))
    expression = f"{quote(columns[1])} {data.draw(st.sampled_from('+-*/'))} {quote(columns[2])}"
    low, high = sorted(data.draw(st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))))
    rules = [
        RelatedRule("inequality", names[0], columns[:2], options={"strict": True}),
        RelatedRule("formula", names[0], columns, options={"expression": expression, "decimals": decimals}),
        RelatedRule("range", names[0], columns[:1], options={"low": low, "high": high}),
        RelatedRule("one_of", names[0], columns, options={"at_least": True}),
        RelatedRule("unique", names[0], columns),
    ]
    for rule in rules:
        assert parse_rule(print_rule(rule, schema), schema) == rule
