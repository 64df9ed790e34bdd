"""Codes with a year keep the year of the date in their row."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.datasets.detection.detect import detect
from pipeline.datasets.spec import DatasetSpec
from pipeline.identity import derive
from tests.unit.identity.identity_cases import request

RNG = np.random.default_rng(9)
ROWS = 300
DAYS = pd.Series(pd.Timestamp("2023-01-01") + pd.to_timedelta(RNG.integers(0, 730, ROWS), unit="D"))


def describe(years: pd.Series) -> DatasetSpec:
    table = pd.DataFrame(
        {
            "invoice": [f"INV-{year}-{number:05d}" for number, year in enumerate(years, start=1)],
            "booked": DAYS,
            "amount": RNG.lognormal(3, 1, ROWS).round(2),
        }
    )
    return detect(table, "t")[0]


def test_a_new_code_names_the_year_of_its_row() -> None:
    invoice = describe(DAYS.dt.year).columns[0]
    assert invoice.options["year_of"] == "booked"
    modelled = pd.DataFrame({"booked": DAYS.sample(ROWS, random_state=2, ignore_index=True)})
    made = pd.Series(derive(request([invoice], modelled))["invoice"])
    assert (made.str[4:8].astype(int) == modelled["booked"].dt.year).all()
    assert made.nunique() == ROWS


def test_a_year_that_is_not_that_of_the_date_is_drawn_by_its_share() -> None:
    invoice = describe(pd.Series(RNG.choice([2023, 2024], ROWS))).columns[0]
    assert "year_of" not in invoice.options


def test_years_without_a_pattern_and_rows_without_the_date_are_drawn() -> None:
    invoice = describe(DAYS.dt.year).columns[0]
    late = pd.DataFrame({"booked": pd.Series([pd.Timestamp("2031-05-05")] * 40)})
    assert set(pd.Series(derive(request([invoice], late))["invoice"]).str[4:8]) == {"2023", "2024"}
    assert len(derive(request([invoice], 40))["invoice"]) == 40
