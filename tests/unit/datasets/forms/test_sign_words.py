"""Credit and debit words as signs, and dashes in place of cents."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.datasets.forms import form_from_dict, learn_form
from tests.unit.datasets.forms.written import column, learn, written_again


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
    learned = learn(*texts)
    assert learned.form.as_dict() == {"kind": "number", **form}
    assert learned.values.tolist() == values
    assert written_again(learned.form, column(*texts)) == list(texts)
    assert form_from_dict(learned.form.as_dict()) == learned.form


def test_amounts_with_cents_among_dashes_are_odd() -> None:
    learned = learn(*["1234,-"] * 9, "5,50")
    assert learned.odd.tolist() == [False] * 9 + [True]


def test_letters_that_are_no_pair_of_signs_are_no_numbers() -> None:
    assert learn_form(column(*(f"{row}.00 {'AB'[row % 2]}" for row in range(100)))) is None
