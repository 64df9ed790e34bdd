"""Units that are on no list."""

from __future__ import annotations

import random
from collections.abc import Callable

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.datasets.forms import Hints, form_from_dict, learn_form

_DRAW = random.Random(5)


@pytest.mark.parametrize(
    ("write", "unit"),
    [
        (lambda: f"{_DRAW.randrange(-50, 50)}bp", "bp"),
        (lambda: f"{_DRAW.randrange(1, 300)}Stk", "Stk"),
        (lambda: f"{_DRAW.gauss(0, 5):+.2f}pp", "pp"),
        (lambda: f"XAU {_DRAW.uniform(1, 200):.3f}", "XAU"),
        (lambda: f"≈{_DRAW.uniform(1, 200):.2f}", "≈"),
        (lambda: f"{_DRAW.gauss(225, 4):.1f}V", "V"),
        (lambda: f"{_DRAW.gauss(50, 0.03):.2f}Hz", "Hz"),
        (lambda: f"{_DRAW.uniform(96, 99.9):.1f}F", "F"),
        (lambda: f"{_DRAW.uniform(1, 9):.3f} µF", "µF"),
        (lambda: f"{_DRAW.uniform(100, 999):.2f}".replace(".", ",") + "Nm", "Nm"),
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
        lambda: f"{_DRAW.randrange(100, 999)}A",
        lambda: f"{_DRAW.randrange(1, 9)}.{_DRAW.randrange(9)}.{_DRAW.randrange(9)}b",
        lambda: f"1.{_DRAW.randrange(1, 9)}b",
        lambda: f"{_DRAW.randrange(10, 99)}.{_DRAW.randrange(10)}{_DRAW.choice('ABC')}",
    ],
)
def test_codes_with_letters_are_no_numbers(write: Callable[[], str]) -> None:
    assert learn_form(pd.Series([write() for _ in range(300)], dtype=object)) is None


@given(
    numbers=st.lists(st.integers(100_000, 999_999), min_size=40, max_size=80, unique=True),
    decimals=st.integers(1, 4),
    sign=st.sampled_from([".", ","]),
    unit=st.sampled_from(["V", "Hz", "F", "µF", "Ohm", "l.", " Nm", " q"]),
)
def test_decimals_of_one_width_with_a_unit_are_read_and_written_alike(
    numbers: list[int], decimals: int, sign: str, unit: str
) -> None:
    texts = pd.Series(
        [f"{number / 10**decimals:.{decimals}f}".replace(".", sign) + unit for number in numbers]
    )
    found = learn_form(texts, Hints(decimal=sign))
    assert found is not None
    assert not found.odd.any()
    assert found.form.write(found.values).tolist() == texts.tolist()
    assert [round(value * 10**decimals) for value in found.values] == numbers
