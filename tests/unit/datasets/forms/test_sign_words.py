"""Credit and debit words as signs, and dashes in place of cents."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.datasets.forms import learn_form
from tests.unit.datasets.forms.written import assert_number_is_kept, column, learn


@pytest.mark.parametrize(
    ("texts", "form", "values"),
    [
        (("1,234.00 CR", "5.50 DR"),
         {"grouping": ",", "positive": "# CR", "negative": "# DR", "decimals": 2}, [1234, -5.5]),
        (("1,23,456.00 Cr", "5.50 Dr"),
         {"grouping": ",", "lakh": True, "positive": "# Cr", "negative": "# Dr", "decimals": 2},
         [123456, -5.5]),
        (("1.234,56 S", "5,50 H"),
         {"decimal": ",", "grouping": ".", "positive": "# H", "negative": "# S", "decimals": 2},
         [-1234.56, 5.5]),
        (("1234,-", "-5,-"), {"positive": "#,-", "negative": "-#,-", "decimals": 0},
         [1234, -5]),
        (("1.234,-", "15.500,-"),
         {"decimal": ",", "grouping": ".", "positive": "#,-", "negative": "-#,-", "decimals": 0},
         [1234, 15500]),
        (("1'234.-", "5.-"), {"grouping": "'", "positive": "#.-", "negative": "-#.-", "decimals": 0},
         [1234, 5]),
        (("1234,- €", "5,- €"), {"positive": "#,- €", "negative": "-#,- €", "decimals": 0},
         [1234, 5]),
    ],
)  # fmt: skip
def test_a_word_or_dash_is_part_of_the_form(
    texts: tuple[str, ...], form: dict[str, Any], values: list[float]
) -> None:
    assert_number_is_kept(texts, form, values)


def test_amounts_with_cents_among_dashes_are_odd() -> None:
    learned = learn(*["1234,-"] * 9, "5,50")
    assert learned.odd.tolist() == [False] * 9 + [True]


def test_letters_that_are_no_pair_of_signs_are_no_numbers() -> None:
    assert learn_form(column(*(f"{row}.00 {'AB'[row % 2]}" for row in range(100)))) is None
