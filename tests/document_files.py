"""The files that the documents speak of: salaries, contracts, and a shop of six tables, small and seeded."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parent.parent
SALARIES, CONTRACTS, CUSTOMERS, ORDERS = 400, 300, 60, 120
FIRST_DAY = pd.Timestamp("2023-01-02")


def write_files(folder: Path, seed: int = 5) -> None:
    """Everything into one folder; the shop also as a folder, a ZIP, a workbook and a database."""
    rng = np.random.default_rng(seed)
    for name, rows in (("salaries", SALARIES), ("kept_back", 150), ("some_table", 300)):
        _make_salaries(rng, rows).to_csv(folder / f"{name}.csv", index=False)
    _make_contracts(rng).to_csv(folder / "contracts.csv", index=False)
    _make_contracts(rng).to_csv(folder / "accounts.csv", index=False)
    sample = (ROOT / "content" / "employee.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (folder / "table.csv").write_text("".join(sample[:1001]), encoding="utf-8")
    shop = make_shop(rng)
    (folder / "export").mkdir()
    for name, table in shop.items():
        table.to_csv(folder / "export" / f"{name}.csv", index=False)
    for name in ("customers", "orders"):
        shutil.copy(folder / "export" / f"{name}.csv", folder)
    shutil.make_archive(str(folder / "export"), "zip", folder / "export")
    with pd.ExcelWriter(folder / "export.xlsx") as book:
        for name, table in shop.items():
            table.to_excel(book, sheet_name=name, index=False)
    with closing(sqlite3.connect(folder / "shop.db")) as database:
        _fill(database, shop)


def make_shop(rng: np.random.Generator) -> dict[str, pd.DataFrame]:
    """Parents first: districts, customers, orders (with a second customer who pays), lines, refunds, logs."""
    districts = pd.DataFrame(
        {"district_id": range(1, 6), "region": ["north", "south", "east", "west", "mid"]}
    )
    customers = pd.DataFrame(
        {
            "id": range(1001, 1001 + CUSTOMERS),
            "district_id": rng.integers(1, 6, CUSTOMERS),
            "age": rng.integers(18, 90, CUSTOMERS),
        }
    )
    orders = _make_orders(rng, customers)
    lines = pd.DataFrame(
        [
            (order, number, day, amount)
            for order, day in zip(orders["order_id"], orders["ordered"], strict=True)
            for number, amount in enumerate(rng.gamma(2, 20, rng.integers(1, 4)).round(2), 1)
        ],
        columns=["order_id", "line_no", "day", "amount"],
    )
    refunds = lines.sample(40, random_state=1)[["order_id", "line_no"]].reset_index(drop=True)
    refunds.insert(0, "refund_id", range(1, 41))
    refunds["sum"] = rng.gamma(2, 10, 40).round(2)
    logs = pd.DataFrame(
        {"customer_id": rng.choice(customers["id"], 70), "event": rng.choice(["login", "logout"], 70)}
    )
    return {
        "districts": districts,
        "customers": customers,
        "orders": orders,
        "lines": lines,
        "refunds": refunds,
        "logs": logs,
    }


def _make_orders(rng: np.random.Generator, customers: pd.DataFrame) -> pd.DataFrame:
    ordered = FIRST_DAY + pd.to_timedelta(rng.integers(0, 500, ORDERS), unit="D")
    shipped = ordered + pd.to_timedelta(rng.integers(0, 9, ORDERS), unit="D")
    return pd.DataFrame(
        {
            "order_id": range(50_001, 50_001 + ORDERS),
            "customer_id": rng.choice(customers["id"], ORDERS),
            "payer": rng.choice(customers["id"], ORDERS),
            "ordered": ordered.strftime("%Y-%m-%d"),
            "shipped": shipped.strftime("%Y-%m-%d"),
            "paid": (shipped + pd.offsets.BDay(1)).strftime("%Y-%m-%d"),
            "price": rng.gamma(2, 40, ORDERS).round(2),
        }
    )


def _make_salaries(rng: np.random.Generator, rows: int) -> pd.DataFrame:
    grade = rng.choice(list("ABCD"), rows)
    started = FIRST_DAY + pd.to_timedelta(rng.integers(0, 700, rows), unit="D")
    return pd.DataFrame(
        {
            "grade": grade,
            "salary": (rng.gamma(9, 400, rows) + 900 * (grade == "A")).round(2),
            "hours": rng.choice([20, 32, 40], rows),
            "started": started.strftime("%Y-%m-%d"),
            "ended": (started + pd.to_timedelta(rng.integers(1, 300, rows), unit="D")).strftime("%Y-%m-%d"),
        }
    )


def _make_contracts(rng: np.random.Generator) -> pd.DataFrame:
    opened = FIRST_DAY + pd.to_timedelta(rng.integers(0, 700, CONTRACTS), unit="D")
    months, payment = rng.choice([12, 24, 36], CONTRACTS), rng.integers(2_000, 60_000, CONTRACTS) / 100
    later = opened + pd.to_timedelta(rng.integers(1, 300, CONTRACTS), unit="D")
    return pd.DataFrame(
        {
            "opened": opened.strftime("%Y-%m-%d"),
            "closed": (later + pd.offsets.BDay(1)).strftime("%Y-%m-%d"),
            "payment": payment,
            "months": months,
            "amount": (payment * months).round(2),
        }
    )


def _fill(database: sqlite3.Connection, shop: dict[str, pd.DataFrame]) -> None:
    """Customers and orders with declared keys."""
    database.executescript(
        "CREATE TABLE customers (id INTEGER PRIMARY KEY, district_id INTEGER, age INTEGER);"
        "CREATE TABLE orders (order_id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers(id),"
        " payer INTEGER, ordered DATE, shipped DATE, paid DATE, price NUMERIC(10, 2));"
    )
    for name in ("customers", "orders"):
        shop[name].to_sql(name, database, if_exists="append", index=False)
