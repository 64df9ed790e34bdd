"""Customers that are counted from 1 are identifiers; ages, counts, terms and scores stay numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.datasets.detection.columns import Evidence, detect_column
from pipeline.datasets.detection.founding import find_founders
from pipeline.datasets.spec import Role

SEEDS = st.integers(0, 2**32 - 1)
EXAMPLES = settings(max_examples=60, deadline=None)


def draw_customers(people: int, rows: int, seed: int, spread: float = 0.0) -> pd.Series:
    """Rows of customers 1 to `people`, some of whom have more rows than others."""
    rng = np.random.default_rng(seed)
    weights = rng.lognormal(0, spread, people)
    every = np.arange(1, people + 1)
    drawn = rng.choice(every, rows - people, p=weights / weights.sum())
    return pd.Series(rng.permutation(np.concatenate([every, drawn])))


@pytest.mark.parametrize(("people", "rows"), [(120, 2_000), (73, 1_000), (450, 4_000)])
@pytest.mark.parametrize("spread", [0.0, 0.8])
def test_customers_counted_from_one_are_identifiers(people: int, rows: int, spread: float) -> None:
    values = draw_customers(people, rows, 3, spread)
    finding = detect_column("x", values, Evidence(founds=lambda: True))
    assert (finding.role, finding.kind) == (Role.IDENTITY, "code")
    assert "counted from 1, and another column has one value for each" in finding.why
    assert "numerical" in finding.alternatives


@pytest.mark.parametrize(("people", "rows"), [(50, 600), (120, 2_000), (73, 1_000), (450, 4_000)])
@pytest.mark.parametrize("name", ["v", "units", "rooms", "day", "loc", "x"])
def test_even_numbers_alone_are_measures_with_a_doubt(name: str, people: int, rows: int) -> None:
    finding = detect_column(name, draw_customers(people, rows, 3))
    assert (finding.role, finding.kind, finding.alternatives) == (Role.MODELLED, "numerical", ("code",))


def test_a_name_of_a_measure_does_not_outweigh_what_is_constant_in_each_number() -> None:
    numbers = draw_customers(64, 900, 3)
    assert detect_column("score", numbers, Evidence(founds=lambda: True)).role is Role.IDENTITY
    assert detect_column("score", numbers).alternatives == ("code",)
    assert detect_column("customer_id", numbers).role is Role.IDENTITY


def test_what_is_constant_in_people_changes_from_number_to_number() -> None:
    numbers, rng = draw_customers(60, 900, 7), np.random.default_rng(2)
    place = numbers.to_numpy()
    of_person = {"branch": rng.choice(["N", "S", "W"], 61), "name": rng.permutation(61).astype(str)}
    of_measure = {
        "price": np.arange(61) * 3.5,
        "falling": 100 - np.arange(61),
        "band": np.array(["low", "mid", "high"])[np.arange(61) // 21],
        "label": np.array([f"{number:03d} pieces" for number in range(61)]),
        "same": np.full(61, "EUR"),
    }
    for name, values in of_person.items():
        table = pd.DataFrame({"n": numbers, name: values[place]})
        assert find_founders(table)("n"), name
    for name, values in of_measure.items():
        table = pd.DataFrame({"n": numbers, name: values[place]})
        assert not find_founders(table)("n"), name
    assert not find_founders(pd.DataFrame({"n": numbers, "free": rng.choice(["N", "S"], 900)}))("n")


@pytest.mark.parametrize("people", [100, 365])
def test_numbers_that_end_where_measures_end_stay_numbers_with_a_doubt(people: int) -> None:
    finding = detect_column("x", draw_customers(people, 20 * people, 4))
    assert (finding.kind, finding.alternatives) == ("numerical", ("code",))


def test_ordered_numbers_stay_numbers_with_a_doubt() -> None:
    finding = detect_column("x", pd.Series(np.repeat(np.arange(1, 121), 12)))
    assert (finding.kind, finding.alternatives) == ("numerical", ("code",))


@pytest.mark.parametrize("name", ["score", "age", "months", "rating", "quantity", "year", "Anzahl", "month"])
def test_a_name_of_a_measure_keeps_even_numbers(name: str) -> None:
    assert detect_column(name, draw_customers(120, 2_000, 5)).role is Role.MODELLED


def test_numbers_that_go_with_a_measure_stay_numbers() -> None:
    values = draw_customers(120, 2_000, 6)
    assert detect_column("x", values, Evidence(correlates=lambda: True)).kind == "numerical"


@EXAMPLES
@given(SEEDS, st.sampled_from(["normal", "poisson", "geometric", "triangular", "terms", "beta"]))
def test_measures_from_one_on_never_become_identifiers(seed: int, shape: str) -> None:
    rng, rows = np.random.default_rng(seed), 2_000
    numbers = {
        "normal": lambda: rng.normal(45, 15, rows),
        "poisson": lambda: rng.poisson(rng.uniform(5, 60), rows),
        "geometric": lambda: rng.geometric(0.04, rows),
        "triangular": lambda: rng.triangular(1, 30, 130, rows),
        "terms": lambda: rng.choice([6, 12, 24, 36, 48, 60, 72, 84, *range(1, 85)], rows),
        "beta": lambda: 120 * rng.beta(2, 2, rows),
    }[shape]()
    values = pd.Series(np.clip(np.round(numbers), 1, None).astype("int64"))
    assert detect_column("x", values).role is Role.MODELLED


@EXAMPLES
@given(SEEDS, st.sampled_from([5, 10, 12, 24, 28, 31, 52, 60, 100, 365]))
def test_ranks_days_weeks_and_percent_never_become_identifiers(seed: int, high: int) -> None:
    values = pd.Series(np.random.default_rng(seed).integers(1, high + 1, 3_000))
    assert detect_column("x", values).role is Role.MODELLED
