from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.settings import PROJECT_ROOT
from scripts.make_bank import write_bank

FOLDER = PROJECT_ROOT / "content3"
KEYS = {
    "customers": ["customer_id"],
    "accounts": ["account_id"],
    "cards": ["account_id", "card_no"],
    "merchant_categories": ["mcc"],
    "transactions": ["transaction_id"],
    "loans": ["loan_id"],
}
FOREIGN_KEYS = [
    ("customers", ["referred_by"], "customers", ["customer_id"]),
    ("accounts", ["customer_id"], "customers", ["customer_id"]),
    ("cards", ["account_id"], "accounts", ["account_id"]),
    ("transactions", ["account_id"], "accounts", ["account_id"]),
    ("transactions", ["account_id", "card_no"], "cards", ["account_id", "card_no"]),
    ("transactions", ["mcc"], "merchant_categories", ["mcc"]),
    ("loans", ["account_id"], "accounts", ["account_id"]),
]


@pytest.fixture(scope="module")
def bank() -> dict[str, pd.DataFrame]:
    return {name: pd.read_csv(FOLDER / f"{name}.csv") for name in KEYS}


def test_script_makes_the_committed_bytes(tmp_path: Path) -> None:
    written = write_bank(tmp_path)
    assert {path.stem for path in written} == set(KEYS)
    for path in written:
        assert path.read_bytes() == (FOLDER / path.name).read_bytes(), path.name


@pytest.mark.parametrize("name", KEYS)
def test_keys_of_the_bank_are_unique(bank: dict[str, pd.DataFrame], name: str) -> None:
    assert not bank[name].duplicated(KEYS[name]).any()
    assert bank[name][KEYS[name]].notna().all(axis=None)


@pytest.mark.parametrize(("child", "columns", "parent", "key"), FOREIGN_KEYS)
def test_foreign_keys_of_the_bank_have_their_parent(
    bank: dict[str, pd.DataFrame], child: str, columns: list[str], parent: str, key: list[str]
) -> None:
    held = bank[child][columns].dropna()
    known = set(bank[parent][key].itertuples(index=False, name=None))
    assert len(held) > 0
    assert set(held.itertuples(index=False, name=None)) <= known


def test_balances_run_to_the_cent(bank: dict[str, pd.DataFrame]) -> None:
    rows = bank["transactions"].merge(bank["accounts"], on="account_id")
    cents = (rows[["amount", "balance", "opening_balance", "net_movement"]] * 100).round().astype("int64")
    by_account = cents["amount"].groupby(rows["account_id"])
    assert (cents["opening_balance"] + by_account.cumsum() == cents["balance"]).all()
    assert (by_account.transform("sum") == cents["net_movement"]).all()
    assert (by_account.transform("size") == rows["movements"]).all()
    assert (rows["date"] >= rows["opened"]).all()
    assert np.is_busday(rows["date"].to_numpy("datetime64[D]")).all()


def test_loans_are_repaid_to_the_cent_and_one_at_most_is_open(bank: dict[str, pd.DataFrame]) -> None:
    loans = bank["loans"].merge(bank["accounts"], on="account_id")
    cents = (loans[["payment", "amount"]] * 100).round().astype("int64")
    assert (cents["payment"] * loans["months"] == cents["amount"]).all()
    assert loans.loc[loans["ended"].isna(), "account_id"].is_unique
    assert (loans["granted"] >= loans["opened"]).all()
    assert (loans["ended"].dropna() >= loans["granted"][loans["ended"].notna()]).all()


def test_the_bank_is_as_large_as_it_says(bank: dict[str, pd.DataFrame]) -> None:
    sizes = {name: len(table) for name, table in bank.items()}
    assert sizes["customers"] == 400
    assert 580 <= sizes["accounts"] <= 640
    assert 400 <= sizes["cards"] <= 500
    assert 5_500 <= sizes["transactions"] <= 6_500
    assert 105 <= sizes["loans"] <= 140
    assert sum(path.stat().st_size for path in FOLDER.glob("*.csv")) < 1_500_000
    assert bank["customers"]["email"].dropna().str.fullmatch(r".+@example\.(com|net|org)").all()
    assert bank["customers"][["email", "phone"]].notna().any(axis=1).all()
