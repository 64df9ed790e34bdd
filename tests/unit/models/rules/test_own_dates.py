"""Where rules are kept, dates of single people are drawn anew before what the rules decide is learned."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.datasets import calendar
from pipeline.models.fitting import learn_rows
from tests.unit.models.rules.contracts import plan, register

PEOPLE, ROWS = 120, 960


def make_customers() -> pd.DataFrame:
    rng = np.random.default_rng(6)
    opened = np.datetime64("2001-01-01") + rng.integers(0, 7_000, PEOPLE).astype("timedelta64[D]")
    closed = opened + rng.integers(0, 900, PEOPLE).astype("timedelta64[D]")
    owner = np.repeat(np.arange(PEOPLE), ROWS // PEOPLE)
    return pd.DataFrame(
        {
            "cust": [f"C{100_000 + 37 * number}" for number in owner],
            "opened": pd.Series(opened[owner]).dt.strftime("%d.%m.%Y"),
            "closed": pd.Series(closed[owner]).dt.strftime("%d.%m.%Y"),
            "spent": rng.lognormal(3, 1, ROWS).round(2),
        }
    )


def test_own_dates_are_not_learned_where_their_order_is_a_rule(tmp_path: Path) -> None:
    table = make_customers()
    dataset = register(tmp_path, table, "opened <= closed")
    learned, columns = learn_rows(plan(dataset), dataset.load_raw())
    assert {one.name: str(one.kind) for one in columns}["opened"] == "numerical"
    assert (learned["opened"] >= 0).all()
    parts = {part: learned[f"closed {part}"] for part in (calendar.WEEK, calendar.WEEKDAY)}
    closed = calendar.compose(parts, 1, np.random.default_rng(0))
    opened = closed - pd.to_timedelta(learned["opened"], unit="D")
    for name, dates in (("opened", opened), ("closed", closed)):
        assert dates.dt.strftime("%d.%m.%Y").isin(table[name]).mean() < 0.1
