"""Small related tables with known regularities."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.datasets.spec import ModelledColumn, ModelledType
from pipeline.synthesizers.recipe import Recipe
from pipeline.synthesizers.related.protocol import OtherParent, TableInput

RECIPE = Recipe("autoregressive", epochs=12, use_hma=False, seed=3)


def make_columns(rows: pd.DataFrame) -> tuple[ModelledColumn, ...]:
    """Kinds by dtype."""
    kinds = {"M": ModelledType.DATETIME, "O": ModelledType.CATEGORICAL, "b": ModelledType.BOOLEAN}
    return tuple(
        ModelledColumn(str(name), kinds.get(rows[name].dtype.kind, ModelledType.NUMERICAL)) for name in rows
    )


def make_table(name: str, rows: pd.DataFrame, **relations: object) -> TableInput:
    """A table with the kinds of its dtypes."""
    return TableInput(name, rows, make_columns(rows), **relations)  # type: ignore[arg-type]


def make_customers(count: int = 600) -> TableInput:
    """Customers with a segment that decides how much they do, a note that may be missing, and a first day."""
    rng = np.random.default_rng(0)
    segment = rng.choice(["basic", "gold"], count, p=[0.7, 0.3])
    since = pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 700, count), unit="D")
    score = np.where(rng.random(count) < 0.2, np.nan, rng.normal(50, 10, count).round(1))
    is_new = rng.random(count) < 0.3
    rows = pd.DataFrame({"segment": segment, "since": since, "score": score, "is_new": is_new})
    return make_table("customers", rows)


def make_accounts(customers: TableInput) -> TableInput:
    """None to three accounts a customer; a tenth of the accounts has no customer."""
    rng = np.random.default_rng(1)
    is_gold = (customers.rows["segment"] == "gold").to_numpy()
    counts = np.where(is_gold, rng.integers(1, 4, len(is_gold)), rng.integers(0, 2, len(is_gold)))
    owner = np.repeat(np.arange(len(counts)), counts)
    owner = np.append(owner, np.full(len(owner) // 9, -1))
    currency = rng.choice(["CHF", "EUR", None], len(owner), p=[0.6, 0.3, 0.1]).astype(object)
    limit = rng.choice([500, 1_000, 5_000], len(owner))
    return make_table(
        "accounts", pd.DataFrame({"currency": currency, "limit": limit}), owner="customers", owner_rows=owner
    )


def make_cards(accounts: TableInput) -> TableInput:
    """At most one card an account."""
    rng = np.random.default_rng(2)
    owner = np.flatnonzero(rng.random(len(accounts.rows)) < 0.6)
    kind = rng.choice(["debit", "credit"], len(owner))
    return make_table("cards", pd.DataFrame({"kind": kind}), owner="accounts", owner_rows=owner)


def make_transactions(accounts: TableInput, cards: TableInput) -> TableInput:
    """Transactions of accounts in the order of their days; half of those with a card were made by it."""
    rng = np.random.default_rng(4)
    counts = rng.integers(0, 7, len(accounts.rows))
    owner = np.repeat(np.arange(len(counts)), counts)
    day = pd.Timestamp("2022-01-01") + pd.to_timedelta(rng.integers(0, 300, len(owner)), unit="D")
    amount = rng.gamma(2.0, 50.0, len(owner)).round(2)
    channel = rng.choice(["web", "branch"], len(counts))[owner]
    card = np.full(len(accounts.rows), -1)
    card[cards.owner_rows] = np.arange(len(cards.rows))
    by_card = np.where(rng.random(len(owner)) < 0.5, card[owner], -1)
    rows = pd.DataFrame({"day": day, "amount": amount, "channel": channel})
    return make_table(
        "transactions",
        rows,
        owner="accounts",
        owner_rows=owner,
        others={"transactions.card_id": OtherParent("cards", by_card)},
        order="day",
    )


def make_bank() -> list[TableInput]:
    """Customers, accounts, cards and transactions; children before parents, as a caller may give them."""
    customers = make_customers()
    accounts = make_accounts(customers)
    cards = make_cards(accounts)
    return [make_transactions(accounts, cards), cards, accounts, customers]
