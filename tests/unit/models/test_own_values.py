"""Numbers of single people, in many rows each, are never learned as they are, and never leave unnoticed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.detection.detect import detect
from pipeline.datasets.own_numbers import find_own_numbers
from pipeline.datasets.spec import DatasetSpec
from pipeline.evaluation.privacy.real_codes import evaluate_codes
from pipeline.evaluation.results import Verdict
from pipeline.models.own_values import blur_own_values

PEOPLE, ROWS = 100, 1_200


def draw(**columns: np.ndarray) -> pd.DataFrame:
    """Rows of people with a code: each column has one value for each of them."""
    rng = np.random.default_rng(4)
    owner = rng.integers(0, PEOPLE, ROWS)
    codes = np.array([f"C{100_000 + 37 * number}" for number in range(PEOPLE)])
    own = {name: values[owner] for name, values in columns.items()}
    return pd.DataFrame({"cust": codes[owner], **own, "spent": rng.lognormal(3, 1, ROWS).round(2)})


RNG = np.random.default_rng(9)
OWN = {
    "cents": RNG.uniform(20_000, 140_000, PEOPLE).round(2),
    "places": RNG.uniform(47, 55, PEOPLE).round(6),
    "whole": RNG.integers(10_000, 90_000, PEOPLE),
    "rounded": RNG.choice(np.arange(200, 2_000_000, 25), PEOPLE, replace=False),
    "negative": -RNG.uniform(5, 9_000, PEOPLE).round(2),
}
SHARED = {
    "levels": RNG.choice([1_000.0, 2_500.0, 5_000.0, 7_500.5], PEOPLE),
    "ages": RNG.integers(18, 90, PEOPLE),
    "limits": RNG.choice(np.arange(500, 20_500, 500), PEOPLE),
}


def describe(table: pd.DataFrame) -> DatasetSpec:
    return detect(table, "t", date(2026, 1, 1))[0]


def evaluate(real: pd.DataFrame, made: pd.DataFrame) -> tuple[Verdict | None, str]:
    found = evaluate_codes(real, made, describe(real))
    return found.verdict, found.sentence


@pytest.mark.parametrize(
    ("name", "has_code"),
    [*((name, True) for name in OWN), *((name, False) for name in ("cents", "places", "negative"))],
)
def test_an_own_number_is_drawn_anew_among_those_of_several_people(name: str, has_code: bool) -> None:
    table = draw(limit=OWN[name])
    table = table if has_code else table.drop(columns="cust")
    blurred = blur_own_values(describe(table), table, table)
    assert blurred["limit"].isin(table["limit"]).sum() <= 0.02 * ROWS
    assert blurred["limit"].nunique() > 5 * PEOPLE
    assert abs(blurred["limit"].mean() - table["limit"].mean()) < 0.05 * table["limit"].std()
    assert np.corrcoef(blurred["limit"], table["limit"])[0, 1] > 0.98
    assert blurred.drop(columns="limit").equals(table.drop(columns="limit"))
    assert blurred["limit"].dtype == table["limit"].dtype
    assert blurred["limit"].between(table["limit"].min(), table["limit"].max()).all()
    if name == "rounded":
        assert (blurred["limit"] % 25 == 0).all()


@pytest.mark.parametrize("name", SHARED)
def test_numbers_that_many_people_share_or_that_lie_close_stay_as_they_are(name: str) -> None:
    table = draw(limit=SHARED[name])
    assert blur_own_values(describe(table), table, table) is table


def test_measures_of_single_rows_prices_and_public_columns_stay_as_they_are() -> None:
    rng = np.random.default_rng(5)
    table = draw(limit=OWN["cents"])
    spec = describe(table)
    public = replace(spec, columns=tuple(replace(one, is_public=one.name == "limit") for one in spec.columns))
    assert blur_own_values(public, table, table) is table
    prices = pd.DataFrame(
        {
            "price": (rng.choice(np.arange(1, 5_000), 90, replace=False) + 0.99)[rng.integers(0, 90, ROWS)],
            "gain": np.where(
                rng.random(ROWS) < 0.9, 0.0, rng.choice(RNG.uniform(0, 9_999, 100).round(2), ROWS)
            ),
            "amount": rng.lognormal(4, 1, ROWS).round(2),
        }
    )
    assert blur_own_values(describe(prices), prices, prices) is prices


@pytest.mark.parametrize("name", ["cents", "places", "negative"])
@pytest.mark.parametrize("has_code", [True, False])
def test_an_export_that_repeats_own_numbers_is_stopped(name: str, has_code: bool) -> None:
    real = draw(limit=OWN[name])
    made = real.sample(1_000, replace=True, random_state=1).assign(cust="C9")
    real, made = (one if has_code else one.drop(columns="cust") for one in (real, made))
    verdict, sentence = evaluate(real, made)
    assert verdict is Verdict.FAIL
    assert '1,000 of 1,000 rows repeat a real value of "limit"' in sentence
    assert "numbers that belong to single people" in sentence
    learned = blur_own_values(describe(real), real, real).sample(1_000, replace=True, random_state=1)
    assert evaluate(real, learned)[0] is not Verdict.FAIL


def test_a_value_of_ten_people_is_nobodys_own() -> None:
    values = OWN["cents"].copy()
    values[:10] = values[0]
    table = draw(limit=values)
    spec = describe(table)
    own = find_own_numbers(spec, next(one for one in spec.columns if one.name == "limit"), table)
    assert own is not None
    assert len(own.values) == PEOPLE - 10
    assert round(values[0] * 100) not in own.values
    kept = blur_own_values(spec, table, table)["limit"]
    assert (kept[table["limit"] == values[0]] == values[0]).all()
