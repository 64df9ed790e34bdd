"""Lengths of time beside times of day: cells of more than 24 hours settle what a column holds."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.forms import learn_form

RNG = np.random.default_rng(2)
CLOCKS = [f"{h:02d}:{m:02d}:{s:02d}" for h, m, s in RNG.integers(0, [24, 60, 60], (300, 3))]
LENGTHS = ["24:10:05", "27:59:59", "101:00:00"]


@pytest.mark.parametrize(
    "shown", [CLOCKS + LENGTHS, LENGTHS + CLOCKS[:20], [f"-{one}" for one in LENGTHS] + CLOCKS]
)
def test_a_column_with_cells_above_a_day_holds_lengths(shown: list[str]) -> None:
    texts = pd.Series(shown)
    learned = learn_form(texts)
    assert learned.form.kind == "duration"
    assert not learned.odd.any()
    assert learned.form.write(learned.values).tolist() == shown


@pytest.mark.parametrize("odd", [["24:00:00"], ["27:59:59"], ["n/a", "24:00:00"]])
def test_times_of_day_with_a_midnight_or_a_typing_error_stay_times(odd: list[str]) -> None:
    learned = learn_form(pd.Series(CLOCKS + odd))
    assert learned.form.kind == "time"
    assert learned.odd.tolist() == [False] * len(CLOCKS) + [True] * len(odd)
