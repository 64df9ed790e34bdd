from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.related.schema import RelatedRule, RelatedSchema, RelatedTable, Relation
from pipeline.datasets.rules.check import check_rules
from pipeline.datasets.rules.given import RuleTables
from pipeline.datasets.rules.propose import propose_rules
from pipeline.datasets.rules.settle import fill_combinations
from pipeline.datasets.rules.text import print_rule
from tests.attacked_tables import make_attacked
from tests.unit.datasets.related.bank import load_bank

BANK_RULES = {
    "customers.joined >= customers.date_of_birth",
    "any_of(customers.email, customers.phone)",
    "customers.joined >= customers.joined along customers.referred_by",
    "accounts.closed >= accounts.opened",
    "accounts.opened >= customers.joined",
    "range(accounts.opening_balance, 0, none)",
    "range(accounts.movements, 0, none)",
    "combination(accounts.type, accounts.product)",
    "count(accounts.movements, transactions)",
    "total(accounts.net_movement, transactions.amount, decimals=2)",
    "cards.issued >= accounts.opened",
    "cards.expires >= cards.issued",
    "transactions.date >= accounts.opened",
    "transactions.date >= cards.issued",
    "cards.issued <= accounts.closed",
    "transactions.date <= accounts.closed",
    "business_day(transactions.date)",
    "running(transactions.balance, transactions.amount, start=accounts.opening_balance, decimals=2)",
    "loans.granted >= accounts.opened",
    "loans.ended >= loans.granted",
    "loans.amount = loans.months * loans.payment to 2 decimals",
    "one_open(loans.ended)",
}


@pytest.fixture(scope="module")
def proposed() -> tuple[RelatedRule, ...]:
    return propose_rules(load_bank())


def test_the_rules_of_the_bank_are_found_and_no_others(proposed: tuple[RelatedRule, ...]) -> None:
    schema = load_bank().schema
    assert {print_rule(rule, schema) for rule in proposed} == BANK_RULES


def test_proposals_hold_and_say_how_many_rows_speak_for_them(proposed: tuple[RelatedRule, ...]) -> None:
    bank = load_bank()
    results = check_rules(fill_combinations(proposed, bank), bank)
    assert len(results) == len(BANK_RULES)
    for result in results:
        assert (result.failed, result.checked) == (0, result.rule.rows)
        assert not result.rule.is_confirmed
        assert result.rule.rows >= 50


def test_rules_that_one_row_breaks_are_not_proposed() -> None:
    bank = load_bank()
    accounts = bank.tables["accounts"].copy()
    accounts.loc[5, "opened"] = pd.Timestamp("2011-01-01")
    loans = bank.tables["loans"].copy()
    loans.loc[3, "amount"] += 0.01
    changed = replace(bank, tables={**bank.tables, "accounts": accounts, "loans": loans})
    found = {print_rule(rule, bank.schema) for rule in propose_rules(changed)}
    assert BANK_RULES - found == {
        "accounts.opened >= customers.joined",
        "loans.amount = loans.months * loans.payment to 2 decimals",
    }


def _one_table(frame: pd.DataFrame, **links: np.ndarray) -> RuleTables:
    columns = tuple(frame.columns)
    tables = {"t": frame}
    relations = ()
    described = [RelatedTable("t", columns)]
    if links:
        tables["p"] = pd.DataFrame({"id": range(int(max(links["parent"])) + 1)})
        described.insert(0, RelatedTable("p", ("id",), ("id",)))
        relations = (Relation("t", ("parent",), "p", ("id",), is_owner=True),)
    schema = RelatedSchema("s", "", "", date(2025, 1, 1), tuple(described), relations)
    return RuleTables(schema, tables, {"t.parent": links["parent"]} if links else {})


def _texts(given: RuleTables) -> set[str]:
    return {print_rule(rule, given.schema) for rule in propose_rules(given)}


@pytest.mark.parametrize(
    ("column", "rule"),
    [
        ("net", "t.net = t.gross - t.tax to 2 decimals"),
        ("total", "t.total = t.gross + t.tax + t.fee to 2 decimals"),
        ("volume", "t.volume = t.gross * t.tax * t.fee to 6 decimals"),
        ("nights", "t.nights = t.left - t.came to 0 decimals"),
    ],
)
def test_sums_differences_and_products_are_found(column: str, rule: str) -> None:
    rng = np.random.default_rng(3)
    cents = rng.integers(100, 9_000, (3, 80))
    gross, tax, fee = cents / 100
    came = pd.Timestamp("2025-01-01") + pd.to_timedelta(rng.integers(0, 300, 80), unit="D")
    left = came + pd.to_timedelta(rng.integers(1, 20, 80), unit="D")
    columns = {
        "net": (cents[0] - cents[1]) / 100,
        "total": cents.sum(axis=0) / 100,
        "volume": (cents.prod(axis=0) / 10**6).round(6),
        "nights": (left - came).days,
    }
    frame = pd.DataFrame(
        {"gross": gross, "tax": tax, "fee": fee, "came": came, "left": left, column: columns[column]}
    )
    assert rule in _texts(_one_table(frame))


