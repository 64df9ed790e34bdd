"""Signs and words right behind numbers, filled whole digits, times with dots and units: the form is kept."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.detection.codes import find_code_shape
from pipeline.datasets.forms import DurationForm, NumberForm, TimeForm, form_from_dict, learn_form
from pipeline.errors import MetadataError
from tests.unit.datasets.forms.written import assert_number_is_kept, column, learn, written_again

RNG = np.random.default_rng(4)
CLOCK = [
    (int(hour), int(minute))
    for hour, minute in zip(RNG.integers(0, 24, 80), RNG.integers(0, 60, 80), strict=True)
]


@pytest.mark.parametrize(
    ("texts", "form", "values"),
    [
        (("196.0K", "2.2M", "1.1B"), {"scales": ["K", "M", "B"], "decimals": 1}, [196_000, 2.2e6, 1.1e9]),
        (("950", "196.5K", "2.2M"),
         {"scales": ["", "K", "M"], "decimals": [0, 1], "scale_decimals": [0, 1, 1]},
         [950, 196_500, 2.2e6]),
        (("$1.25k", "-$3.10bn"), {"scales": ["k", "bn"], "positive": "$#", "negative": "-$#", "decimals": 2},
         [1_250, -3.1e9]),
        (("1,5 Tsd.", "2,0 Mio."), {"scales": [" Tsd.", " Mio."], "decimal": ",", "decimals": 1},
         [1_500, 2e6]),
        (("211.75CR", "1264.80DR"), {"positive": "#CR", "negative": "#DR", "decimals": 2}, [211.75, -1264.8]),
        (("330.53+", "129.44-"), {"positive": "#+", "negative": "#-", "decimals": 2}, [330.53, -129.44]),
        (("1.2M", "0.4M"), {"positive": "#M", "negative": "-#M", "decimals": 1}, [1.2, 0.4]),
        (("40,0 Mio. EUR", "-0,5 Mio. EUR"),
         {"decimal": ",", "positive": "# Mio. EUR", "negative": "-# Mio. EUR", "decimals": 1}, [40.0, -0.5]),
        (("3,5 Tsd. EUR", "12,0 Tsd. EUR"),
         {"decimal": ",", "positive": "# Tsd. EUR", "negative": "-# Tsd. EUR", "decimals": 1}, [3.5, 12.0]),
        (("$1.5bn", "-$0.2bn"), {"positive": "$#bn", "negative": "-$#bn", "decimals": 1}, [1.5, -0.2]),
        (("EUR 1,250.5 mn", "EUR 7.0 mn"),
         {"grouping": ",", "positive": "EUR # mn", "negative": "-EUR # mn", "decimals": 1}, [1250.5, 7.0]),
        (("- 21.76", "57.25"), {"negative": "- #", "decimals": 2}, [-21.76, 57.25]),
        (("066.17", "222.23", "000.05"), {"decimals": 2, "integer_width": 3}, [66.17, 222.23, 0.05]),
        (("-05,5", "70,0"), {"decimal": ",", "decimals": 1, "integer_width": 2}, [-5.5, 70.0]),
    ],
)  # fmt: skip
def test_numbers_keep_what_is_glued_to_them(
    texts: tuple[str, ...], form: dict[str, Any], values: list[float]
) -> None:
    assert_number_is_kept(texts, form, values)


def test_one_word_of_scale_with_a_currency_is_the_unit() -> None:
    assert learn("40,0 Mio. EUR", "2,5 Mio. EUR").form.unit == "Mio. EUR"  # type: ignore[attr-defined]
    assert learn("€1.2m", "€14.0m").form.unit == "€m"  # type: ignore[attr-defined]


@pytest.mark.parametrize("text", ["DM12K", "TL4B", "5BRON", "12 K 4", "EUR 5 apples", "5 EUR Mio."])
def test_codes_with_a_currency_and_a_letter_are_no_numbers(text: str) -> None:
    other = text.translate(str.maketrans("1245", "3876"))
    assert learn_form(column(*[text, other] * 10)) is None


@pytest.mark.parametrize(
    "texts",
    [
        ("12K", "14B", "3M"),
        ("65+", "70+"),
        ("007", "012"),
        ("0042", "1234"),
        ("1.5K", "word", "other"),
        ("A1.5",),
    ],
)
def test_seats_ages_and_codes_are_no_numbers_with_signs(texts: tuple[str, ...]) -> None:
    assert learn_form(column(*texts * 10)) is None


def test_numbers_of_several_widths_are_not_filled_with_zeros() -> None:
    assert learn("066.17", *["22.23", "1.50"] * 5).form.as_dict().get("integer_width") is None


@pytest.mark.parametrize(
    ("written", "pattern"),
    [
        ("{:02d}.{:02d}", "%H.%M"), ("{}.{:02d}", "%-H.%M"), ("{}.{:02d} Uhr", "%-H.%M Uhr"),
        ("{:02d}h{:02d}", "%Hh%M"), ("{:02d}:{:02d} Uhr", "%H:%M Uhr"),
    ],
)  # fmt: skip
def test_times_with_dots_and_words_are_times(written: str, pattern: str) -> None:
    texts = [written.format(hour, minute) for hour, minute in CLOCK]
    learned = learn(*texts)
    assert learned.form == TimeForm(pattern)
    assert written_again(learned.form, column(*texts)) == texts


def test_a_day_with_a_clock_and_the_word_uhr_is_a_date() -> None:
    texts = [f"23.11.2023 {hour:02d}:{minute:02d} Uhr" for hour, minute in CLOCK]
    learned = learn(*texts)
    assert learned.form.as_dict() == {"kind": "date", "pattern": "%d.%m.%Y %H:%M Uhr"}
    assert written_again(learned.form, column(*texts)) == texts


@pytest.mark.parametrize(
    "numbers", [RNG.uniform(0, 23, 90), RNG.integers(0, 90, 90) / 4, RNG.integers(0, 24, 90) + 0.5]
)
def test_numbers_with_two_decimals_stay_numbers(numbers: np.ndarray) -> None:
    assert isinstance(learn(*(f"{number:.2f}" for number in numbers)).form, NumberForm)


@pytest.mark.parametrize(
    ("texts", "form", "hours"),
    [
        (("3d 4h", "0d 13h", "12d 0h"), {"template": "#d #h"}, [76, 13, 288]),
        (("2h 30m", "45m", "3h"), {"template": "#h #m", "omits_zeros": True}, [2.5, 0.75, 3]),
        (("1h30min", "0h15min"), {"template": "#h#min"}, [1.5, 0.25]),
    ],
)
def test_lengths_of_time_with_units_keep_them(
    texts: tuple[str, ...], form: dict[str, Any], hours: list[float]
) -> None:
    learned = learn(*texts)
    assert learned.form.as_dict() == {"kind": "duration", "style": "units", **form}
    assert [value / pd.Timedelta(hours=1) for value in learned.values] == hours
    assert written_again(learned.form, column(*texts)) == list(texts)
    assert form_from_dict(learned.form.as_dict()) == learned.form


@pytest.mark.parametrize("template", ["", "#x #y", "#h #d", "#h", "#d #d"])
def test_templates_without_units_in_order_are_refused(template: str) -> None:
    with pytest.raises(MetadataError, match="template"):
        DurationForm("units", template=template)


@pytest.mark.parametrize(("key", "value"), [("scales", ["", "Zillion"]), ("integer_width", 0)])
def test_what_cannot_be_written_is_refused(key: str, value: object) -> None:
    with pytest.raises(MetadataError, match=key):
        form_from_dict({"kind": "number", key: value})


def test_numbers_with_decimals_are_no_codes_and_formulas_of_text_are() -> None:
    assert find_code_shape([f"{number / 10}K" for number in range(1001, 1100)]) is None
    assert find_code_shape([f"{number / 100:.2f}CR" for number in range(10_001, 10_100)]) is None
    formulas = find_code_shape([f'="{number:06d}"' for number in range(0, 900_000, 9_999)])
    assert formulas is not None
    assert (formulas.size, formulas.is_plain) == (6, False)
