"""The bookings of the built-in bank: drawn account by account, in the order of time."""

from __future__ import annotations

import numpy as np
import pandas as pd

from scripts import bank_facts as facts

_OVERDRAFT = 20_000  # cents that a checking account may be overdrawn
_DORMANT = 0.05  # of the accounts have no bookings
_SPREAD = 0.7  # standard deviation of the logarithm of amounts
_COLUMNS = ("account_id", "date", "kind", "amount", "balance", "card_no", "mcc")


def draw_transactions(
    rng: np.random.Generator,
    accounts: pd.DataFrame,
    cards: pd.DataFrame,
    period: tuple[np.datetime64, np.datetime64],
) -> pd.DataFrame:
    """Bookings on business days from the first day of `period` to before its last, by account and date."""
    cards_of = cards.groupby("account_id")
    rows: list[tuple[object, ...]] = []
    for account in accounts.itertuples(index=False):
        own = cards_of.get_group(account.account_id) if account.account_id in cards_of.groups else None
        rows += _draw_bookings(rng, account, own, _find_days(account, period))
    table = pd.DataFrame(rows, columns=list(_COLUMNS))
    table["card_no"] = table["card_no"].astype("Int64")
    table["mcc"] = table["mcc"].astype("Int64")
    table.insert(0, "transaction_id", 1_000_001 + np.arange(len(table)))
    return table


def _find_days(account: object, period: tuple[np.datetime64, np.datetime64]) -> np.ndarray:
    """The business days of a period on which an account is open."""
    first = max(period[0], np.datetime64(account.opened, "D"))  # type: ignore[attr-defined]
    last = period[1]
    if not pd.isna(account.closed):  # type: ignore[attr-defined]
        last = min(last, np.datetime64(account.closed, "D"))  # type: ignore[attr-defined]
    days = np.arange(first, max(first, last))
    return np.asarray(days[np.is_busday(days)])


def _draw_bookings(
    rng: np.random.Generator, account: object, cards: pd.DataFrame | None, days: np.ndarray
) -> list[tuple[object, ...]]:
    _, _, _, each = facts.PRODUCTS[account.product]  # type: ignore[attr-defined]
    activity = rng.gamma(2.5, each / 2.5) * len(days) / 261
    count = int(rng.poisson(activity)) if len(days) and rng.random() >= _DORMANT else 0
    balance = round(account.opening_balance * 100)  # type: ignore[attr-defined]
    rows = []
    for day in np.sort(rng.choice(days, count)) if count else ():
        kind = _draw_kind(rng, account, cards, day, balance)
        amount, mcc = _draw_amount(rng, kind, balance)
        if amount == 0:
            continue
        balance += amount
        card = _draw_card(rng, kind, cards, day)
        rows.append((account.account_id, day, kind, amount / 100, balance / 100, card, mcc))  # type: ignore[attr-defined]
    return rows


def _draw_kind(
    rng: np.random.Generator, account: object, cards: pd.DataFrame | None, day: np.datetime64, balance: int
) -> str:
    """A kind that the account can book: no card, no purchase; nothing on it, nothing out."""
    shares = dict(facts.BOOKINGS[account.type])  # type: ignore[attr-defined]
    if not len(_find_valid(cards, day)):
        shares = {kind: share for kind, share in shares.items() if kind not in _BY_CARD}
    if balance <= 0:
        shares = {kind: share for kind, share in shares.items() if kind in ("salary", "transfer in")}
    weights = np.array(list(shares.values()))
    return str(rng.choice(list(shares), p=weights / weights.sum()))


_BY_CARD = frozenset({"card purchase", "cash withdrawal"})


def _find_valid(cards: pd.DataFrame | None, day: np.datetime64) -> np.ndarray:
    if cards is None:
        return np.empty(0, dtype=np.int64)
    is_valid = (cards["issued"] <= day) & (cards["expires"] >= day)
    return np.asarray(cards.loc[is_valid, "card_no"])


def _draw_card(
    rng: np.random.Generator, kind: str, cards: pd.DataFrame | None, day: np.datetime64
) -> int | None:
    return int(rng.choice(_find_valid(cards, day))) if kind in _BY_CARD else None


def _draw_amount(rng: np.random.Generator, kind: str, balance: int) -> tuple[int, int | None]:
    """Cents with their sign, and the merchant's category of a purchase."""
    most = balance + _OVERDRAFT
    if kind == "card purchase":
        mcc, median = _draw_merchant(rng)
        return -min(most, _draw_cents(rng, median)), mcc
    if kind == "cash withdrawal":
        return -min(
            most // 2_000 * 2_000,
            2_000 * max(1, round(_draw_cents(rng, facts.CASH_WITHDRAWAL * 0.8) / 2_000)),
        ), None
    if kind == "fee":
        return -round(100 * rng.choice(facts.FEES)), None
    if kind == "transfer out":
        return -min(balance, _draw_cents(rng, 950)), None
    if kind == "interest":
        return max(1, round(balance * rng.uniform(0.0008, 0.0035))), None
    median = 2_350.0 if kind == "salary" else 310.0
    return _draw_cents(rng, median), None


def _draw_merchant(rng: np.random.Generator) -> tuple[int, float]:
    shares = np.array([share for _, _, share, _ in facts.MERCHANTS.values()])
    mcc = int(rng.choice(list(facts.MERCHANTS), p=shares / shares.sum()))
    return mcc, facts.MERCHANTS[mcc][3]


def _draw_cents(rng: np.random.Generator, median: float) -> int:
    return max(1, round(100 * median * float(np.exp(rng.normal(0, _SPREAD)))))
