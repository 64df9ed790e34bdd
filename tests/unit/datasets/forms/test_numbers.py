"""Numbers: which form is learned, what is odd, and what is no number at all."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.forms import Hints, NumberForm, learn_form, vote_decimal
from tests.unit.datasets.forms.written import column, learn, written_again


@pytest.mark.parametrize(
    ("texts", "form", "values"),
    [
        (("€ 12", "€ 13", "€ -4"), {"positive": "€ #", "negative": "€ -#", "decimals": 0}, [12, 13, -4]),
        (("($5.00)", "$1,000.00"),
         {"grouping": ",", "positive": "$#", "negative": "($#)", "decimals": 2}, [-5, 1000]),
        (("$5.00-", "$6.00"), {"positive": "$#", "negative": "$#-", "decimals": 2}, [-5, 6]),
        (("12 kg", "0.5 kg"), {"positive": "# kg", "negative": "-# kg", "decimals": [0, 1]}, [12, 0.5]),
        (("5.5 %", "-7.25 %"), {"positive": "# %", "negative": "-# %", "decimals": [1, 2]}, [5.5, -7.25]),
        (("−5.0", "−1,200.0", "6.0"), {"grouping": ",", "negative": "−#", "decimals": 1}, [-5, -1200, 6]),
        (("1.234.567,89", "1,50"), {"decimal": ",", "grouping": ".", "decimals": 2}, [1234567.89, 1.5]),
        (("Rs. 1,20,000", "Rs. 500"),
         {"grouping": ",", "lakh": True, "positive": "Rs. #", "negative": "-Rs. #", "decimals": 0},
         [120000, 500]),
        ((".5", ".25", "1.75"), {"zero_before_point": False, "decimals": [1, 2]}, [0.5, 0.25, 1.75]),
        (("1.5e3", "2.25e10", "-1.5e-7"), {"notation": "scientific", "decimals": [1, 2], "exponent": "e0"},
         [1500, 2.25e10, -1.5e-7]),
        (("0.1", "1e-05", "1e+22", "5.0"), {"notation": "general", "decimals": [1, None]},
         [0.1, 1e-5, 1e22, 5]),
        (("0.00000123", "0.00000001"), {"decimals": 8}, [1.23e-6, 1e-8]),
        (("1_000", "12"), {"grouping": "_", "decimals": 0}, [1000, 12]),
        (("1’234.50", "12.00"), {"grouping": "’", "decimals": 2}, [1234.5, 12]),
        (("1\u00a0234,56\u00a0€", "12,00\u00a0€"),
         {"decimal": ",", "grouping": "\u00a0", "positive": "#\u00a0€", "negative": "-#\u00a0€",
          "decimals": 2},
         [1234.56, 12]),
        (("12USD", "-13USD"), {"positive": "#USD", "negative": "-#USD", "decimals": 0}, [12, -13]),
    ],
)  # fmt: skip
def test_a_form_is_learned_and_writes_the_same_texts(
    texts: tuple[str, ...], form: dict[str, Any], values: list[float]
) -> None:
    learned = learn(*texts)
    expected = {"kind": "number", **form}
    assert learned.form.as_dict() == expected
    assert not learned.is_ambiguous
    assert learned.values.tolist() == values
    assert written_again(learned.form, column(*texts)) == list(texts)


@pytest.mark.parametrize(
    "texts",
    [
        ("00123", "00124", "12345"),
        ("K-3551", "K-3552"),
        ("TX0213", "TX1122"),
        ("9007199255667189", "9007199255560696", "12"),
        ("4539578763621486", "5500005555555559"),
        ("+4915112345678", "+4915112345679"),
        ("+49 726 6974142", "+49 585 6479497"),
        ("192.168.1.1", "10.100.200.123"),
        ("53-56-73", "03-74-01"),
        ("1.2.3", "1.2.4"),
        ("65+", "18+"),
        ("10%-20%", "20%-30%"),
        ("nan", "inf"),
        ("low", "high"),
        ("", None),
    ],
)
def test_codes_and_words_are_no_numbers(texts: tuple[str | None, ...]) -> None:
    assert learn_form(column(*texts)) is None


def test_three_digits_after_every_comma_are_ambiguous() -> None:
    learned = learn("5,385", "6,123", "7,800")
    assert learned.is_ambiguous
    assert learned.values.tolist() == [5385, 6123, 7800]
    assert [form.read(column("5,385")).values.item() for form in learned.alternatives] == [5.385]


def test_a_hint_settles_what_the_column_leaves_open() -> None:
    learned = learn("5,385", "6,123", "7,800", decimal=",")
    assert not learned.is_ambiguous
    assert learned.values.tolist() == [5.385, 6.123, 7.8]
    assert learned.form.write(learned.values).tolist() == ["5,385", "6,123", "7,800"]


def test_a_hint_changes_nothing_where_the_column_is_clear() -> None:
    assert learn("1,234.50", "12.00", decimal=",").values.tolist() == [1234.5, 12]


@pytest.mark.parametrize(
    ("last", "values"), [("1,234,567", 1234567), ("0,385", 0.385), ("5,38", 5.38), ("1234,567", 1234.567)]
)
def test_one_clear_cell_settles_the_column(last: str, values: float) -> None:
    learned = learn("5,385", "6,123", last)
    assert not learned.is_ambiguous
    assert learned.values.iloc[-1] == values


def test_small_whole_numbers_beside_grouped_ones_settle_the_column() -> None:
    learned = learn(*["5,385"] * 20, *["412", "13"] * 10)
    assert not learned.is_ambiguous
    assert learned.values.iloc[0] == 5385


def test_columns_vote_on_the_decimal_sign() -> None:
    clear, open_, whole = learn("1,50", "2,25"), learn("5,385", "6,123"), learn("12", "13")
    assert vote_decimal([clear, open_, whole]) == ","
    assert vote_decimal([open_, whole]) is None
    assert vote_decimal([clear, learn("1.50", "2.25")]) is None


def test_odd_cells_among_numbers_stay_odd() -> None:
    texts = [f"{n * 1.37:.2f}" for n in range(100)] + ["12O.50", "#DIV/0!", "-", "n.a.", ""]
    learned = learn(*texts)
    assert [text for text, is_odd in zip(texts, learned.odd, strict=True) if is_odd] == texts[100:104]
    assert learned.values.iloc[100:].isna().all()
    assert learned.share == pytest.approx(100 / 104)
    assert learned.why == "100 of 104 cells are written like 1234567.50."


@pytest.mark.parametrize(("words", "numbers"), [(70, 30), (900, 40)])
def test_words_for_missing_count_not_against_a_form(words: int, numbers: int) -> None:
    learned = learn(*["N/A"] * words, *(str(n) for n in range(numbers)))
    assert learned.form.kind == "number"
    assert int(learned.odd.sum()) == words


def test_other_words_count_against_a_form() -> None:
    texts = [f"tree{n}" for n in range(26)] + [str(n) for n in range(100)]
    assert learn_form(column(*texts)) is None


def test_words_for_missing_can_be_given() -> None:
    texts = column(*["keine Buchung"] * 60, *(str(n) for n in range(40)))
    assert learn_form(texts) is None
    learned = learn_form(texts, Hints(missing=("Keine Buchung",)))
    assert learned is not None
    assert int(learned.odd.sum()) == 60


def test_a_long_sentinel_is_odd_among_short_numbers() -> None:
    learned = learn("5", "12", "7", "8", "9999999999999999")
    assert learned.odd.tolist() == [False, False, False, False, True]


def test_one_code_among_many_numbers_is_odd() -> None:
    learned = learn(*(str(n) for n in range(1, 400)), "007")
    assert learned.odd.sum() == 1
    assert learned.odd[-1]


def test_cells_without_the_unit_are_read_but_not_without_a_percent_sign() -> None:
    money, share = NumberForm(positive="$#", negative="-$#"), NumberForm(positive="#%", negative="-#%")
    assert money.read(column("$5", "6", "€7")).odd.tolist() == [False, False, True]
    assert share.read(column("5%", "6")).odd.tolist() == [False, True]


def test_every_style_of_sign_is_read() -> None:
    reading = NumberForm(decimal=",", grouping=".").read(
        column("-1.234,5", "1.234,5-", "(1234,5)", "−1.234,5", "+2")
    )
    assert reading.values.tolist() == [-1234.5, -1234.5, -1234.5, -1234.5, 2]


def test_whole_numbers_are_int64_only_where_none_is_missing() -> None:
    form = NumberForm(max_decimals=0)
    assert form.read(column("1", "2")).values.dtype == np.int64
    assert form.read(column("1", "")).values.dtype == np.float64
    assert form.read(column("1", "2.5")).values.tolist() == [1, 2.5]


def test_what_rounds_to_zero_has_no_sign_and_missing_is_none() -> None:
    form = NumberForm(min_decimals=2, max_decimals=2, negative="(#)")
    assert form.write(pd.Series([-0.001, -0.0, None, np.inf, -1.5])).tolist() == [
        "0.00",
        "0.00",
        None,
        None,
        "(1.50)",
    ]


def test_index_and_name_are_kept() -> None:
    texts = pd.Series(["1.5", "2.5"], index=[7, 3], name="rate", dtype=object)
    reading = NumberForm().read(texts)
    assert reading.values.to_dict() == {7: 1.5, 3: 2.5}
    assert NumberForm().write(reading.values).to_dict() == {7: "1.5", 3: "2.5"}
    assert NumberForm().write(reading.values).name == "rate"


def test_many_cells_are_learned_like_few() -> None:
    amounts = np.random.default_rng(0).normal(0, 5000, 60_000).round(2)
    texts = pd.Series([f"-${-n:,.2f}" if n < 0 else f"${n:,.2f}" for n in amounts.tolist()], dtype=object)
    learned = learn_form(texts)
    assert learned is not None
    assert learned.form == NumberForm(
        grouping=",", positive="$#", negative="-$#", min_decimals=2, max_decimals=2
    )
    assert np.array_equal(learned.values, amounts + 0.0)
    assert learned.form.write(learned.values).tolist() == [text.replace("-$0.00", "$0.00") for text in texts]


def test_a_column_that_is_nearly_empty_is_learned_over_all_its_cells() -> None:
    texts = pd.Series([None] * 50_000, dtype=object)
    texts.iloc[[77, 4_321, 40_001]] = ["1,5", "2,25", "-3,75"]
    learned = learn_form(texts)
    assert learned is not None
    assert learned.form == NumberForm(decimal=",", min_decimals=1, max_decimals=2)
    assert learned.values.sum() == 0.0
