"""Make the built-in bank again, byte for byte: `python -m scripts.make_bank`.

Half a megabyte in `content3`: an invented bank as of 2026-01-01, with its bookings of 2025.

- customers: customer_id is the key; referred_by names another customer, or none;
- accounts: account_id is the key, customer_id the owner. The product names the type. closed is empty or
  not before opened; movements and net_movement count and add up the account's transactions;
- cards: account_id and card_no are the key together, card_number is unique;
- merchant_categories: mcc is the key; a public table of ISO 18245;
- transactions: transaction_id is the key, account_id the owner; account_id and card_no name a card of
  the same account, where there is one, and mcc the merchant's category of a purchase. Ordered by account
  and date: balance is the one before plus amount, the first starts from opening_balance. Banks book on
  Monday to Friday;
- loans: loan_id is the key, account_id the owner. amount is payment times months; an account has at
  most one loan that has not ended.

Figures are drawn from published ones (see `bank_facts`); identities are derived as for any generated table:
names from Faker's pools, reserved domains, telephone numbers for fiction, issuer numbers of test cards.
They contain no real person.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.datasets.spec import ColumnSpec, Role
from pipeline.identity import IdentityRequest, derive
from pipeline.settings import PROJECT_ROOT, IdentityOptions
from scripts import bank_facts as facts
from scripts import sample_facts
from scripts.bank_bookings import draw_transactions

AS_OF = date(2026, 1, 1)
SEED = 20_260_103
CUSTOMERS = 400
_END = np.datetime64(AS_OF)
_YEAR_START = np.datetime64("2025-01-01")
_FOUNDED = np.datetime64("2012-03-05")
_LOANS_FROM = np.datetime64("2015-01-01")
_ACCOUNTS_EACH = (0.04, 0.52, 0.32, 0.09, 0.03)  # shares of customers with none to four accounts
_ACCOUNT_IN_YEARS = 4.0  # mean time between joining and a further account


def main() -> None:
    """Write every table into `content3`."""
    write_bank(PROJECT_ROOT / "content3")


def write_bank(target: Path) -> list[Path]:
    """Draw the bank and write one file for each table to `target`; give their paths."""
    target.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, table in draw_bank().items():
        paths.append(target / f"{name}.csv")
        table.to_csv(paths[-1], index=False, encoding="utf-8", lineterminator="\n", float_format="%.2f")
    return paths


def draw_bank(seed: int = SEED) -> dict[str, pd.DataFrame]:
    """The tables by name, parents first; dates are datetime64, money is float with two decimals."""
    rng = np.random.default_rng(seed)
    customers = _draw_customers(rng, seed)
    accounts = _draw_accounts(rng, customers)
    cards = _draw_cards(rng, accounts, seed)
    transactions = draw_transactions(rng, accounts, cards, (_YEAR_START, _END))
    by_account = transactions.groupby("account_id")["amount"]
    accounts["movements"] = accounts["account_id"].map(by_account.size()).fillna(0).astype(np.int64)
    accounts["net_movement"] = accounts["account_id"].map(by_account.sum()).fillna(0.0).round(2) + 0.0
    return {
        "customers": customers,
        "accounts": accounts,
        "cards": cards,
        "merchant_categories": _list_merchants(),
        "transactions": transactions,
        "loans": _draw_loans(rng, accounts),
    }


def _list_merchants() -> pd.DataFrame:
    rows = [(code, name, group) for code, (name, group, _, _) in facts.MERCHANTS.items()]
    return pd.DataFrame(rows, columns=["mcc", "category", "sector"]).sort_values("mcc", ignore_index=True)


def _draw_customers(rng: np.random.Generator, seed: int) -> pd.DataFrame:
    names = list(facts.EMPLOYMENT)
    shares, parts, youngest, oldest = (
        np.array(column) for column in zip(*facts.EMPLOYMENT.values(), strict=True)
    )
    work = rng.choice(len(names), CUSTOMERS, p=shares / shares.sum())
    ages = rng.uniform(youngest[work], oldest[work] + 1)
    incomes = facts.MEDIAN_INCOME * parts[work] * np.exp(rng.normal(0, facts.INCOME_SPREAD, CUSTOMERS))
    states = np.array(list(sample_facts.STATES))
    people = np.array([row[0] for row in sample_facts.STATES.values()], dtype=float)
    born = _END - np.floor(ages * 365.25).astype("timedelta64[D]")
    adult = born + np.timedelta64(18 * 365 + 5, "D")
    drawn = pd.DataFrame(
        {
            "gender": np.where(rng.random(CUSTOMERS) < 0.51, "Female", "Male"),
            "date_of_birth": born,
            "state": rng.choice(states, CUSTOMERS, p=people / people.sum()),
            "employment": np.array(names)[work],
            "income": (np.round(incomes / 100) * 100).astype(np.int64),
            "joined": _draw_days(rng, np.maximum(adult, _FOUNDED), _END - np.timedelta64(30, "D")),
        }
    )
    drawn = drawn.sort_values("joined", kind="stable", ignore_index=True)
    return _name_customers(rng, drawn, seed)


def _name_customers(rng: np.random.Generator, drawn: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Customers with keys that rise with the day they joined, names, and ways to reach them."""
    known = _derive(
        drawn,
        seed,
        _identity("first_name", "first_name", "gender"),
        _identity("last_name", "last_name"),
        _identity("email", "email", "first_name", "last_name", is_unique=True),
        _identity("phone", "phone_number", is_unique=True),
    )
    way = rng.choice(3, CUSTOMERS, p=(0.74, 0.15, 0.11))  # both, no telephone, no e-mail
    keys = np.arange(CUSTOMERS) + 10_001
    return pd.DataFrame(
        {
            "customer_id": keys,
            "first_name": known["first_name"],
            "last_name": known["last_name"],
            "gender": drawn["gender"],
            "date_of_birth": drawn["date_of_birth"],
            "email": np.where(way == 2, None, known["email"]),
            "phone": np.where(way == 1, None, known["phone"]),
            "state": drawn["state"],
            "employment": drawn["employment"],
            "income": drawn["income"],
            "joined": drawn["joined"],
            "referred_by": _draw_referrers(rng, keys),
        }
    )


