"""A small bank of 40 customers, 60 accounts and 200 bookings: three related tables in which rules hold.

An account is opened after its customer joined and closed after that; type and product go together. Bookings
are on business days after the opening, with a running balance, a count and a total in the account.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

CUSTOMERS, ACCOUNTS, BOOKINGS = 40, 60, 200
RULES = (
    "accounts.opened >= customers.joined",
    "accounts.closed >= accounts.opened",
    "combination(accounts.type, accounts.product)",
    "bookings.date >= accounts.opened",
    "business_day(bookings.date)",
    "running(bookings.balance, bookings.amount, start=accounts.opening_balance)",
    "count(accounts.movements, bookings)",
    "total(accounts.net_movement, bookings.amount)",
)
"""What holds in the sample, as `rules --add` takes it."""
_PRODUCTS = {"current": ("Classic", "Student"), "savings": ("Growth", "Fixed")}


def make_small_bank(seed: int = 5) -> dict[str, pd.DataFrame]:
    """The three tables, parents first, dates as datetime64."""
    rng = np.random.default_rng(seed)
    customers = _make_customers(rng)
    accounts = _make_accounts(rng, customers)
    bookings = _make_bookings(rng, accounts)
    amounts = bookings.groupby("account_id").amount
    accounts["movements"] = accounts.account_id.map(amounts.size()).fillna(0).astype(int)
    accounts["net_movement"] = accounts.account_id.map(amounts.sum()).fillna(0).round(2)
    return {"customers": customers, "accounts": accounts, "bookings": bookings}


def write_small_bank(folder: Path, **changes: pd.DataFrame) -> list[Path]:
    """The tables as CSV files in a folder, some of them replaced by others."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for name, table in (make_small_bank() | changes).items():
        files.append(folder / f"{name}.csv")
        table.to_csv(files[-1], index=False)
    return files


def _make_customers(rng: np.random.Generator) -> pd.DataFrame:
    friends = [
        f"C{rng.integers(1, place):05d}" if place % 4 == 0 else None for place in range(1, CUSTOMERS + 1)
    ]
    return pd.DataFrame(
        {
            "customer_id": [f"C{place:05d}" for place in range(1, CUSTOMERS + 1)],
            "segment": rng.choice(["private", "business"], CUSTOMERS, p=[0.7, 0.3]),
            "income": (rng.gamma(4, 900, CUSTOMERS) + 900).round(2),
            "joined": _draw_days(rng, "2015-01-01", 900, CUSTOMERS),
            "referred_by": friends,
        }
    )


def _make_accounts(rng: np.random.Generator, customers: pd.DataFrame) -> pd.DataFrame:
    places = np.sort(rng.integers(0, CUSTOMERS, ACCOUNTS))
    kinds = rng.choice(list(_PRODUCTS), ACCOUNTS)
    opened = customers.joined.iloc[places].reset_index(drop=True) + _draw_gaps(rng, 200, ACCOUNTS)
    closed = (opened + _draw_gaps(rng, 1500, ACCOUNTS)).where(rng.random(ACCOUNTS) < 0.25)
    return pd.DataFrame(
        {
            "account_id": [f"A{place:05d}" for place in range(1, ACCOUNTS + 1)],
            "customer_id": customers.customer_id.iloc[places].to_numpy(),
            "type": kinds,
            "product": [rng.choice(_PRODUCTS[kind]) for kind in kinds],
            "opened": opened,
            "closed": closed,
            "opening_balance": rng.gamma(2, 250, ACCOUNTS).round(2),
        }
    )


def _make_bookings(rng: np.random.Generator, accounts: pd.DataFrame) -> pd.DataFrame:
    places = np.sort(rng.integers(0, ACCOUNTS - 5, BOOKINGS))
    dates = accounts.opened.iloc[places].reset_index(drop=True) + _draw_gaps(rng, 300, BOOKINGS)
    dates = pd.Series(dates + pd.offsets.BusinessDay(0))
    order = np.lexsort([dates.to_numpy(), places])
    places, dates = places[order], dates.iloc[order].to_numpy()
    kinds = rng.choice(["credit", "debit"], BOOKINGS, p=[0.4, 0.6])
    amounts = pd.Series((rng.gamma(2, 60, BOOKINGS) + 5) * np.where(kinds == "credit", 1, -1)).round(2)
    starts = accounts.opening_balance.iloc[places].to_numpy()
    return pd.DataFrame(
        {
            "booking_id": np.arange(100_001, 100_001 + BOOKINGS),
            "account_id": accounts.account_id.iloc[places].to_numpy(),
            "date": dates,
            "kind": kinds,
            "amount": amounts,
            "balance": (amounts.groupby(places).cumsum() + starts).round(2),
        }
    )


def _draw_days(rng: np.random.Generator, start: str, within: int, count: int) -> pd.Series:
    return pd.Series(pd.Timestamp(start) + pd.to_timedelta(rng.integers(0, within, count), unit="D"))


def _draw_gaps(rng: np.random.Generator, within: int, count: int) -> pd.Series:
    return pd.Series(pd.to_timedelta(rng.integers(0, within, count), unit="D"))


def find_faults(tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """Which keys and rules of the small bank the rows of tables break, from their cells alone."""
    customers, accounts, bookings = (tables[name] for name in ("customers", "accounts", "bookings"))
    dates = {"joined": customers, "opened": accounts, "closed": accounts, "date": bookings}
    moments = {name: pd.to_datetime(table[name]) for name, table in dates.items()}
    joined = accounts.customer_id.map(pd.Series(moments["joined"].to_numpy(), customers.customer_id))
    opened = bookings.account_id.map(pd.Series(moments["opened"].to_numpy(), accounts.account_id))
    start = bookings.account_id.map(_to_cents(accounts.opening_balance).set_axis(accounts.account_id))
    cents = _to_cents(bookings.amount)
    sums, counts = (getattr(cents.groupby(bookings.account_id), name)() for name in ("sum", "count"))
    known = {(kind, product) for kind, products in _PRODUCTS.items() for product in products}
    checks = {
        "customers are unique": customers.customer_id.is_unique,
        "accounts are unique": accounts.account_id.is_unique,
        "bookings are unique": bookings.booking_id.is_unique,
        "friends exist": customers.referred_by.dropna().isin(customers.customer_id).all(),
        "customers exist": accounts.customer_id.isin(customers.customer_id).all(),
        "accounts exist": bookings.account_id.isin(accounts.account_id).all(),
        "opened after joining": (moments["opened"] >= joined).all(),
        "closed after opening": not (moments["closed"] < moments["opened"]).any(),
        "products of the type": set(zip(accounts.type, accounts["product"], strict=True)) <= known,
        "booked after opening": (moments["date"] >= opened).all(),
        "business days": (moments["date"].dt.dayofweek < 5).all(),
        "balances run": (
            cents.groupby(bookings.account_id).cumsum() + start == _to_cents(bookings.balance)
        ).all(),
        "movements count": (accounts.account_id.map(counts).fillna(0) == accounts.movements).all(),
        "totals sum": (accounts.account_id.map(sums).fillna(0) == _to_cents(accounts.net_movement)).all(),
    }
    return [name for name, holds in checks.items() if not holds]


def _to_cents(values: pd.Series) -> pd.Series:
    return (values.astype(float) * 100).round().astype("int64")
