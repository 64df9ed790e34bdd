"""Rules that are built into what is learned hold in whatever is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.rules.check import check_rule
from pipeline.datasets.rules.given import RuleTables
from pipeline.datasets.rules.settle import fill_combination, settle_rule
from pipeline.datasets.rules.text import parse_rule
from pipeline.datasets.spec import ColumnSpec, DatasetSpec, ModelledType, Role
from pipeline.models.rules.keeping import RulePlan
from pipeline.models.rules.planning import plan_rules
from tests.unit.datasets.related.shop import make_shop

KEYS = {"customers": {"id", "friend"}, "orders": {"no", "customer", "payer"}}
KINDS = {"M": ModelledType.DATETIME, "O": ModelledType.CATEGORICAL}
AFTER_BOTH = ("orders.placed >= customers.since", "orders.placed >= customers.since along orders.payer")


def _describe(given: RuleTables) -> dict[str, DatasetSpec]:
    specs = {}
    for name, table in given.tables.items():
        columns = tuple(
            ColumnSpec(one, Role.MODELLED, KINDS.get(table[one].dtype.kind, ModelledType.NUMERICAL))
            for one in table
            if one not in KEYS[name]
        )
        specs[name] = DatasetSpec("shop", "Shop", "", name, given.schema.as_of, columns)
    return specs


def _plan(given: RuleTables, *texts: str) -> RulePlan:
    rules = tuple(settle_rule(parse_rule(text, given.schema), given) for text in texts)
    schema = replace(given.schema, rules=rules)
    return plan_rules(schema, replace(given, schema=schema), _describe(given))


def _draw(plan: RulePlan, given: RuleTables, seed: int) -> RuleTables:
    """The learned columns, each drawn from its own values without regard to any other, keys as they are."""
    rng = np.random.default_rng(seed)
    learned = plan.transform(given, given.tables)
    drawn = {}
    for name, spec in _describe(given).items():
        columns = [one.name for one in plan.describe(name, spec).columns]
        picked = {
            one: learned[name][one].iloc[rng.integers(0, len(learned[name]), len(learned[name]))].to_numpy()
            for one in columns
        }
        drawn[name] = pd.DataFrame(picked)
    return RuleTables(plan.schema, drawn, given.links)


def _count_failures(plan: RulePlan, given: RuleTables, tables: Mapping[str, pd.DataFrame]) -> list[int]:
    made = RuleTables(plan.schema, tables, given.links)
    return [check_rule(fill_combination(rule, given), made).failed for rule in plan.rules]


@pytest.mark.parametrize(
    "texts",
    [
        ("orders.ended >= orders.placed",),
        ("orders.placed <= orders.ended",),
        ("orders.ended > orders.placed",),
        ("orders.placed >= customers.since",),
        AFTER_BOTH,
        ("orders.ended >= orders.placed", "orders.placed >= customers.since"),
        ("orders.placed <= customers.left",),
        ("orders.placed < customers.left", "orders.placed >= customers.since"),
        (
            "orders.ended <= customers.left",
            "orders.ended >= orders.placed",
            "customers.left >= customers.since",
        ),
        ("orders.placed <= customers.left", "business_day(orders.placed)", "ordered(orders.placed)"),
        ("orders.placed <= customers.left", "orders.placed <= customers.left along orders.payer"),
        ("orders.price <= customers.turnover", "total(customers.turnover, orders.paid)"),
        ("orders.amount <= customers.limit", "orders.amount = orders.price * orders.items"),
        (
            "orders.balance <= customers.limit",
            "running(orders.balance, orders.amount, start=customers.opening)",
        ),
        ("orders.amount = orders.price * orders.items", "orders.paid <= orders.amount"),
        ("combination(orders.kind, orders.shelf)",),
        ("business_day(orders.placed)",),
        ("business_day(orders.placed)", "orders.placed >= customers.since"),
        ("range(orders.price, 0, 20)",),
        ("ordered(orders.placed)",),
        ("orders.amount = orders.price * orders.items",),
        ("running(orders.balance, orders.amount, start=customers.opening)",),
        ("total(customers.turnover, orders.paid)", "count(customers.orders, orders)"),
        (
            "orders.placed <= customers.left",
            "orders.placed >= customers.since",
            "total(customers.turnover, orders.paid)",
            "count(customers.orders, orders)",
            "running(orders.balance, orders.amount, start=customers.opening)",
        ),
    ],
    ids=" and ".join,
)
def test_rules_hold_in_columns_that_were_drawn_apart(texts: tuple[str, ...]) -> None:
    given = make_shop()
    plan = _plan(given, *texts)
    assert len(plan.rules) == len(texts)
    for seed in range(8):
        restored = plan.restore(_draw(plan, given, seed), seed)
        assert _count_failures(plan, given, restored) == [0] * len(texts)
        assert {name: set(table) for name, table in restored.items()} == {
            name: set(table) - KEYS[name] for name, table in given.tables.items()
        }


@pytest.mark.parametrize(
    ("emails", "phones", "choices", "filled"),
    [
        (["a@example.com", "b@example.com"], [None, "1"], ["01", "10"], [[False, True], [True, False]]),
        (["a@example.com", None], [None, None], ["01", "10"], [[True, False], [True, False]]),
        ([None, None], ["1", None], ["10", "10"], [[False, True], [False, True]]),
    ],
    ids=["as chosen", "no telephone was drawn", "only telephones were drawn"],
)
def test_one_of_two_columns_is_filled_whatever_was_drawn(
    emails: list[str | None], phones: list[str | None], choices: list[str], filled: list[list[bool]]
) -> None:
    given = make_shop()
    plan = _plan(given, "one_of(customers.email, customers.phone)")
    drawn = _draw(plan, given, 0)
    customers = drawn.tables["customers"].assign(email=pd.Series(emails, dtype=object))
    customers["phone"], customers["filled: email, phone"] = pd.Series(phones, dtype=object), choices
    restored = plan.restore(replace(drawn, tables={**drawn.tables, "customers": customers}), 0)
    assert restored["customers"][["email", "phone"]].notna().to_numpy().tolist() == filled


def test_one_open_row_stays_open_for_each_parent() -> None:
    ended = ["2024-01-05", "2024-01-05", None, "2024-04-02", None]
    given = make_shop(orders_ended=ended)
    plan = _plan(given, "one_open(orders.ended)", "orders.ended >= orders.placed")
    for seed in range(8):
        restored = plan.restore(_draw(plan, given, seed), seed)
        assert _count_failures(plan, given, restored) == [0, 0]


@pytest.mark.parametrize("text", ["orders.ended >= orders.placed", "orders.placed >= customers.since"])
def test_a_gap_brings_the_sample_back(text: str) -> None:
    given = make_shop()
    plan = _plan(given, text)
    learned = RuleTables(plan.schema, plan.transform(given, given.tables), given.links)
    restored = plan.restore(learned, 0)
    for name in ("placed", "ended"):
        pd.testing.assert_series_equal(restored["orders"][name], given.tables["orders"][name])


def test_a_gap_counts_from_the_later_of_two_parents() -> None:
    given = make_shop(orders_placed=["2024-03-05", "2024-01-03", "2024-01-03", "2024-03-02", "2024-04-01"])
    plan = _plan(given, *AFTER_BOTH)
    (gap,) = plan.gaps
    assert len(gap.rules) == 2
    base = gap.find_base(given).dt.strftime("%m-%d").tolist()
    assert base == ["03-01", "01-01", "01-01", "03-01", "03-01"]


def test_a_column_that_varies_less_than_its_gap_is_learned_as_it_is_and_moved_inside() -> None:
    placed = ["2024-05-01", "2024-05-02", "2024-05-02", "2024-05-03", "2024-05-03"]
    given = make_shop(orders_placed=placed, customers_since=["2010-01-01", "2024-05-01"])
    plan = _plan(given, "orders.placed >= customers.since")
    assert [gap.is_direct for gap in plan.gaps] == [True]
    learned = plan.transform(given, given.tables)
    pd.testing.assert_series_equal(learned["orders"]["placed"], given.tables["orders"]["placed"])
    early = given.tables["orders"].assign(placed=pd.Timestamp("2009-12-31"))
    drawn = RuleTables(plan.schema, {**given.tables, "orders": early}, given.links)
    restored = plan.restore(drawn, 0)["orders"].placed
    assert (restored >= given.from_parent(given.schema.relations[0], "since")).all()


def test_what_a_rule_computes_is_not_learned() -> None:
    given = make_shop()
    plan = _plan(
        given, "orders.amount = orders.price * orders.items", "combination(orders.kind, orders.shelf)"
    )
    columns = [one.name for one in plan.describe("orders", _describe(given)["orders"]).columns]
    assert "amount" not in columns
    assert columns[-1] == "kind+shelf"
    assert not {"kind", "shelf"} & set(columns)


def test_rules_that_are_not_confirmed_are_no_promises() -> None:
    given = make_shop()
    rule = parse_rule("orders.ended >= orders.placed", given.schema)
    schema = replace(given.schema, rules=(replace(rule, is_confirmed=False),))
    plan = plan_rules(schema, given, _describe(given))
    assert (plan.rules, plan.gaps) == ((), ())
