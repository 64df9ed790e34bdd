"""Whole numbers of a numbering are identifiers, whatever the name of their column suggests."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.detection.columns import detect_column
from pipeline.datasets.spec import Role

RNG = np.random.default_rng(11)
DAYS = pd.Series(np.arange(45_000, 45_365))
SERIES = {
    "loan": pd.Series(RNG.permutation(np.arange(100_001, 100_401))),
    "payment": pd.Series(RNG.permutation(np.arange(500_100, 500_700))[:400]),
    "Darlehen": pd.Series(RNG.permutation(np.arange(30_000, 30_600))),
    "fee": pd.Series(np.arange(77_000, 77_040)),
    "mortgage": pd.Series(RNG.permutation(np.arange(1_001, 1_301))),
    "balance": pd.Series(100_001 + RNG.integers(0, 150, 700)),
    "betrag": pd.Series(np.repeat(np.arange(40_001, 40_101) + 80_000, RNG.integers(3, 8, 100))),
}
MEASURES = {
    "loan": pd.Series(RNG.lognormal(11, 0.5, 400).round().astype("int64")),
    "height": pd.Series(RNG.integers(150, 200, 500)),
    "score": pd.Series(RNG.integers(600, 850, 500)),
    "year": pd.Series(np.arange(1_950, 2_010)),
    "rent": pd.Series(RNG.choice(np.arange(10_000, 10_500, 10), 900)),
    "t": DAYS,
    "booked": DAYS.sample(900, replace=True, random_state=1).reset_index(drop=True),
}


@pytest.mark.parametrize("name", SERIES)
def test_numbers_of_a_numbering_are_identifiers_under_a_name_of_an_amount(name: str) -> None:
    found = detect_column(name, SERIES[name])
    assert (found.role, found.kind in ("key", "code")) == (Role.IDENTITY, True)
    assert "numbering" in found.why or "sequence" in found.why
    assert "numerical" in found.alternatives


@pytest.mark.parametrize("name", MEASURES)
def test_measures_of_a_narrow_range_stay_measures(name: str) -> None:
    found = detect_column(name, MEASURES[name])
    assert (found.role, found.kind) == (Role.MODELLED, "numerical")
