"""Numbers of few levels far apart are given only from these levels, as they are written."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.detection.detect import detect
from pipeline.datasets.detection.typing import type_table
from pipeline.datasets.levels import are_levels

RNG = np.random.default_rng(2)
ROWS = 400


def describe(texts: list[str]) -> tuple[str, list[str]]:
    cells = pd.DataFrame({"x": texts, "amount": RNG.lognormal(4, 1, ROWS).round(2).astype(str)}, dtype=object)
    typed = type_table(cells)
    spec = detect(typed.table, "t", typed=typed)[0]
    return str(spec.columns[0].kind), sorted(typed.table["x"].astype(str).unique())


@pytest.mark.parametrize(
    "levels",
    [
        ["200", "404", "500"], ["0", "7", "19"], ["12", "24", "36", "60"], ["0 %", "7 %", "19 %"],
        ["$5.00", "$10.00", "$25.00"], ["0.00", "0.05", "0.10", "0.25"], ["0.5", "1.0"],
    ],
)  # fmt: skip
def test_levels_are_categories_as_they_are_written(levels: list[str]) -> None:
    kind, found = describe(RNG.choice(levels, ROWS).tolist())
    assert (kind, found) == ("categorical", sorted(levels))


@pytest.mark.parametrize(
    "numbers",
    [
        RNG.integers(1, 6, ROWS),
        RNG.poisson(2, ROWS),
        RNG.integers(0, 100, ROWS),
        RNG.lognormal(3, 1, ROWS).round(2),
    ],
)
def test_ratings_counts_and_amounts_stay_numbers(numbers: np.ndarray) -> None:
    assert describe([str(number) for number in numbers])[0] == "numerical"


def test_a_level_of_few_rows_is_no_category() -> None:
    assert not are_levels(pd.Series([12] * 50 + [24] * 50 + [360] * 2))
    assert are_levels(pd.Series([12] * 50 + [24] * 50 + [360] * 20))
    assert not are_levels(pd.Series([np.inf, 1.0, 2.0] * 20))
