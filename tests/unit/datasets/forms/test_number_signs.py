"""Thousands, decimals and typing errors: what a column and its file decide, and what they do not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.datasets.detection.typing import type_table
from pipeline.datasets.forms import Hints, NumberForm, learn_form
from pipeline.errors import DataError
from tests.unit.datasets.forms.written import column, learn

TYPED = tuple(f"{place % 9 + 1},{place * 7 % 1000:03d}" for place in range(200))
WRONG = tuple(f"{place % 9 + 1}.{place * 13 % 1000:03d}" for place in range(11, 200))
TURN = str.maketrans(",.", ".,")


def many(texts: tuple[str, ...], count: int, pattern: str = "{}") -> list[str]:
    return [pattern.format(texts[place % len(texts)]) for place in range(count)]


@pytest.mark.parametrize("pattern", ["{}", "-{}", "{} EUR", "{} kg", "{}%", "({})"])
def test_typing_errors_among_three_decimals_are_odd_and_no_thousands(pattern: str) -> None:
    texts = [*many(TYPED, 590, pattern), *many(WRONG, 10, pattern)]
    learned = learn(*texts, decimal=",")
    assert (int(learned.odd.sum()), learned.odd[590:].all()) == (10, True)
    assert learned.values.abs().max() < 10
    assert learned.form.grouping == ""  # type: ignore[attr-defined]


def test_typing_errors_are_odd_whichever_sign_is_the_decimal_one() -> None:
    texts = [text.translate(TURN) for text in (*many(TYPED, 590), *many(WRONG, 10))]
    learned = learn(*texts, decimal=".")
    assert (int(learned.odd.sum()), learned.values.max() < 10) == (10, True)


def test_decimals_among_grouped_whole_numbers_are_odd() -> None:
    texts = [*many(TYPED, 300), *many(("512", "87", "930"), 290), *many(WRONG, 10)]
    learned = learn(*texts)
    assert (learned.is_ambiguous, int(learned.odd.sum())) == (False, 10)
    assert float(learned.values.min()) == 87
    assert learned.form.write(pd.Series([1256])).tolist() == ["1,256"]


@pytest.mark.parametrize("others", [("1.234,50", "12,75"), ("1.234.567", "87.120"), ("999,5", "412,75")])
def test_a_single_group_is_read_where_the_other_cells_prove_grouping(others: tuple[str, str]) -> None:
    learned = learn(*many(others, 90), *(f"1.{place}" for place in range(240, 250)), decimal=",")
    assert not learned.odd.any()
    assert float(learned.values.iloc[-1]) == 1249


@pytest.mark.parametrize(("right", "wrong"), [(590, 10), (400, 200), (300, 300)])
def test_a_column_with_both_signs_before_three_digits_is_asked(right: int, wrong: int) -> None:
    texts = column(*many(TYPED, right), *many(WRONG, wrong))
    assert learn(*texts, likely_decimal=",").is_ambiguous
    with pytest.raises(DataError, match='cannot be told apart in "y"'):
        type_table(pd.DataFrame({"y": texts}), Hints(likely_decimal=","))


@pytest.mark.parametrize(("decimal", "value"), [(".", 2007), (",", 2.007)])
def test_three_digits_everywhere_are_asked_and_an_option_answers(decimal: str, value: float) -> None:
    table = pd.DataFrame({"n": many(TYPED, 50), "k": many(("A", "B"), 50)})
    with pytest.raises(DataError, match="may be more than a thousand, or one and a fraction") as caught:
        type_table(table)
    assert "--decimal ," in caught.value.hint
    assert "n.decimal=," in caught.value.hint
    assert type_table(table, Hints(decimal=decimal)).table["n"].iloc[1] == value


@pytest.mark.parametrize(
    ("pattern", "hints", "value"),
    [
        ("{}", Hints(likely_decimal=","), 2.007),
        ("${}", Hints(likely_decimal=","), 2007),
        ("£{}", Hints(), 2007),
        ("{} €", Hints(), 2.007),
        ("{} zł", Hints(), 2.007),
    ],
)
def test_currency_and_separator_settle_what_the_digits_leave_open(
    pattern: str, hints: Hints, value: float
) -> None:
    learned = learn_form(column(*many(TYPED, 50, pattern)), hints)
    assert learned is not None
    assert (learned.is_ambiguous, float(learned.values.iloc[1])) == (False, value)
    assert learned.alternatives


def test_another_column_of_the_file_settles_it() -> None:
    table = pd.DataFrame({"n": many(TYPED, 50), "x": [f"{place}.{place:02d}" for place in range(50)]})
    assert type_table(table).table["n"].iloc[1] == 2007


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 2**32 - 1), st.sampled_from([2, 3, 4]), st.integers(1, 40), st.sampled_from([1, 2, 3]),
    st.sampled_from([",", "."]),
)  # fmt: skip
def test_no_typing_error_is_read_a_thousand_times_as_large(
    seed: int, decimals: int, errors: int, digits: int, sign: str
) -> None:
    rng = np.random.default_rng(seed)
    values = rng.integers(10 ** (digits - 1), 10**digits, 400) + rng.random(400)
    written = NumberForm(sign, min_decimals=decimals, max_decimals=decimals).write(pd.Series(values))
    typed = written.where(np.arange(400) >= errors, written.str.translate(TURN))
    learned = learn(*typed, decimal=sign)
    assert float(learned.values.max()) <= 10**digits
    assert learned.form.read(learned.form.write(learned.values)).values.equals(learned.values)


SPREAD = [f"{number:,}" for number in np.random.default_rng(8).lognormal(6.9, 1.2, 400).astype(int)]
"""Whole numbers from tens to ten thousands, grouped the English way."""


@pytest.mark.parametrize(
    ("others", "decimal"),
    [(["3.85", "4.81"], "."), (["1,234.50", "15.25"], ".")],
    ids=["decimals", "groups and decimals"],
)
def test_thousands_of_a_file_with_semicolons_stay_thousands_by_its_other_columns(others, decimal) -> None:
    cells = pd.DataFrame({"Cost": SPREAD, "x": (others * 200)[: len(SPREAD)]})
    typed = type_table(cells, Hints(likely_decimal=","))
    assert typed.forms["Cost"].form.decimal == decimal
    assert typed.table["Cost"].tolist() == [float(text.replace(",", "")) for text in SPREAD]


@pytest.mark.parametrize(
    ("others", "value"),
    [
        (["2,261,120", "8,483,667"], 3_582),
        (["76269.19", "44589.66"], 3_582),
        (["76269,19", "44589,66"], 3.582),
        (["a", "b"], 3.582),
    ],
    ids=["groups", "decimals", "decimal commas", "words"],
)
def test_three_digits_everywhere_follow_the_other_columns_before_the_separator(others, value) -> None:
    texts = [f"{place % 9 + 1},{number:03d}" for place, number in enumerate(range(100, 500))]
    cells = pd.DataFrame({"a": ["3,582", *texts], "b": (others * 201)[:401]})
    assert type_table(cells, Hints(likely_decimal=",")).table["a"].iloc[0] == value


@pytest.mark.parametrize("others", [["5,02", "6,80"], ["a", "b"]], ids=["decimal commas", "words"])
def test_numbers_that_go_on_behind_a_thousand_are_asked_about_before_they_become_small(others) -> None:
    cells = pd.DataFrame({"Cost": SPREAD, "x": (others * 200)[: len(SPREAD)]})
    with pytest.raises(DataError, match='cannot be told apart in "Cost"'):
        type_table(cells, Hints(likely_decimal=","))
    told = type_table(cells, Hints(likely_decimal=",", decimal="."))
    assert told.table["Cost"].max() > 1_000


def test_small_whole_weights_beside_three_decimals_stay_weights() -> None:
    whole = (number % 9 + 1 for number in range(100, 400))
    texts = [f"{one}" if place % 5 == 0 else f"{one},{place + 100:03d}" for place, one in enumerate(whole)]
    learned = type_table(pd.DataFrame({"kg": texts}), Hints(likely_decimal=",")).table["kg"]
    assert learned.max() < 10
