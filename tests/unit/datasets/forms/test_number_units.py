"""Units that are on no list."""

from __future__ import annotations

import random
from collections.abc import Callable

import pandas as pd
import pytest

from pipeline.datasets.forms import form_from_dict, learn_form

_DRAW = random.Random(5)


@pytest.mark.parametrize(
    ("write", "unit"),
    [
        (lambda: f"{_DRAW.randrange(-50, 50)}bp", "bp"),
        (lambda: f"{_DRAW.randrange(1, 300)}Stk", "Stk"),
        (lambda: f"{_DRAW.gauss(0, 5):+.2f}pp", "pp"),
        (lambda: f"XAU {_DRAW.uniform(1, 200):.3f}", "XAU"),
        (lambda: f"≈{_DRAW.uniform(1, 200):.2f}", "≈"),
    ],
)
def test_a_short_unit_that_is_the_same_in_all_cells_makes_numbers(
    write: Callable[[], str], unit: str
) -> None:
    texts = pd.Series([write() for _ in range(300)], dtype=object)
    found = learn_form(texts)
    assert found is not None
    assert found.form.unit == unit  # type: ignore[attr-defined]
    assert not found.odd.any()
    assert (found.form.write(found.values) == texts).mean() > 0.98  # "-0.00" has no sign when written
    assert form_from_dict(found.form.as_dict()) == found.form


@pytest.mark.parametrize(
    "write",
    [
        lambda: f"KD{_DRAW.randrange(1, 30_000)}",
        lambda: f"{_DRAW.randrange(1_000, 9_999)}A",
        lambda: f"{_DRAW.randrange(1, 99)}{_DRAW.choice('ABC')}",
        lambda: f"E{_DRAW.randrange(10, 99)}.{_DRAW.randrange(9)}",
        lambda: f"K-{_DRAW.randrange(1, 300)}",
        lambda: f"{_DRAW.randrange(1_000):05d}X",
    ],
)
def test_codes_with_letters_are_no_numbers(write: Callable[[], str]) -> None:
    assert learn_form(pd.Series([write() for _ in range(300)], dtype=object)) is None
