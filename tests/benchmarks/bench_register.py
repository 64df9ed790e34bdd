"""Registering a large CSV file against pandas' own `read_csv` of it, alternating in one process."""

from __future__ import annotations

import csv
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline import Workbench
from pipeline.settings import Settings

ROWS = 1_000_000
ROUNDS = 3
SEED = 5


def main() -> None:
    """Time `read_csv` and `datasets.add` of one file of 15 columns, and print the ratio."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "payments.csv"
        make_payments(ROWS).to_csv(file, index=False, quoting=csv.QUOTE_MINIMAL)
        size_mb = file.stat().st_size / 1e6
        read_s, add_s = [], []
        for number in range(ROUNDS):
            read_s.append(_time(partial(pd.read_csv, file)))
            workbench = Workbench(Settings(home=Path(folder) / f"state_{number}"))
            add_s.append(_time(partial(workbench.datasets.add, "payments", [file])))
        print(f"{ROWS:,} rows x 15 columns, {size_mb:,.0f} MB; medians of {ROUNDS}, alternating")
        read, add = statistics.median(read_s), statistics.median(add_s)
        print(f"read_csv {read:.2f} s, registered {add:.2f} s: {add / read:.1f} times (below 10)")


def make_payments(rows: int) -> pd.DataFrame:
    """Payments of accounts: keys, codes that repeat, dates, times, money, categories, people, gaps."""
    rng = np.random.default_rng(SEED)
    accounts = rng.integers(0, max(1, rows // 20), rows)
    days = pd.Timestamp("2021-01-01") + pd.to_timedelta(rng.integers(0, 1_500, rows), unit="D")
    seconds = pd.to_timedelta(rng.integers(0, 86_400, rows), unit="s")
    amounts = rng.lognormal(4, 1.2, rows).round(2)
    return pd.DataFrame(
        {
            "payment_id": np.arange(1, rows + 1),
            "account_no": [f"AC{number:08d}" for number in accounts * 37 + 10_000_000],
            "client_ref": [f"K-{number:07d}" for number in accounts * 13 + 1_000_000],
            "booked": days.strftime("%d.%m.%Y"),
            "posted_at": (days + seconds).strftime("%Y-%m-%d %H:%M:%S"),
            "amount": amounts,
            "fee": np.where(rng.random(rows) < 0.1, np.nan, (amounts * 0.01).round(2)),
            "balance": rng.normal(5_000, 2_000, rows).round(2),
            "currency": rng.choice(["USD", "EUR", "GBP"], rows, p=[0.7, 0.2, 0.1]),
            "channel": rng.choice(["branch", "online", "atm", "phone"], rows),
            "mcc": rng.choice([5411, 5812, 5999, 4111, 6011], rows),
            "age": rng.integers(18, 95, rows),
            "is_foreign": rng.choice(["Y", "N"], rows),
            "email": [f"person{number}@mail.example" for number in accounts],
            "memo": [f"invoice {number} of the month" for number in rng.integers(0, 10**8, rows)],
        }
    )


def _time(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
