"""Amounts whose thousands and millions are words: read as numbers, written with the scale of their size."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.datasets.detection.typing import type_table
from pipeline.datasets.forms import Hints, NumberForm, form_from_dict, learn_form
from pipeline.errors import DataError, MetadataError
from tests.unit.datasets.forms.written import column, learn

RNG = np.random.default_rng(3)
SMALL, LARGE = RNG.integers(101, 999, 200).tolist(), (RNG.integers(10, 99, 200) / 10).tolist()


def mixed(small: str, large: str, count: int = 200, decimal: str = ".") -> list[str]:
    millions = [large.format(f"{one:.1f}".replace(".", decimal)) for one in LARGE[: count // 2]]
    return [text for pair in zip(map(small.format, SMALL), millions, strict=False) for text in pair]


@pytest.mark.parametrize(
    ("small", "large", "decimal", "values"),
    [
        ("{} Tsd. EUR", "{} Mio. EUR", ",", (1e3, 1e6)),
        ("{} EUR", "{} Mio. EUR", ",", (1, 1e6)),
        ("{} €", "{} Tsd. €", ",", (1, 1e3)),
        ("€ {} Tsd", "€ {} Mio", ",", (1e3, 1e6)),
        ("${}k", "${}m", ".", (1e3, 1e6)),
        ("-${}K", "-${}M", ".", (-1e3, -1e6)),
        ("${}m", "${}bn", ".", (1e6, 1e9)),
        ("USD {} thousand", "USD {} million", ".", (1e3, 1e6)),
        ("Rs {} thousand", "Rs {} crore", ".", (1e3, 1e7)),
        ("{} Mio. kr", "{} Mrd. kr", ",", (1e6, 1e9)),
        ("{} Tsd.", "{} Mio.", ",", (1e3, 1e6)),
    ],
)
def test_scale_words_are_numbers_and_come_back(
    small: str, large: str, decimal: str, values: tuple[float, float]
) -> None:
    texts = mixed(small, large, decimal=decimal)
    learned = learn(*texts)
    assert not learned.odd.any()
    assert learned.values.iloc[:2].tolist() == pytest.approx([SMALL[0] * values[0], LARGE[0] * values[1]])
    assert learned.form.write(learned.values).tolist() == texts
    assert form_from_dict(learned.form.as_dict()) == learned.form


def test_each_scale_comes_as_often_as_it_does_where_their_sizes_overlap() -> None:
    texts = [f"{one}.5K" for one in range(1, 601)] + [f"{0.1 + one / 50:.1f}M" for one in range(400)]
    learned = learn(*texts)
    written = learned.form.write(learned.values)
    assert written.str.endswith("M").mean() == pytest.approx(0.4, abs=0.04)
    assert written.str.contains(r"^\d+\.\dM").any()


def test_two_spellings_of_a_scale_are_read_and_the_usual_one_is_written() -> None:
    texts = [
        *mixed("{} Tsd. EUR", "{} Mio. EUR", decimal=","),
        *(f"{place},4 Mio EUR" for place in range(1, 9)),
    ]
    learned = learn(*texts)
    assert not learned.odd.any()
    assert set(learned.form.write(learned.values).str.extract(r"(\D+)$")[0]) == {" Tsd. EUR", " Mio. EUR"}


@pytest.mark.parametrize("texts", [("12K", "14M", "77K"), ("A1K", "B2M"), ("2M", "3M", "4K", "5T")])
def test_codes_with_letters_behind_are_no_amounts(texts: tuple[str, ...]) -> None:
    learned = learn_form(column(*texts * 20), Hints())
    assert learned is None or not learned.form.scales  # type: ignore[attr-defined]


def test_numbers_for_other_scales_than_there_are_are_refused() -> None:
    with pytest.raises(MetadataError, match="scale_starts"):
        NumberForm(scales=("K", "M"), scale_starts=(1.0,))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 10**8), min_size=1, max_size=50),
    st.sampled_from([("", " Tsd.", " Mio."), ("K", "M"), ("", "k", "m", "bn")]),
    st.sampled_from(["# EUR", "$#", "#"]),
    st.sampled_from([0, 1, 2]),
    st.booleans(),
)
def test_what_a_form_with_scales_writes_it_reads(
    numbers: list[int], scales: tuple[str, ...], positive: str, decimals: int, has_starts: bool
) -> None:
    starts = tuple(float(2000 * 500**place) for place in range(len(scales))) if has_starts else ()
    form = NumberForm(
        ",", positive=positive, negative=f"-{positive}", min_decimals=decimals, max_decimals=decimals,
        scales=scales, scale_starts=starts,
    )  # fmt: skip
    written = form.write(pd.Series(numbers, dtype=float))
    again = form.read(written)
    assert not again.odd.any()
    assert form.write(again.values).tolist() == written.tolist() or has_starts
    assert np.allclose(again.values, numbers, atol=0.5 * 10.0 ** (9 - decimals))


@pytest.mark.parametrize(
    ("first", "second"),
    [("${}.60", "{},91 €"), ("{}.61 EUR", "{}.30 USD"), ("£{}.10", "${}.20"), ("CHF {}", "EUR {}")],
)
def test_amounts_in_several_currencies_are_refused_in_one_sentence(first: str, second: str) -> None:
    texts = [text for number in SMALL for text in (first.format(number), second.format(number))]
    table = pd.DataFrame({"price": texts, "k": ["A", "B"] * len(SMALL)})
    with pytest.raises(DataError, match='Column "price" holds amounts in several currencies') as caught:
        type_table(table)
    assert "--public price" in caught.value.hint
    assert type_table(table, Hints(kept=("price",))).table["price"].tolist() == texts


@pytest.mark.parametrize("odd", [[], ["$5.00"], ["n/a"] * 9])
def test_amounts_in_one_currency_stay_numbers(odd: list[str]) -> None:
    table = pd.DataFrame({"price": [f"{number}.61 EUR" for number in SMALL] + odd})
    assert pd.api.types.is_numeric_dtype(type_table(table).table["price"])


def test_a_few_prices_in_several_currencies_are_categories() -> None:
    table = pd.DataFrame({"fee": ["$5.00", "5,00 €", "£4.00"] * 40})
    assert type_table(table).table["fee"].nunique() == 3