def test_a_fee_of_a_few_prices_is_part_of_a_sum_that_decides_another_column() -> None:
    rng = np.random.default_rng(8)
    amount, fee = rng.integers(100, 9_000, 80), rng.choice([0, 1_000, 2_550], 80)
    texts = [f"{cents / 100:.2f}" for cents in fee]
    frame = pd.DataFrame({"amount": amount / 100, "total": (amount + fee) / 100, "fee": texts})
    formulas = {text for text in _texts(_one_table(frame)) if " + " in text or " - " in text}
    assert formulas == {"t.total = t.amount + t.fee to 2 decimals"}


def test_no_proposed_rule_states_a_number_or_a_date_of_the_sample() -> None:
    people = make_attacked(400).training
    people.loc[people.index % 5 == 0, "bonus"] = 0
    people["spent"] = people["price"] + people["bonus"]
    people["left"] = people["seen"] + pd.to_timedelta(people["salary"], unit="h")
    rules = propose_rules(_one_table(people))
    assert {rule.kind for rule in rules} >= {"range", "formula", "inequality"}
    # What a rule is made of besides names: a lower end of 0, and decimals.
    stated = {
        value
        for rule in rules
        for name, value in rule.options.items()
        if name not in ("expression", "decimals")
    }
    assert stated <= {0, None}
    expressions = " ".join(str(rule.options.get("expression", "")) for rule in rules)
    assert not re.findall(r"\d", expressions)


def test_what_holds_by_chance_or_in_few_rows_is_not_proposed() -> None:
    rng = np.random.default_rng(4)
    frame = pd.DataFrame(
        {
            "small": rng.integers(1, 9, 200),
            "large": rng.integers(1_000, 9_000, 200),
            "colour": rng.choice(["red", "green", "blue"], 200),
            "size": rng.choice(["S", "M", "L"], 200),
            "rate": rng.random(200).round(3),
        }
    )
    assert _texts(_one_table(frame)) == set()
    dates = pd.DataFrame(
        {"start": pd.date_range("2025-01-01", periods=49), "end": pd.date_range("2025-02-01", periods=49)}
    )
    assert _texts(_one_table(dates)) == set()
    assert _texts(_one_table(pd.concat([dates, dates], ignore_index=True))) == {"t.end >= t.start"}


def test_numbers_whose_names_agree_are_ordered() -> None:
    rng = np.random.default_rng(5)
    low = rng.integers(1, 50, 100)
    frame = pd.DataFrame({"min_price": low, "max_price": 1_000 + low * 3 + rng.integers(0, 5, 100)})
    assert _texts(_one_table(frame)) == {"t.max_price >= t.min_price"}


def test_times_and_amounts_are_in_no_order() -> None:
    rng = np.random.default_rng(3)
    times = rng.integers(20_000, 60_000, (2, 200))
    amounts = times.max(axis=0) + rng.integers(60, 9_000, 200)
    given = _one_table(pd.DataFrame({"shift start": times[0], "shift pay": amounts}))
    assert _texts(given) == {'t."shift pay" >= t."shift start"'}
    assert _texts(replace(given, clocks={("t", "shift start"): "time"})) == set()


def test_signs_and_keys_of_siblings_are_found() -> None:
    rng = np.random.default_rng(6)
    parents = np.repeat(np.arange(60), 4)
    kind = rng.permuted(np.tile(["in", "out", "fee", "back"], (60, 1)), axis=1).ravel()
    cents = rng.integers(100, 900, 240)
    signed = np.where(np.isin(kind, ["out", "fee"]), -cents, cents).reshape(60, 4)
    signed[:, 0] += rng.integers(0, 5_000, 60)
    balance = signed.cumsum(axis=1).ravel() / 100
    frame = pd.DataFrame(
        {"kind": kind, "amount": cents / 100, "balance": balance, "no": np.tile(range(4), 60)}
    )
    found = propose_rules(_one_table(frame, parent=parents))
    running = next(rule for rule in found if rule.kind == "running")
    assert running.columns == ("balance", "amount")
    assert set(running.options["negative"]) == {"out", "fee"}
    assert "start" not in running.options
    assert running.rows == 180
    assert {rule.columns for rule in found if rule.kind == "unique"} == {("parent", "kind"), ("parent", "no")}
