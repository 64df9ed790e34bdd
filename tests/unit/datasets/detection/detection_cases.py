"""Columns whose values show what they are."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from pipeline.datasets.detection.patterns import passes_luhn

ROWS = 60
AS_OF = date(2026, 1, 1)
_CARDS = [f"411111{number:09d}" for number in range(400)]
CARDS = [text for stem in _CARDS for digit in "0123456789" if passes_luhn(text := stem + digit)][:ROWS]
FIRST = ("Ann", "Bob", "Cleo", "Dan", "Eve", "Flo")
LAST = ("Ash", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Gum", "Hazel", "Ivy", "Juniper")
NAMES = [f"{first} {last}" for first in FIRST for last in LAST]


def make_column(make: object, rows: int = ROWS) -> pd.Series:
    return pd.Series([make(row) for row in range(rows)])  # type: ignore[operator]


def make_bank() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "client_id": np.arange(ROWS) * 3 + 500,
            "name": NAMES,
            "sex": rng.choice(["F", "M"], ROWS),
            "email": [f"p{row}@mail.test" for row in range(ROWS)],
            "born": pd.to_datetime("1960-05-01") + pd.to_timedelta(rng.integers(0, 9_000, ROWS), unit="D"),
            "address": [
                f"{row + 1} Oak Road, Ames, {state} 50010" for row, state in enumerate(["IA", "TX"] * 30)
            ],
            "card_number": CARDS,
            "network": ["Visa"] * ROWS,
            "balance": rng.integers(0, 9_999, ROWS) / 4,
            "opened": pd.to_datetime("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, ROWS), unit="D"),
            "grade": pd.Series(rng.choice(["a", "b", "NA"], ROWS)).where(np.arange(ROWS) != 5, None),
        }
    )