def _draw_referrers(rng: np.random.Generator, keys: np.ndarray) -> pd.Series:
    """A customer who joined before, for some of them."""
    places = np.arange(len(keys))
    referrers = pd.Series(keys[np.floor(rng.random(len(keys)) * places).astype(int)], dtype="Int64")
    return referrers.where((rng.random(len(keys)) < 0.18) & (places > 0))


def _draw_accounts(rng: np.random.Generator, customers: pd.DataFrame) -> pd.DataFrame:
    """Accounts by customer and day of opening; the first is opened when a customer joins."""
    owners = np.repeat(np.arange(CUSTOMERS), rng.choice(5, CUSTOMERS, p=_ACCOUNTS_EACH))
    rows = len(owners)
    is_first = np.r_[True, owners[1:] != owners[:-1]]
    joined = customers["joined"].to_numpy()[owners].astype("datetime64[D]")
    later = np.ceil(rng.exponential(_ACCOUNT_IN_YEARS * 365, rows)).astype("timedelta64[D]")
    opened = np.minimum(joined + np.where(is_first, np.timedelta64(0, "D"), later), _END - 5)
    products = _draw_products(rng, customers["employment"].to_numpy()[owners], is_first)
    types, medians = (np.array([facts.PRODUCTS[product][place] for product in products]) for place in (0, 2))
    lived = np.ceil(rng.exponential(35 * 365, rows)).astype("timedelta64[D]")
    is_closed = opened + lived < _END
    wealth = np.sqrt(customers["income"].to_numpy()[owners] / facts.MEDIAN_INCOME)
    balances = np.round(medians * wealth * np.exp(rng.normal(0, 0.8, rows)), 2)
    is_empty = (opened >= _YEAR_START) | (is_closed & (opened + lived < _YEAR_START))
    table = pd.DataFrame(
        {
            "customer_id": customers["customer_id"].to_numpy()[owners],
            "type": types,
            "product": products,
            "opened": opened,
            "closed": np.where(is_closed, opened + lived, np.datetime64("NaT")),
            "opening_balance": np.where(is_empty, 0.0, balances),
        }
    ).sort_values(["customer_id", "opened"], kind="stable", ignore_index=True)
    table.insert(0, "account_id", 500_001 + 7 * np.arange(rows))
    return table


def _draw_products(rng: np.random.Generator, work: np.ndarray, is_first: np.ndarray) -> np.ndarray:
    names = np.array(list(facts.PRODUCTS))
    shares = np.array([share for _, share, _, _ in facts.PRODUCTS.values()])
    is_checking = np.array([kind == "checking" for kind, *_ in facts.PRODUCTS.values()])
    weights = np.tile(shares, (len(work), 1))
    weights[is_first] *= np.where(is_checking, 1.0, 0.15)
    weights[~is_first] *= np.where(is_checking, 0.5, 1.0)
    weights[:, 1] *= np.where(work == "student", 20.0, 0.0)
    cumulative = np.cumsum(weights, axis=1)
    return names[(rng.random(len(work))[:, None] * cumulative[:, -1:] > cumulative).sum(axis=1)]


def _draw_cards(rng: np.random.Generator, accounts: pd.DataFrame, seed: int) -> pd.DataFrame:
    means = accounts["product"].map(facts.CARD_SHARE).fillna(0.0).to_numpy()
    counts = np.where(means > 0, np.minimum(rng.poisson(means), 3), 0)
    rows = np.repeat(np.arange(len(accounts)), counts)
    numbers = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts) + 1
    shares = np.array(list(sample_facts.NETWORK_SHARES.values()))
    networks = rng.choice(list(sample_facts.NETWORK_SHARES), len(rows), p=shares / shares.sum())
    opened = accounts["opened"].to_numpy()[rows].astype("datetime64[D]")
    ended = accounts["closed"].fillna(pd.Timestamp(AS_OF)).to_numpy()[rows].astype("datetime64[D]")
    terms = np.array([sample_facts.CARD_TERMS[network][0] for network in networks])
    issued = np.maximum(opened, _draw_days(rng, np.maximum(opened, ended - 30 * terms), ended))
    drawn = pd.DataFrame({"network": networks})
    known = _derive(drawn, seed, _identity("card_number", "card_number", "network", is_unique=True))
    months = issued.astype("datetime64[M]") + terms
    return pd.DataFrame(
        {
            "account_id": accounts["account_id"].to_numpy()[rows],
            "card_no": numbers,
            "network": networks,
            "card_number": known["card_number"],
            "issued": issued,
            "expires": (months + 1).astype("datetime64[D]") - 1,
        }
    )


def _draw_loans(rng: np.random.Generator, accounts: pd.DataFrame) -> pd.DataFrame:
    can_borrow = (accounts["type"] == "checking") & (rng.random(len(accounts)) < facts.BORROWERS)
    counts = np.where(can_borrow, 1 + rng.poisson(facts.FURTHER_LOANS, len(accounts)), 0)
    drawn = [
        loan
        for account, count in zip(accounts.itertuples(index=False), counts, strict=True)
        for loan in _draw_loans_of(rng, account, int(count))
    ]
    table = pd.DataFrame(
        drawn, columns=["account_id", "purpose", "granted", "months", "payment", "amount", "ended"]
    )
    table.insert(0, "loan_id", 9_001 + np.arange(len(table)))
    return table


def _draw_loans_of(rng: np.random.Generator, account: object, count: int) -> list[tuple[object, ...]]:
    """Loans one after another: the next is granted when the one before has ended."""
    start = max(np.datetime64(account.opened, "D"), _LOANS_FROM)  # type: ignore[attr-defined]
    end = _END if pd.isna(account.closed) else np.datetime64(account.closed, "D")  # type: ignore[attr-defined]
    loans = []
    for _ in range(count):
        granted = start + np.timedelta64(int(rng.exponential(400)) + 20, "D")
        purpose, months, cents = _draw_terms(rng)
        repaid = granted + np.timedelta64(
            int(months * (1 if rng.random() < 0.6 else rng.uniform(0.4, 1)) * 30.44), "D"
        )
        if granted >= end:
            break
        is_open = repaid >= _END and end == _END
        ended = np.datetime64("NaT") if is_open else min(repaid, end)
        loans.append(
            (account.account_id, purpose, granted, months, cents / 100, cents * months / 100, ended)  # type: ignore[attr-defined]
        )
        if is_open:
            break
        start = ended
    return loans


def _draw_terms(rng: np.random.Generator) -> tuple[str, int, int]:
    """Purpose, months, and the monthly payment in cents."""
    shares = np.array([share for share, *_ in facts.LOANS.values()])
    purpose = str(rng.choice(list(facts.LOANS), p=shares / shares.sum()))
    _, median, terms, rate = facts.LOANS[purpose]
    months = int(rng.choice(terms))
    borrowed, monthly = median * np.exp(rng.normal(0, 0.45)), rate / 12
    payment = borrowed * monthly / (1 - (1 + monthly) ** -months)
    return purpose, months, round(payment * 100)


def _draw_days(rng: np.random.Generator, first: np.ndarray, last: object) -> np.ndarray:
    """One day for each row from `first` up to `last`, the first where that is later."""
    days = np.maximum((last - first).astype("timedelta64[D]").astype(np.int64), 0)
    return np.asarray(first + np.floor(rng.random(len(first)) * (days + 1)).astype("timedelta64[D]"))


def _identity(name: str, kind: str, *follows: str, is_unique: bool = False) -> ColumnSpec:
    return ColumnSpec(name, Role.IDENTITY, kind, follows=follows, is_unique=is_unique)


def _derive(modelled: pd.DataFrame, seed: int, *columns: ColumnSpec) -> dict[str, np.ndarray]:
    return derive(IdentityRequest(columns, modelled, seed, AS_OF, IdentityOptions()))


if __name__ == "__main__":
    main()
